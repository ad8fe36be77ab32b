"""Read labelled posts from JSONL or CSV."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tanggap.classifier.bundle import LABEL_LENGTH
from tanggap.classifier.labels import LABELS
from tanggap.classifier.text import clean_text, has_content
from tanggap_ml.errors import DataError
from tanggap_ml.rows import BadRow, Row, read_rows

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
    Raises DataError naming the first bad line; `tanggap-ml data` lists them all.
    """
    examples: list[Example] = []
    seen: set[str] = set()
    for row in read_rows(path):
        example = row if isinstance(row, BadRow) else example_of(row)
        if isinstance(example, BadRow):
            raise DataError(f"{path}, line {example.line}: {example.reason}.")
        if example.id in seen:
            raise DataError(f"{path}, line {row.line}: the id {example.id!r} stands twice.")
        seen.add(example.id)
        if has_content(example.text):
            examples.append(example)
    if not examples:
        raise DataError(f"{path}: no labelled posts. Each row needs a text and a label.")
    return examples


def example_of(row: Row, *, labelled: bool = True) -> Example | BadRow:
    """Check the values of one row; a post without an id is called by its line."""
    values = row.values
    text, label = values.get("text"), values.get("label")
    if labelled and not (isinstance(text, str) and isinstance(label, str) and label.strip()):
        return BadRow(row.line, "text and label must both be given as text")
    if not isinstance(text, str):
        return BadRow(row.line, "the text must be given as text")
    label = _word(label) if isinstance(label, str) else ""
    if len(label) > LABEL_LENGTH:
        return BadRow(row.line, f"the label is longer than {LABEL_LENGTH} characters")
    if not label.isprintable():
        return BadRow(row.line, "the label holds a character that cannot be seen; write it anew")
    for name in ("id", "lang", "source"):
        if not isinstance(values.get(name), str | int | float | None):
            return BadRow(row.line, f"{name} must be text or a number")
    return Example(
        id=_word(values.get("id")) or str(row.line),
        text=clean_text(text),
        label=label,
        language=_word(values.get("lang")),
        source=_word(values.get("source")),
    )


def read_texts(path: Path) -> list[str]:
    """Read the distinct cleaned texts of a `.jsonl`, `.csv` or `.txt` file, labelled or not."""
    texts: dict[str, None] = {}
    for row in read_rows(path):
        example = row if isinstance(row, BadRow) else example_of(row, labelled=False)
        if isinstance(example, BadRow):
            raise DataError(f"{path}, line {example.line}: {example.reason}.")
        if has_content(example.text):
            texts[example.text] = None
    return list(texts)


def labels_of(examples: Iterable[Example]) -> tuple[str, ...]:
    """Return the label set in its order: the default one if it covers the data, else sorted."""
    found = {example.label for example in examples}
    labels = LABELS if found <= set(LABELS) else tuple(sorted(found))
    if not MIN_LABELS <= len(labels) <= MAX_LABELS:
        raise DataError(
            f"The data has {len(labels)} labels; give between {MIN_LABELS} and {MAX_LABELS}."
        )
    return labels


def label_faults(labels: Iterable[str]) -> list[str]:
    """Say why nothing can be learnt from posts with these labels, in plain words."""
    found = sorted(set(labels))
    faults: list[str] = []
    if not MIN_LABELS <= len(found) <= MAX_LABELS:
        faults.append(f"There are {len(found)} labels, expected {MIN_LABELS} to {MAX_LABELS}.")
    alike: dict[str, list[str]] = {}
    for label in found:
        folded = unicodedata.normalize("NFKC", label).casefold()
        folded = " ".join(folded.replace("_", " ").replace("-", " ").split())  # as pages show it
        alike.setdefault(folded, []).append(label)
    for same in alike.values():
        if len(same) > 1:
            named = " and ".join(f"“{label}”" for label in same)
            faults.append(
                f"The labels {named} differ only in how they are written; choose one way."
            )
    return faults


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


def _word(value: str | float | None) -> str:
    """Return a short value without what cannot be written to a file."""
    return "" if value is None else str(value).encode("utf-8", "replace").decode().strip()
