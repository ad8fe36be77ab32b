"""Read labelled posts from JSONL or CSV."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tanggap.classifier.labels import LABELS
from tanggap.classifier.text import clean_text, has_content
from tanggap_ml.errors import DataError

MIN_LABELS, MAX_LABELS = 2, 20


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled post; `text` is already cleaned as serving cleans it."""

    id: str
    text: str
    label: str
    language: str = ""
    source: str = ""


def read_examples(path: Path) -> list[Example]:
    """Read a `.jsonl` or `.csv` file with the columns text, label and optionally id, lang, source.

    Posts without a word or an emoji are left out: serving answers them without the model.
    Raises DataError naming the line.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file. Give a .jsonl or .csv file of labelled posts.")
    examples: list[Example] = []
    seen: set[str] = set()
    for number, row in _numbered_rows(path):
        example = _example(row, path, number)
        if example.id in seen:
            raise DataError(f"{path}, line {number}: the id {example.id!r} stands twice.")
        seen.add(example.id)
        if has_content(example.text):
            examples.append(example)
    if not examples:
        raise DataError(f"{path}: no labelled posts. Each row needs a text and a label.")
    return examples


def labels_of(examples: Iterable[Example]) -> tuple[str, ...]:
    """Return the label set in its order: the default one if it covers the data, else sorted."""
    found = {example.label for example in examples}
    labels = LABELS if found <= set(LABELS) else tuple(sorted(found))
    if not MIN_LABELS <= len(labels) <= MAX_LABELS:
        raise DataError(
            f"The data has {len(labels)} labels; give between {MIN_LABELS} and {MAX_LABELS}."
        )
    return labels


def balance(examples: Sequence[Example]) -> dict[str, dict[str, int]]:
    """Count labels per language."""
    counts: dict[str, Counter[str]] = {}
    for example in examples:
        counts.setdefault(example.language or "unknown", Counter())[example.label] += 1
    return {language: dict(counter) for language, counter in sorted(counts.items())}


def file_hash(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _numbered_rows(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            yield from enumerate(csv.DictReader(file), start=2)
            return
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    row = json.loads(line)
                except ValueError as err:
                    raise DataError(f"{path}, line {number}: not JSON ({err}).") from err
                if not isinstance(row, dict):
                    raise DataError(f"{path}, line {number}: expected an object.")
                yield number, row


def _example(row: Mapping[str, object], path: Path, number: int) -> Example:
    text, label = row.get("text"), row.get("label")
    if not isinstance(text, str) or not isinstance(label, str) or not label.strip():
        raise DataError(f"{path}, line {number}: text and label must both be given as text.")
    return Example(
        id=str(row.get("id") or number),
        text=clean_text(text),
        label=label.strip(),
        language=str(row.get("lang") or ""),
        source=str(row.get("source") or ""),
    )
