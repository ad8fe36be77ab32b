"""History from files comes in whole, once, and says what it left out."""

from __future__ import annotations

import csv
import gzip
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from factories import make_account
from tanggap.errors import NotFoundError
from tanggap.inbox.arrival.import_columns import Mapper, map_columns, read_time
from tanggap.inbox.arrival.import_file import MAX_FIELD, BadRow, ImportFile, ImportFileError, Row
from tanggap.inbox.arrival.importing import (
    BATCH,
    ImportReport,
    count_waiting,
    import_posts,
    open_account,
)
from tanggap.inbox.services import Services
from tanggap.sdk.types import IncomingPost
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Author, Post

HEADER = "post_id,created_at,author_handle,author_name,followers,text,in_reply_to,likes\n"
TIME = "2026-10-01T08:00:00+07:00"


def write(folder: Path, content: str | bytes, name: str = "posts.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def run(services: Services, path: Path, own: str = "", **options: str) -> ImportReport:
    account = open_account(services, "import", "Riwayat")
    with ImportFile(path, **options) as file:
        columns = map_columns(file.columns, {})
        mapper = Mapper(account.external_id, columns, own=frozenset(filter(None, [own])))
        return import_posts(services, account.id, file, mapper, lambda _report: None)


def texts(services: Services) -> list[str]:
    with services.database.read() as session:
        return list(session.scalars(select(Post.text).order_by(Post.posted_at, Post.id)))


def test_rows_become_posts_with_author_time_and_figures(services: Services, tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + f'p1,{TIME},@rita,Rita,"1,234","halo, min",,7\n')
    assert run(services, path).new == 1
    with services.database.read() as session:
        post = session.scalars(select(Post)).one()
        assert (post.external_id, post.text, post.source) == ("p1", "halo, min", "import")
        assert post.posted_at == datetime(2026, 10, 1, 1, tzinfo=UTC)
        assert post.metrics == {"likes": 7}
        author = session.get_one(Author, post.author_id)
        assert (author.handle, author.name, author.followers) == ("rita", "Rita", 1234)


def test_importing_the_same_file_twice_adds_nothing(services: Services, tmp_path: Path) -> None:
    rows = "".join(f"p{i},{TIME},u{i},,,teks {i},,\n" for i in range(BATCH + 3))
    path = write(tmp_path, HEADER + rows)
    first, second = run(services, path), run(services, path)
    assert (first.new, first.known) == (BATCH + 3, 0)
    assert (second.new, second.known) == (0, BATCH + 3)


def test_import_that_broke_off_is_finished_by_starting_it_again(
    services: Services, tmp_path: Path
) -> None:
    rows = "".join(f"p{i},{TIME},u,,,teks {i},,\n" for i in range(BATCH + 10))
    path = write(tmp_path, HEADER + rows)
    account = open_account(services, "import", "Riwayat")

    def pull_the_plug(_report: ImportReport) -> None:
        raise KeyboardInterrupt

    with ImportFile(path) as file:
        mapper = Mapper(account.external_id, map_columns(file.columns, {}))
        with pytest.raises(KeyboardInterrupt):
            import_posts(services, account.id, file, mapper, pull_the_plug)
    report = run(services, path)
    assert (report.known, report.new) == (BATCH, 10)


def test_replies_join_their_parent_also_when_it_comes_later(
    services: Services, tmp_path: Path
) -> None:
    path = write(
        tmp_path,
        HEADER + f"p2,2026-10-01T09:00:00Z,rita,,,masih mati,p1,\np1,{TIME},rita,,,mati min,,\n",
    )
    run(services, path)
    with services.database.read() as session:
        posts = {post.external_id: post for post in session.scalars(select(Post))}
        assert posts["p2"].parent_id == posts["p1"].id
        assert posts["p2"].conversation_id == posts["p1"].conversation_id
        assert session.scalar(select(func.count()).select_from(Conversation)) == 1


def test_posts_of_an_own_handle_are_answers_and_not_cases(
    services: Services, tmp_path: Path
) -> None:
    path = write(
        tmp_path,
        HEADER + f"p1,{TIME},rita,,,mati min,,\np2,{TIME},ContohPeduli,,,kami cek ya,p1,\n",
    )
    run(services, path, own="contohpeduli")
    with services.database.read() as session:
        answer = session.scalars(select(Post).where(Post.external_id == "p2")).one()
        assert answer.from_us
        assert session.scalar(select(func.count()).select_from(Conversation)) == 1


def test_bad_rows_are_listed_with_their_line_and_the_good_ones_kept(
    services: Services, tmp_path: Path
) -> None:
    path = write(
        tmp_path,
        HEADER
        + f"p1,{TIME},u,,,baik,,\n"
        + f"p2,{TIME},u,,\n"
        + "p3,kemarin,u,,,teks,,\n"
        + f"p4,{TIME},u,,,,,\n"
        + f"1.84E+18,{TIME},u,,,teks,,\n"
        + f"p5,{TIME},u,,,juga baik,,\n",
    )
    report = run(services, path)
    assert texts(services) == ["baik", "juga baik"]
    assert [bad.line for bad in report.bad] == [3, 4, 5, 6]
    reasons = " | ".join(bad.reason for bad in report.bad)
    for said in ("has 5 fields, the header has 8", "kemarin", "text is empty", "spreadsheet"):
        assert said in reasons


def test_repeated_id_of_another_post_loses_nothing(services: Services, tmp_path: Path) -> None:
    path = write(
        tmp_path, HEADER + f"p1,{TIME},rita,,,paket hilang,,\np1,{TIME},budi,,,makasih min,,\n"
    )
    first, second = run(services, path), run(services, path)
    assert (first.new, first.renamed) == (2, 1)
    assert (second.new, second.known) == (0, 2)
    assert sorted(texts(services)) == ["makasih min", "paket hilang"]


def test_repeated_row_is_stored_once(services: Services, tmp_path: Path) -> None:
    row = f"p1,{TIME},rita,,,paket hilang,,\n"
    report = run(services, write(tmp_path, HEADER + row + row))
    assert (report.new, report.known, report.renamed) == (1, 1, 0)


def test_rows_without_an_id_get_one_that_stays_the_same(services: Services, tmp_path: Path) -> None:
    path = write(tmp_path, f"text,time,author\nmati min,{TIME},rita\nnyala lagi,{TIME},rita\n")
    assert run(services, path).new == 2
    assert run(services, path).new == 0


def test_json_lines_and_gzip_are_read_and_big_ids_kept_whole(
    services: Services, tmp_path: Path
) -> None:
    lines = [
        {"id": 1840000000000000123, "created_at": TIME, "text": "satu", "author": {"handle": "r"}},
        {"id": "2", "created_at": 1_790_000_000, "text": "dua", "author": {"handle": "r"}},
    ]
    content = "\n".join(json.dumps(line) for line in lines) + "\n[1]\n{broken\n\n"
    report = run(services, write(tmp_path, gzip.compress(content.encode()), "posts.jsonl.gz"))
    assert report.new == 2
    assert [bad.line for bad in report.bad] == [3, 4]
    with services.database.read() as session:
        assert "1840000000000000123" in set(session.scalars(select(Post.external_id)))
        assert session.scalars(select(Author.handle)).one() == "r"


@pytest.mark.parametrize("text", ["a\x00b", "\u202eterbalik\u200b", "<script>{{7*7}}</script>"])
def test_hostile_text_is_stored(services: Services, tmp_path: Path, text: str) -> None:
    run(services, write(tmp_path, HEADER + f'p1,{TIME},u,,,"{text}",,\n'))
    assert texts(services) == [text.replace("\x00", "\ufffd")]


def test_hundred_thousand_characters_are_stored(services: Services, tmp_path: Path) -> None:
    run(services, write(tmp_path, HEADER + f"p1,{TIME},u,,,{'x' * 100_000},,\n"))
    assert [len(text) for text in texts(services)] == [100_000]


def test_field_beyond_the_limit_is_one_bad_row(services: Services, tmp_path: Path) -> None:
    huge = "x" * (MAX_FIELD + 1)
    content = HEADER + f"p1,{TIME},u,,,{huge},,\np2,{TIME},u,,,baik,,\n"
    report = run(services, write(tmp_path, content))
    assert texts(services) == ["baik"]
    assert "longer than" in report.bad[0].reason
    assert csv.field_size_limit() == MAX_FIELD  # which every other reader of the process shares


def test_quote_that_is_never_closed_is_named(services: Services, tmp_path: Path) -> None:
    content = HEADER + f'p1,{TIME},u,,,baik,,\np2,{TIME},u,,,"buka,,\np3,{TIME},u,,,x,,\n'
    report = run(services, write(tmp_path, content))
    assert texts(services) == ["baik"]
    assert report.bad[0].line == 3
    assert "never closed" in report.bad[0].reason


def test_bytes_of_another_encoding_spoil_their_row_alone(
    services: Services, tmp_path: Path
) -> None:
    content = HEADER.encode() + f"p1,{TIME},u,,,caf".encode() + b"\xe9,,\n"
    content += f"p2,{TIME},u,,,baik,,\n".encode()
    path = write(tmp_path, content)
    report = run(services, path)
    assert "--encoding" in report.bad[0].reason
    assert texts(services) == ["baik"]
    assert run(services, path, encoding="cp1252").new == 1
    assert "café" in texts(services)


def test_excel_text_with_byte_order_mark_and_semicolons_is_read(
    services: Services, tmp_path: Path
) -> None:
    content = HEADER.replace(",", ";") + f"p1;{TIME};u;;;halo, min;;\n"
    for encoding in ("utf-8-sig", "utf-16"):
        run(services, write(tmp_path, content.encode(encoding)))
    assert texts(services) == ["halo, min"]


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"a,b\n1,2\n", b"\x1f\x8bnonsense", b"\xff\xfe\x00"]
)
def test_file_that_is_no_table_of_posts_is_refused_with_a_reason(
    tmp_path: Path, content: bytes
) -> None:
    path = write(tmp_path, content)
    with pytest.raises(ImportFileError) as raised, ImportFile(path) as file:
        map_columns(file.columns, {})
    assert len(str(raised.value)) > 20


