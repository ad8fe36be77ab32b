"""Read unlabelled posts, for adaptation and distillation."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tanggap.classifier.text import clean_text, has_content
from tanggap_ml.duplicates import text_key
from tanggap_ml.errors import DataError


@dataclass(frozen=True, slots=True)
class Post:
    """One unlabelled post, cleaned; `weak` is what its source said of it, in the source's words."""

    text: str
    language: str = ""
    source: str = ""
    weak: str = ""


def read_posts(path: Path, *, said: str = "weak") -> list[Post]:
    """Read a `.jsonl` or `.jsonl.gz` file with `text` and optionally lang, source and weak.

    What a source said of a post stands in the field `said`. Posts without content and repeated
    texts are left out. Raises DataError naming the line.
    """
    posts: dict[str, Post] = {}
    for number, line in enumerate(_lines(path), start=1):
        try:
            row = json.loads(line)
            text = clean_text(row["text"])
        except (ValueError, KeyError, TypeError, AttributeError) as err:
            raise DataError(f"{path}, line {number}: expected an object with a text.") from err
        if has_content(text):
            posts.setdefault(
                text,
                Post(
                    text,
                    language=str(row.get("lang") or ""),
                    source=str(row.get("source") or ""),
                    weak=str(row.get(said) or ""),
                ),
            )
    if not posts:
        raise DataError(f"{path}: no posts. Each line needs an object with a text.")
    return list(posts.values())


def without(posts: Iterable[Post], held_out: Iterable[str]) -> list[Post]:
    """Leave out the posts that say the same as a held-out text, punctuation and case aside."""
    unseen = {text_key(text) for text in held_out}
    return [post for post in posts if text_key(post.text) not in unseen]


def draw(posts: Sequence[Post], at_most: int, seed: int) -> list[Post]:
    """Draw posts without repeats, as evenly over the languages as there are posts of each."""
    groups: dict[str, list[Post]] = {}
    for post in posts:
        groups.setdefault(post.language, []).append(post)
    chance = random.Random(seed)  # noqa: S311  # a sample, nothing secret
    drawn: list[Post] = []
    for place, group in enumerate(sorted(groups.values(), key=len)):
        share = (at_most - len(drawn)) // (len(groups) - place)
        drawn += chance.sample(group, min(share, len(group)))
    return drawn


def _lines(path: Path) -> Iterator[str]:
    if not path.is_file():
        raise DataError(f"{path}: no such file. Give a .jsonl or .jsonl.gz file of posts.")
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        yield from (line for line in file if line.strip())
