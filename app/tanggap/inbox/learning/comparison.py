"""What training wrote of a candidate's comparison with the active bundle, and whether it counts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tanggap.inbox.bundles import COMPARISON_FILE, Bundle

FORMAT: Final = 1
VERDICTS: Final = ("better", "same", "worse")
LEAST_POSTS: Final = 30
"""A gate set of fewer posts shows nothing."""

_MOST_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison of two bundles on a gate set, all three named by hash."""

    baseline_sha256: str
    candidate_sha256: str
    gate_file: str
    gate_sha256: str
    gate_posts: int
    verdict: str
    sentence: str


def read_comparison(folder: Path) -> Comparison | None:
    """Read the comparison beside a bundle; None when there is none that can be read."""
    path = folder / COMPARISON_FILE
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        values = json.loads(path.read_text("utf-8"))
        return _comparison(values) if values["format"] == FORMAT else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


@dataclass(frozen=True, slots=True)
class Objection:
    """What stands against a candidate: `kind` is a stable key, `values` fill its message."""

    kind: str
    values: Mapping[str, str | int]

    def __str__(self) -> str:
        """Say it in English."""
        return MESSAGES[self.kind].format(**self.values)


MESSAGES: Final = {
    "lost": "the active bundle is missing or was changed, so nothing can be compared with it",
    "missing": (
        "{version} was not compared with the active bundle; `tanggap-ml gate` compares them and "
        "writes comparison.json"
    ),
    "changed": "{version} was changed after it was compared; compare it again",
    "other_baseline": (
        "{version} was compared with another bundle than the active one, {active}; compare it again"
    ),
    "other_gate": (
        "{version} was compared on another gate set ({file}) than the frozen one; compare it on "
        "that, or freeze the new one: `tanggap models gate`"
    ),
    "few": "the gate set has {posts} posts; fewer than {least} say little",
    "worse": "{sentence}",
}


def object_to(
    comparison: Comparison | None, candidate: Bundle, active: Bundle | None, gate: str | None
) -> Objection | None:
    """Say why a comparison does not allow the candidate to serve, if it does not.

    `gate` is the hash of the frozen gate set, None before one is frozen.
    """
    if active is None:
        return Objection("lost", {})
    if comparison is None:
        return Objection("missing", {"version": candidate.version})
    return next(_faults(comparison, candidate, active, gate), None)


def _faults(
    comparison: Comparison, candidate: Bundle, active: Bundle, gate: str | None
) -> Iterator[Objection]:
    named: dict[str, str | int] = {"version": candidate.version}
    if comparison.candidate_sha256 != candidate.sha256:
        yield Objection("changed", named)
    if comparison.baseline_sha256 != active.sha256:
        yield Objection("other_baseline", {**named, "active": active.version})
    if gate not in (None, comparison.gate_sha256):
        yield Objection("other_gate", {**named, "file": comparison.gate_file})
    if comparison.gate_posts < LEAST_POSTS:
        yield Objection("few", {"posts": comparison.gate_posts, "least": LEAST_POSTS})
    if comparison.verdict == "worse":
        yield Objection("worse", {"sentence": comparison.sentence})


def _comparison(values: dict[str, Any]) -> Comparison:
    gate = values["gate"]
    if values["verdict"] not in VERDICTS:
        raise ValueError(values["verdict"])
    return Comparison(
        baseline_sha256=str(values["baseline"]["sha256"]),
        candidate_sha256=str(values["candidate"]["sha256"]),
        gate_file=str(gate["file"])[:255],
        gate_sha256=str(gate["sha256"]),
        gate_posts=int(gate["posts"]),
        verdict=values["verdict"],
        sentence=str(values["sentence"])[:2_000],
    )