def test_file_cut_short_keeps_what_came_before(services: Services, tmp_path: Path) -> None:
    rows = "".join(f"p{i},{TIME},u,,,teks {i} {i * 7919},,\n" for i in range(5000))
    packed = gzip.compress((HEADER + rows).encode())
    with pytest.raises(ImportFileError, match="breaks off"):
        run(services, write(tmp_path, packed[: len(packed) // 2], "posts.csv.gz"))
    assert len(texts(services)) % BATCH == 0
    assert texts(services)


def test_missing_column_is_named_with_the_flag_that_helps() -> None:
    with pytest.raises(ImportFileError, match="--map created_at=COLUMN"):
        map_columns(["isi", "text"], {})


def test_columns_are_taken_by_flag_before_by_name() -> None:
    found = map_columns(["Text", "isi", "Created At"], {"text": "isi"})
    assert found == {"text": "isi", "created_at": "Created At"}


@pytest.mark.parametrize(
    ("pairs", "said"),
    [({"texts": "isi"}, "'texts' is not a field"), ({"text": "is"}, "no column 'is'")],
)
def test_mapping_that_cannot_be_is_refused(pairs: dict[str, str], said: str) -> None:
    with pytest.raises(ImportFileError, match=said):
        map_columns(["isi", "time"], pairs)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-10-01T08:00:00+07:00", datetime(2026, 10, 1, 1, tzinfo=UTC)),
        ("2026-10-01 08:00:00", datetime(2026, 10, 1, 1, tzinfo=UTC)),
        ("1790000000", datetime.fromtimestamp(1_790_000_000, UTC)),
        ("1790000000000", datetime.fromtimestamp(1_790_000_000, UTC)),
        ("Thu Oct 01 08:00:00 +0700 2026", datetime(2026, 10, 1, 1, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_the_forms_exports_use(written: str, meant: datetime) -> None:
    assert read_time(written, timezone(timedelta(hours=7))) == meant


def test_time_that_is_still_to_come_is_refused_except_for_a_clock_that_goes_wrong() -> None:
    now = datetime.now(UTC)
    soon = now + timedelta(hours=20)
    assert read_time(soon.isoformat()) == soon
    for written in ("2999-01-01T00:00:00Z", (now + timedelta(days=2)).isoformat()):
        with pytest.raises(ValueError, match="still to come"):
            read_time(written)


@given(st.text(max_size=40))
def test_any_time_is_read_or_refused_as_a_value_error(written: str) -> None:
    with suppress(ValueError):
        assert read_time(written).tzinfo is UTC


@given(st.dictionaries(st.sampled_from(["id", "text", "created_at", "author", "kind"]), st.text()))
def test_any_row_is_a_post_or_a_reason(values: dict[str, str]) -> None:
    columns = {"id": "id", "text": "text", "created_at": "created_at", "author_name": "author"}
    values.setdefault("created_at", TIME)
    result = Mapper("acme", columns).post(Row(7, values))
    assert isinstance(result, IncomingPost) or (isinstance(result, BadRow) and result.line == 7)


def test_account_of_a_real_channel_must_be_connected(services: Services) -> None:
    with services.database.write() as session:
        account = make_account(session)
    assert open_account(services, "fake", "@ContohPeduli").id == account.id
    with pytest.raises(NotFoundError, match="there is: Contoh Peduli"):
        open_account(services, "fake", "lain")


def test_imported_posts_wait_for_triage(services: Services, tmp_path: Path) -> None:
    run(services, write(tmp_path, HEADER + f"p1,{TIME},u,,,mati min,,\n"))
    with services.database.read() as session:
        assert count_waiting(session) == 1
