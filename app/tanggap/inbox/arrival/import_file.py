"""Read the rows of a CSV or JSON Lines file, plain or gzipped, whatever is in it."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from tanggap.errors import TanggapError

# The limit belongs to the whole process, so it is kept and never set: 131,072 characters, where the
# longest post of any platform has some 63,000.
MAX_FIELD = csv.field_size_limit()
MAX_LINE = 4_000_000
_SAMPLE = 100
_GZIP = b"\x1f\x8b"
_DAMAGE = (EOFError, OSError, UnicodeError, zlib.error)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What `surrogateescape` makes of bytes that do not belong to the encoding.
_UNDECODED = re.compile("[\udc80-\udcff]")


class ImportFileError(TanggapError):
    """The file as a whole cannot be imported; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its first line, and its values by column name."""

    line: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A record that was left out, and why."""

    line: int
    reason: str


class ImportFile:
    """An open file of posts; `position` of `size` bytes are read, packed or not."""

    def __init__(self, path: Path, *, encoding: str = "utf-8-sig") -> None:
        try:
            self._raw: BinaryIO = path.open("rb")
        except OSError as error:
            raise ImportFileError(f"{path} cannot be read: {error.strerror}") from error
        self.size = os.fstat(self._raw.fileno()).st_size
        try:
            self._open(path, encoding)
        except _DAMAGE as error:
            self._raw.close()
            raise ImportFileError(f"{path} is damaged or in another encoding: {error}") from error
        except ImportFileError:
            self._raw.close()
            raise

    def __enter__(self) -> ImportFile:
        return self

    def __exit__(self, *_error: object) -> None:
        self._text.close()
        self._raw.close()

    @property
    def position(self) -> int:
        """Tell how far the file on disk was read."""
        return 0 if self._raw.closed else self._raw.tell()

    def rows(self) -> Iterator[Row | BadRow]:
        """Yield every record in order; one that cannot be read is a `BadRow`."""
        try:
            yield from self._json_rows() if self._is_json else self._csv_rows()
        except _DAMAGE as error:
            raise ImportFileError(
                f"the file breaks off or is damaged ({error}); what came before was imported"
            ) from error

    def _open(self, path: Path, encoding: str) -> None:
        packed = self._raw.read(2) == _GZIP
        self._raw.seek(0)
        content = gzip.GzipFile(fileobj=self._raw) if packed else self._raw
        self._text = _text(content, encoding)
        self._is_json = _looks_like_json(self._text, path)
        self.columns = self._json_columns() if self._is_json else self._read_header(path)

    def _read_header(self, path: Path) -> list[str]:
        first = self._text.readline(MAX_LINE)
        delimiter = max(",;\t|", key=first.count)
        try:
            columns = next(csv.reader([first], delimiter=delimiter), [])
        except csv.Error as error:
            raise ImportFileError(f"{path}: the first line is not a CSV header: {error}") from error
        if not any(name.strip() for name in columns):
            raise ImportFileError(f"{path} is empty; expected a line of column names, then rows")
        lines = iter(lambda: self._text.readline(MAX_LINE), "")
        self._reader = csv.reader(lines, delimiter=delimiter, strict=True)
        return [name.strip() for name in columns]

    def _csv_rows(self) -> Iterator[Row | BadRow]:
        while True:
            line = self._reader.line_num + 2  # the header is the first
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield BadRow(line, _csv_reason(error, line, self._reader.line_num + 1))
                continue
            if cells:
                yield self._csv_row(line, cells)

    def _csv_row(self, line: int, cells: list[str]) -> Row | BadRow:
        if len(cells) != len(self.columns):
            return BadRow(line, f"has {len(cells)} fields, the header has {len(self.columns)}")
        return _row(line, dict(zip(self.columns, cells, strict=True)))

    def _json_columns(self) -> list[str]:
        """Name the fields of the first records; later ones may lack some."""
        rows = (row for row in islice(self._json_rows(), _SAMPLE) if isinstance(row, Row))
        columns = list(dict.fromkeys(name for row in rows for name in row.values))
        self._text.seek(0)
        return columns

    def _json_rows(self) -> Iterator[Row | BadRow]:
        line = 0
        while text := self._text.readline(MAX_LINE):
            line += 1
            if not text.strip():
                continue
            if len(text) >= MAX_LINE and not text.endswith("\n"):
                yield BadRow(line, f"is longer than {MAX_LINE} characters")
                self._skip_line()
                continue
            yield _json_row(line, text)

    def _skip_line(self) -> None:
        while (rest := self._text.readline(MAX_LINE)) and not rest.endswith("\n"):
            pass


def _text(content: Any, encoding: str) -> TextIO:
    buffered = io.BufferedReader(content)
    start = buffered.peek(2)[:2]
    try:
        return io.TextIOWrapper(
            buffered,
            encoding="utf-16" if start in _UTF16 else encoding,
            errors="surrogateescape",
            newline="",
        )
    except LookupError as error:
        raise ImportFileError(f"{encoding!r} is not an encoding; try utf-8 or cp1252") from error


def _looks_like_json(text: TextIO, path: Path) -> bool:
    names = {suffix.lower() for suffix in path.suffixes[-2:]}
    if names & {".jsonl", ".ndjson", ".json"}:
        return True
    if ".csv" in names or ".tsv" in names:
        return False
    start = text.read(1)
    text.seek(0)
    return start == "{"


def _json_row(line: int, text: str) -> Row | BadRow:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return BadRow(line, f"is not JSON: {error}")
    if not isinstance(value, dict):
        return BadRow(line, "is not a JSON object")
    return _row(line, dict(_flat(value)))


def _flat(value: Mapping[str, Any], prefix: str = "", depth: int = 3) -> Iterator[tuple[str, str]]:
    """Name nested values by path, such as `author.handle`."""
    for key, inner in value.items():
        if isinstance(inner, dict) and depth:
            yield from _flat(inner, f"{prefix}{key}.", depth - 1)
        elif isinstance(inner, str | int | float):
            yield prefix + key, str(inner)


def _row(line: int, values: dict[str, str]) -> Row | BadRow:
    for name, value in values.items():
        if _UNDECODED.search(value):
            return BadRow(
                line,
                f"{name} holds bytes that do not belong to the file's encoding; name the right "
                "one, such as --encoding cp1252",
            )
    return Row(line, values)


def _csv_reason(error: csv.Error, first: int, last: int) -> str:
    if "field larger" in str(error):
        return f"a field is longer than {MAX_FIELD} characters; perhaps a quote is never closed"
    if "unexpected end" in str(error):
        return f'a quote (") is opened and never closed, up to line {last}'
    span = "" if first == last else f" (up to line {last})"
    return f"is not well-formed CSV: {error}{span}"
