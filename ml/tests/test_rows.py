from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tanggap_ml.errors import DataError
from tanggap_ml.rows import MAX_LINE, BadRow, Row, read_rows


def read(path: Path, content: bytes) -> list[Row | BadRow]:
    path.write_bytes(content)
    return list(read_rows(path))


def reasons(rows: list[Row | BadRow]) -> list[tuple[int, str]]:
    return [(row.line, row.reason) for row in rows if isinstance(row, BadRow)]


def texts(rows: list[Row | BadRow]) -> list[object]:
    return [row.values["text"] for row in rows if isinstance(row, Row)]


def test_every_bad_line_is_named_and_the_good_ones_are_read(tmp_path: Path) -> None:
    content = b"""{"text": "a"}
{
[1]
{"text": "\xe9"}

{"text": NaN2}
{"text": "b\\ud800", "n": 1e999}
"""
    rows = read(tmp_path / "a.jsonl", content)
    assert texts(rows) == ["a", "b\ud800"]
    assert [line for line, _ in reasons(rows)] == [2, 3, 4, 6]
    assert dict(reasons(rows))[3] == "expected an object"
    assert dict(reasons(rows))[4] == "not UTF-8"
    assert "not JSON" in dict(reasons(rows))[2]


def test_a_byte_order_mark_is_no_part_of_the_data(tmp_path: Path) -> None:
    assert texts(read(tmp_path / "a.jsonl", b'\xef\xbb\xbf{"text": "a"}')) == ["a"]
    assert texts(read(tmp_path / "a.csv", b"\xef\xbb\xbftext,label\na,b\n")) == ["a"]


def test_utf_16_is_told_for_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"UTF-16\. Save it as UTF-8"):
        read(tmp_path / "a.csv", "text,label\na,b".encode("utf-16"))


@pytest.mark.parametrize("line", [b"[" * 100_000, b'{"text": ' + b"9" * 5_000 + b"}", b"\x00"])
def test_json_that_cannot_be_parsed_is_a_bad_row(tmp_path: Path, line: bytes) -> None:
    rows = read(tmp_path / "a.jsonl", line + b'\n{"text": "a"}')
    assert [n for n, _ in reasons(rows)] == [1]
    assert texts(rows) == ["a"]


def test_a_line_without_end_is_a_bad_row(tmp_path: Path) -> None:
    rows = read(tmp_path / "a.jsonl", b"x" * (MAX_LINE + 1))
    assert reasons(rows) == [(1, "longer than 5,000,000 characters")]


def test_quoted_cells_run_over_lines_and_keep_their_line_number(tmp_path: Path) -> None:
    content = b'id,text,label\n1,"halo ""min""\nbaris dua",none\n2,b,none\n'
    rows = read(tmp_path / "a.csv", content)
    assert texts(rows) == ['halo "min"\nbaris dua', "b"]
    assert [row.line for row in rows] == [2, 4]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_separators_of_spreadsheets_are_known(tmp_path: Path, delimiter: str) -> None:
    content = f"id{delimiter} text {delimiter}label\r\n1{delimiter}a{delimiter}b\r\n"
    assert texts(read(tmp_path / "a.csv", content.encode())) == ["a"]


def test_broken_rows_of_a_table_are_named(tmp_path: Path) -> None:
    content = b'text,label\na,b,c\n"a"b,c\n\xff,b\nA\x00,b\n' + b"z" * 140_000 + b",b\nshort\n"
    rows = read(tmp_path / "a.csv", content + b'"open,b\nlost,b\n')
    found = dict(reasons(rows))
    assert found[2] == "has 3 cells, the first line names 2"
    assert "not CSV" in found[3]
    assert found[4] == "not UTF-8"
    assert "field larger" in found[6]
    assert found[8] == "opens a quote that nothing closes; the rows after it are lost"
    assert texts(rows) == ["A\x00", "short"]


def test_a_table_without_a_text_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='names no column "text"'):
        read(tmp_path / "a.csv", b"teks,label\na,b\n")


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.txt"])
def test_an_empty_file_holds_no_rows(tmp_path: Path, name: str) -> None:
    assert read(tmp_path / name, b"") == []
    assert read(tmp_path / name, b"\n\n") == []


def test_packed_files_and_plain_lines_are_read(tmp_path: Path) -> None:
    assert texts(read(tmp_path / "a.txt", b"satu\n\n dua \n")) == ["satu", "dua"]
    assert texts(read(tmp_path / "a.jsonl.gz", gzip.compress(b'{"text": "a"}'))) == ["a"]
    assert texts(read(tmp_path / "a.csv.gz", gzip.compress(b"text\na\n"))) == ["a"]


# The time of packing stays out: every process must name the cases alike.
PACKED = gzip.compress(b"x" * 9_999, mtime=0)


@pytest.mark.parametrize("content", [b"no gzip", PACKED[:-12], b""], ids=["none", "cut", "empty"])
def test_a_broken_packed_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.jsonl.gz"
    if content:
        with pytest.raises(DataError, match="cannot be read"):
            read(path, content)
    else:
        assert read(path, content) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(["a.csv", "a.jsonl", "a.txt"]), st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path: Path, name: str, content: bytes) -> None:
    try:
        rows = read(tmp_path / name, content)
    except DataError:
        return
    assert all(row.line >= 1 for row in rows)
