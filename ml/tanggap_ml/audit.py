"""Examine data before training: what cannot be used, what leaks, what looks wrong.

`audit` reports and `refusals` says what forbids training; `tanggap-ml data` prints both.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from rich.progress import Progress

from tanggap.classifier.language import name_language
from tanggap.classifier.text import clean_text
from tanggap_ml.audit_copies import Copies, Leak, find_copies, find_leaks, groups_of
from tanggap_ml.audit_posts import AuditedPost, Gathered, gather
from tanggap_ml.data import balance, file_hash, label_faults
from tanggap_ml.errors import DataError
from tanggap_ml.personal import (
    KINDS,
    find_personal,
    handles_of,
    likely_brands,
    mask,
    normalise,
)
from tanggap_ml.progress import progress

_SHOWN_TEXT = 120
_QUANTILES = (0.0, 0.5, 0.9, 0.99, 1.0)
_STEPS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditOptions:
    """Say how data is examined.

    `base` gives the tokenizer by which lengths are counted, `max_tokens` what training cuts at;
    `suspicious` is how many suspected labels are shown (0 judges none), `brands` are handles that
    may stay.
    """

    labelled: bool = True
    base: Path | None = None
    max_tokens: int = 96
    suspicious: int = 20
    brands: Collection[str] = ()


class Audit(TypedDict):
    """The report; places are `file:line`, and no text in it holds personal data."""

    files: dict[str, Any]
    posts: int
    splits: dict[str, int]
    languages: dict[str, Any]
    labels: dict[str, dict[str, int]]
    lengths: dict[str, Any]
    copies: Copies
    leaks: list[Leak]
    labels_suspected: dict[str, Any]
    personal: dict[str, Any]


def audit(files: Sequence[Path], options: AuditOptions) -> Audit:
    """Examine files of posts, each a split unless its rows name theirs; raises DataError."""
    with progress() as bar:
        task = bar.add_task("examining", total=_STEPS)
        gathered = gather(files, labelled=options.labelled)
        posts = gathered.posts
        bar.advance(task)
        groups = groups_of(posts)
        bar.advance(task)
        lengths = _lengths(posts, options)
        bar.advance(task)
        personal = _personal(posts, options.brands)
        bar.advance(task)
        suspected = _suspected(posts, groups, options, bar)
        bar.advance(task)
    return Audit(
        files={str(path): _file_report(path, gathered) for path in files},
        posts=len(posts),
        splits=dict(Counter(post.split for post in posts)),
        languages=_languages(posts),
        labels=balance([post.example for post in posts]) if options.labelled else {},
        lengths=lengths,
        copies=find_copies(posts, groups),
        leaks=find_leaks(posts, groups),
        labels_suspected=suspected,
        personal=personal,
    )


def refusals(report: Audit, *, allow_leakage: bool = False) -> list[str]:
    """Say what forbids training on the data as it is, in plain words."""
    reasons: list[str] = []
    for file, found in report["files"].items():
        if count := len(found["bad_rows"]):
            reasons.append(f"{file}: {count:,} rows cannot be read. Mend or remove them.")
        if count := len(found["repeated_ids"]):
            reasons.append(f"{file}: {count:,} rows bear an id that stands twice.")
    if not report["posts"]:
        reasons.append("There are no posts with a word or an emoji.")
    labels = {label for counts in report["labels"].values() for label in counts}
    if labels:
        reasons += label_faults(labels)
    if report["leaks"] and not allow_leakage:
        worst = report["leaks"][0]
        reasons.append(
            f"Splits leak: {len(worst['pairs']):,} of the {worst['of']:,} posts of "
            f"{worst['split']} also stand in {worst['also_in']}. Remove them from one side, or "
            "say --allow-leakage."
        )
    return reasons


def _file_report(path: Path, gathered: Gathered) -> dict[str, Any]:
    file = str(path)
    bad = gathered.bad[file]
    return {
        "sha256": file_hash(path),
        "posts": sum(post.file == file for post in gathered.posts),
        "bad_rows": [{"line": row.line, "reason": row.reason} for row in bad],
        "repeated_ids": gathered.repeated_ids[file],
        "empty": gathered.empty[file],
        "cut": gathered.cut[file],
    }


def _languages(posts: Sequence[AuditedPost]) -> dict[str, Any]:
    """Count the languages given, and where the words plainly say the other of the two."""
    doubtful = [
        post.place
        for post in posts
        if {post.example.language, name_language(post.example.text)} == {"id", "en"}
    ]
    given = Counter(post.example.language or "unknown" for post in posts)
    return {"given": dict(given.most_common()), "doubtful": doubtful}


def _lengths(posts: Sequence[AuditedPost], options: AuditOptions) -> dict[str, Any]:
    lengths: dict[str, Any] = {"characters": _quantiles([len(post.example.text) for post in posts])}
    if options.base:
        from tanggap_ml.batches import encode, load_tokenizer  # noqa: PLC0415  # imports torch

        if not (options.base / "tokenizer.json").is_file():
            raise DataError(f"{options.base}: no tokenizer.json. Give a folder with a base.")
        tokenizer = load_tokenizer(options.base / "tokenizer.json", 1_000_000)
        tokens = [len(ids) for ids in encode(tokenizer, [post.example.text for post in posts])]
        lengths["tokens"] = _quantiles(tokens)
        over = [p.place for p, n in zip(posts, tokens, strict=True) if n > options.max_tokens]
        lengths |= {"max_tokens": options.max_tokens, "longer": over}
    return lengths


def _quantiles(values: Sequence[int]) -> dict[str, float]:
    if not values:
        return {}
    found = np.quantile(np.array(values), _QUANTILES)
    names = [f"p{round(q * 100)}" for q in _QUANTILES]
    return {
        "mean": round(float(np.mean(values)), 1),
        **dict(zip(names, found.tolist(), strict=True)),
    }


def _personal(posts: Sequence[AuditedPost], brands: Collection[str]) -> dict[str, Any]:
    """Count posts with personal data by kind, and those where cleaning leaves some of it."""
    texts = [normalise(post.raw) for post in posts]
    counts = Counter(handle for text in texts for handle in handles_of(text))
    assumed = likely_brands(counts)
    named = {brand.lower().removeprefix("@") for brand in brands}
    places: dict[str, list[str]] = defaultdict(list)
    left: Counter[str] = Counter()
    for post, text in zip(posts, texts, strict=True):
        kinds = {finding.kind for finding in find_personal(text, assumed | named)}
        for kind in kinds:
            places[kind].append(post.place)
        if kinds:
            left.update({f.kind for f in find_personal(normalise(post.example.text), named)})
    return {
        "kinds": {
            kind: {
                "posts": len(places[kind]),
                "left_by_cleaning": left[kind],
                "places": places[kind],
            }
            for kind in KINDS
        },
        "taken_for_brands": {_veiled(h): counts[h] for h in sorted(assumed - named)},
    }


def _veiled(handle: str) -> str:
    """Show enough of a handle to know a brand again: it may be a person's after all."""
    return f"@{handle[:3]}{'…' * (len(handle) > 3)} ({len(handle)})"


def _suspected(
    posts: Sequence[AuditedPost], groups: Sequence[int], options: AuditOptions, bar: Progress
) -> dict[str, Any]:
    if not (options.labelled and options.suspicious):
        return {}
    from tanggap_ml.audit_labels import FOLDS, suspect_labels  # noqa: PLC0415  # scikit-learn

    task = bar.add_task("judging labels", total=FOLDS)
    found = suspect_labels(
        [post.example.text for post in posts],
        [post.example.label for post in posts],
        groups,
        lambda: bar.advance(task),
    )
    worst = [
        {
            "place": posts[s["index"]].place,
            "given": s["given"],
            "suggested": s["suggested"],
            "quality": s["quality"],
            "text": _safe(posts[s["index"]].raw),
        }
        for s in found["suspected"][: options.suspicious]
    ]
    summary = {name: found[name] for name in ("judged", "agreement", "left_out")}
    return {**summary, "suspected": len(found["suspected"]), "worst": worst}


def _safe(raw: str) -> str:
    """Return the beginning of a post with everything personal masked, handles of all kinds too."""
    text = normalise(raw)
    return clean_text(mask(text, find_personal(text)))[:_SHOWN_TEXT]
