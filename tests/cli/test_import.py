"""`tanggap import` from the outside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]
TIME = "2026-10-01T08:00:00"


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    path = tmp_path / "posts.csv"
    path.write_text(
        f"id,waktu,text,author\n1,{TIME},internet mati min,rita\n2,kemarin,x,rita\n3,{TIME},,rita\n"
    )
    return path


def test_posts_come_in_and_are_labelled_and_bad_rows_named(ready: Run, posts: Path) -> None:
    result = ready("import", str(posts), "--map", "created_at=waktu", "--timezone", "Asia/Jakarta")
    assert result.exit_code == 0, result.output
    assert "1 posts are new, 0 were there already, 2 rows were skipped." in result.output
    assert "1 posts labelled and routed." in result.output
    assert "line 3:" in result.stderr
    assert "line 4:" in result.stderr


def test_second_import_adds_nothing(ready: Run, posts: Path) -> None:
    arguments = ("import", str(posts), "--map", "created_at=waktu", "--no-triage")
    assert "1 posts are new" in ready(*arguments).output
    assert "0 posts are new, 1 were there already" in ready(*arguments).output


def test_skipped_rows_are_written_down_on_request(ready: Run, posts: Path, tmp_path: Path) -> None:
    rejected = tmp_path / "rejected.tsv"
    flags = ("--map", "created_at=waktu", "--no-triage", "--rejected", str(rejected))
    ready("import", str(posts), *flags)
    assert [line.split("\t")[0] for line in rejected.read_text().splitlines()] == ["line", "3", "4"]


def test_file_for_the_skipped_rows_says_when_there_are_none(ready: Run, tmp_path: Path) -> None:
    posts, rejected = tmp_path / "posts.csv", tmp_path / "rejected.tsv"
    posts.write_text(f"id,time,text\n1,{TIME},mati\n")
    rejected.write_text("line\treason\n3\tof the last import\n")
    result = ready("import", str(posts), "--no-triage", "--rejected", str(rejected))
    assert (result.exit_code, rejected.read_text()) == (0, "line\treason\n")


@pytest.mark.parametrize("rejected", ["nowhere/rejected.tsv", ".", "posts.csv"])
def test_nothing_is_imported_when_the_skipped_rows_cannot_be_written(
    ready: Run, posts: Path, tmp_path: Path, rejected: str
) -> None:
    before = posts.read_text()
    flags = ("--map", "created_at=waktu", "--no-triage")
    result = ready("import", str(posts), *flags, "--rejected", str(tmp_path / rejected))
    assert (result.exit_code, "--rejected" in result.output) == (2, True)
    assert posts.read_text() == before
    assert "1 posts are new" in ready("import", str(posts), *flags).output


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_skipped_rows_that_cannot_be_written_any_more_are_all_shown(
    ready: Run, tmp_path: Path
) -> None:
    posts = tmp_path / "posts.csv"
    posts.write_text("id,time,text\n" + "".join(f"{row},kemarin,x\n" for row in range(30)))
    result = ready("import", str(posts), "--no-triage", "--rejected", "/dev/full")
    assert "No space left" in result.stderr
    assert "line 31:" in result.stderr


def test_file_without_a_usable_row_exits_with_1(ready: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("text,time\nhalo,kemarin\n")
    assert ready("import", str(path), "--no-triage").exit_code == 1


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        ((), 1, "--map created_at=COLUMN"),
        (("--map", "created_at"), 2, "not FIELD=COLUMN"),
        (("--map", "created_at=waktu", "--timezone", "Mars"), 2, "try Asia/Jakarta"),
        (("--map", "created_at=waktu", "--encoding", "klingon"), 1, "not an encoding"),
        (("--map", "created_at=waktu", "--channel", "fax"), 1, "there is: none yet"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(
    ready: Run, posts: Path, flags: tuple[str, ...], code: int, said: str
) -> None:
    result = ready("import", str(posts), *flags)
    assert result.exit_code == code
    assert said in result.output


def test_file_that_is_not_there_is_refused(ready: Run) -> None:
    assert ready("import", "nowhere.csv").exit_code == 2
