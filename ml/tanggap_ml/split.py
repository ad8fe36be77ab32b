"""Split labelled posts into train, validation and test, near-duplicates kept together.

Validation chooses the checkpoint, the temperature and the thresholds; test is only measured.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tanggap_ml.data import Example
from tanggap_ml.duplicates import near_duplicate_groups
from tanggap_ml.errors import RunError


@dataclass(frozen=True, slots=True)
class Split:
    """The three parts of one data file."""

    train: list[Example]
    validation: list[Example]
    test: list[Example]


def split_examples(
    examples: Sequence[Example], *, validation: float, test: float, seed: int
) -> Split:
    """Assign whole groups of near-duplicates by a hash of the group's first text.

    A post keeps its part when the file is reordered or grows, as long as its group keeps its
    first text.
    """
    groups = near_duplicate_groups([example.text for example in examples])
    split = Split([], [], [])
    for example, group in zip(examples, groups, strict=True):
        place = _place(examples[group].text, seed)
        if place < validation:
            split.validation.append(example)
        elif place < validation + test:
            split.test.append(example)
        else:
            split.train.append(example)
    return split


def save_split(split: Split, path: Path) -> None:
    """Write which posts are held out, so that a later release holds out the same."""
    ids = {"validation": [e.id for e in split.validation], "test": [e.id for e in split.test]}
    path.write_text(json.dumps(ids) + "\n", encoding="utf-8")


def restore_split(examples: Sequence[Example], path: Path) -> Split:
    """Split the posts as the file says; raises RunError when a post it names is gone."""
    validation, test = held_out(path)
    split = Split([], [], [])
    for example in examples:
        rest = split.test if example.id in test else split.train
        (split.validation if example.id in validation else rest).append(example)
    if len(split.validation) + len(split.test) != len(validation | test):
        raise RunError(f"{path}: names posts that the data file no longer holds; train anew.")
    return split


def held_out(path: Path) -> tuple[set[str], set[str]]:
    """Return the ids of the posts that a file of `save_split` names: validation, test."""
    ids = json.loads(path.read_text(encoding="utf-8"))
    return set(ids["validation"]), set(ids["test"])


def _place(text: str, seed: int) -> float:
    digest = hashlib.sha256(f"{seed}:{text}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
