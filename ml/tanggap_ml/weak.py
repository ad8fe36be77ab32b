"""Read a polarity out of what a source said of a post (stars, a sentiment), and label by it."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tanggap_ml.data import read_texts
from tanggap_ml.duplicates import text_key
from tanggap_ml.errors import DataError
from tanggap_ml.posts import Post, draw, read_posts

POLARITIES = ("negative", "neutral", "positive")

_STARS = re.compile(r"^(?:rating=)?([1-5])(?: stars)?$")
_BY_STARS = {1: 0, 2: 0, 3: 1, 4: 2, 5: 2}
_WORDS = re.compile(r"^(?:sentiment=)?(nega|neutral|netral|no emotion|posi)", re.IGNORECASE)
_BY_WORD = {"nega": 0, "neutral": 1, "netral": 1, "no emotion": 1, "posi": 2}

_MASKED = re.compile(r"@user|\bhttp\b|<NUM>|<EMAIL>|\d+")  # by one file, and left by another

_KINDS = (".jsonl", ".csv", ".txt")


def polarity(weak: str) -> int | None:
    """Return the place in POLARITIES, or None where the source did not say."""
    if stars := _STARS.match(weak):
        return _BY_STARS[int(stars[1])]
    if word := _WORDS.match(weak):
        return _BY_WORD[word[1].lower()]
    return None


@dataclass(frozen=True, slots=True)
class Weak:
    """Posts labelled by their sources' word, and how many others were left out, by reason."""

    posts: list[tuple[Post, str]]
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeakOptions:
    """How posts are taken: at most `each` of a polarity, drawn by `seed`.

    What their source said stands in the field `said`. Those that share `resembling` of their
    5-grams with a text that is to stay unseen are left out too; copies of it always are.
    """

    each: int
    seed: int
    said: str = "weak"
    resembling: float | None = None


def label_by_source(posts: Sequence[Post], unseen: Sequence[str], options: WeakOptions) -> Weak:
    """Take at most `each` posts of a polarity, as evenly over the languages as there are posts.

    Copies are taken once; posts that say the same as an `unseen` text, numbers and masks aside, are
    left out, and those that resemble one as far as the options say.
    """
    held_out = {_wordy_key(text) for text in unseen}
    near = _resembling(posts, unseen, options.resembling) if options.resembling else set()
    found: dict[int, list[Post]] = {place: [] for place in range(len(POLARITIES))}
    left_out: Counter[str] = Counter()
    taken: set[str] = set()
    for number, post in enumerate(posts):
        place, key = polarity(post.weak), text_key(post.text)
        if place is None:
            left_out["their source does not say"] += 1
        elif _wordy_key(post.text) in held_out:
            left_out["their text is to stay unseen"] += 1
        elif number in near:
            left_out["they resemble a text that is to stay unseen"] += 1
        elif key in taken:
            left_out["they are copies of another"] += 1
        else:
            taken.add(key)
            found[place].append(post)
    chosen = []
    for place, group in found.items():
        drawn = draw(group, min(options.each, len(group)), options.seed)
        left_out["there are enough of their kind"] += len(group) - len(drawn)
        chosen += [(post, POLARITIES[place]) for post in drawn]
    random.Random(options.seed).shuffle(chosen)  # noqa: S311  # order, nothing secret
    return Weak(chosen, dict(+left_out))


def write_weak(pool: Path, out: Path, without: Sequence[Path], options: WeakOptions) -> Weak:
    """Label the posts of a pool and write them as data for `train`; raises DataError.

    `without` are files, or folders of files, whose texts are left out.
    """
    files = [file for path in without for file in _files(path)]
    unseen = [text for file in files for text in read_texts(file)]
    weak = label_by_source(read_posts(pool, said=options.said), unseen, options)
    if not weak.posts:
        reasons = ", ".join(f"{count:,} as {why}" for why, count in weak.left_out.items())
        raise DataError(
            f"{pool}: no post is left to label; left out were {reasons}. Give posts whose "
            f"`{options.said}` holds stars or a sentiment, and that no file of --without holds."
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8") as file:
        for post, label in weak.posts:
            row = {"text": post.text, "label": label, "lang": post.language, "source": post.source}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return weak


def _resembling(posts: Sequence[Post], unseen: Sequence[str], share: float) -> set[int]:
    # Loads scikit-learn, which takes a second: `adapt`, too, reads polarities from here.
    from tanggap_ml.resemblance import resembling  # noqa: PLC0415

    return resembling([post.text for post in posts], unseen, share=share)


def _wordy_key(text: str) -> str:
    return text_key(_MASKED.sub("", text).strip() or text)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(f for f in path.iterdir() if f.name.removesuffix(".gz").endswith(_KINDS))
    if not found:
        raise DataError(f"{path}: holds no .jsonl, .csv or .txt file.")
    return found
