"""Read rows of JSONL and CSV files, telling of every row that cannot be read.

The files come from spreadsheets and exports: byte order marks, semicolons, quotes over several
lines, wrong encodings, lines that are no JSON. None of it stops the reading of the other rows.
"""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tanggap_ml.errors import DataError

MAX_LINE = 5_000_000
"""Characters of one JSONL line; a longer one is no post but a broken file."""

_DELIMITERS = (",", ";", "\t")  # spreadsheets set to Indonesian separate by semicolons


@dataclass(frozen=True, slots=True)
class Row:
    """The values of one row and the line it begins on."""

    line: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used, and why; the reason never quotes the row."""

    line: int
    reason: str


def read_rows(path: Path) -> Iterator[Row | BadRow]:
    """Read a `.jsonl`, `.csv` or `.txt` file (a text a line), plain or `.gz`.

    Raises DataError when the file cannot be read at all.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file. Give a .jsonl or .csv file of posts.")
    kind = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    try:
        with _open(path) as file:
            if kind.lower() == ".csv":
                yield from _csv_rows(file, path)
            else:
                yield from _line_rows(file, _text_row if kind.lower() == ".txt" else _json_row)
    except (OSError, EOFError, zlib.error) as err:
        raise DataError(f"{path}: cannot be read ({err}).") from err


def _open(path: Path) -> IO[str]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as raw:
        head = raw.read(2)
    if head in {b"\xff\xfe", b"\xfe\xff"}:
        raise DataError(f"{path}: is UTF-16. Save it as UTF-8.")
    # Bytes that are no UTF-8 become lone surrogates, so that only their own row is lost.
    file: IO[str] = opener(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="")
    return file


def _line_rows(file: IO[str], parse: Callable[[int, str], Row | BadRow]) -> Iterator[Row | BadRow]:
    for number, line in enumerate(file, start=1):
        if len(line) > MAX_LINE:
            yield BadRow(number, f"longer than {MAX_LINE:,} characters")
        elif not _is_utf8(line):
            yield BadRow(number, "not UTF-8")
        elif line.strip():
            yield parse(number, line)


def _text_row(number: int, line: str) -> Row:
    return Row(number, {"text": line.strip()})


def _json_row(number: int, line: str) -> Row | BadRow:
    try:
        values = json.loads(line)
    except json.JSONDecodeError as err:
        return BadRow(number, f"not JSON ({err.msg} at column {err.colno})")
    except (ValueError, RecursionError):
        return BadRow(number, "not JSON that can be read (too deep, or a number too long)")
    if not isinstance(values, dict):
        return BadRow(number, "expected an object")
    return Row(number, values)


def _csv_rows(file: IO[str], path: Path) -> Iterator[Row | BadRow]:
    header = file.readline()
    if not header.strip():
        return
    names, delimiter = _header(header, path)
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 2
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as err:
            yield BadRow(line, _csv_reason(err))
            continue
        if cells:
            yield _csv_row(line, names, cells)


def _header(line: str, path: Path) -> tuple[list[str], str]:
    for delimiter in _DELIMITERS:
        names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]
        if "text" in names:
            return names, delimiter
    raise DataError(f'{path}: its first line names no column "text". Name the columns there.')


def _csv_row(line: int, names: list[str], cells: list[str]) -> Row | BadRow:
    if len(cells) > len(names):
        return BadRow(line, f"has {len(cells)} cells, the first line names {len(names)}")
    if not all(map(_is_utf8, cells)):
        return BadRow(line, "not UTF-8")
    return Row(line, dict(zip(names, cells, strict=False)))


def _csv_reason(err: csv.Error) -> str:
    if "unexpected end" in str(err):
        return "opens a quote that nothing closes; the rows after it are lost"
    return f"not CSV ({err})"


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
