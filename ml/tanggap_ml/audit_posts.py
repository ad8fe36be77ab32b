"""Gather the posts of several files for an audit, with the place of each and of each bad row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tanggap.classifier.text import MAX_CHARACTERS, has_content
from tanggap_ml.data import Example, example_of
from tanggap_ml.errors import DataError
from tanggap_ml.rows import BadRow, read_rows


@dataclass(frozen=True, slots=True)
class AuditedPost:
    """A post with where it stands; `raw` is its text as the file has it."""

    file: str
    line: int
    split: str
    raw: str
    example: Example

    @property
    def place(self) -> str:
        """Return the file and line, as an editor takes it."""
        return f"{self.file}:{self.line}"


@dataclass(slots=True)
class Gathered:
    """What the files hold; the dictionaries go from a file to its lines."""

    posts: list[AuditedPost] = field(default_factory=list)
    bad: dict[str, list[BadRow]] = field(default_factory=dict)
    empty: dict[str, list[int]] = field(default_factory=dict)
    cut: dict[str, list[int]] = field(default_factory=dict)
    repeated_ids: dict[str, list[int]] = field(default_factory=dict)


def gather(files: Sequence[Path], *, labelled: bool) -> Gathered:
    """Read all files; a row's split is its column `split`, else the name of its file.

    Posts without content count as empty: training leaves them out. Raises DataError when a file
    cannot be read at all or is given twice.
    """
    if len({path.resolve() for path in files}) < len(files):
        raise DataError("A file is given twice; each is a part of its own.")
    gathered = Gathered()
    for path, name in zip(files, _split_names(files), strict=True):
        _gather_file(path, name, gathered, labelled=labelled)
    return gathered


def _split_names(files: Sequence[Path]) -> list[str]:
    stems = [path.name.split(".")[0] for path in files]
    return [str(p) if stems.count(s) > 1 else s for p, s in zip(files, stems, strict=True)]


def _gather_file(path: Path, name: str, gathered: Gathered, *, labelled: bool) -> None:
    file = str(path)
    lines_of_ids: dict[str, list[int]] = defaultdict(list)
    bad = gathered.bad.setdefault(file, [])
    empty, cut = gathered.empty.setdefault(file, []), gathered.cut.setdefault(file, [])
    for row in read_rows(path):
        if isinstance(row, BadRow):
            bad.append(row)
            continue
        example = example_of(row, labelled=labelled)
        if isinstance(example, BadRow):
            bad.append(example)
            continue
        lines_of_ids[example.id].append(row.line)
        raw, split = row.values["text"], row.values.get("split")
        if len(raw) > MAX_CHARACTERS:
            cut.append(row.line)
        if has_content(example.text):
            named = split.strip() if isinstance(split, str) and split.strip() else name
            gathered.posts.append(AuditedPost(file, row.line, named, raw, example))
        else:
            empty.append(row.line)
    gathered.repeated_ids[file] = sorted(
        line for lines in lines_of_ids.values() if len(lines) > 1 for line in lines
    )
