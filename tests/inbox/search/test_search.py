"""The list: filters, pages, counters and full-text search."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text

from factories import make_account, make_author, make_conversation, make_post, make_user
from fakes import T0
from queries import counted, plan_of
from tanggap.inbox.search import highlights, matching, search
from tanggap.inbox.search.counters import count_views
from tanggap.inbox.search.keyset import Cursor
from tanggap.inbox.search.search import ANY, UNASSIGNED, Filter
from tanggap.store.accounts import Account
from tanggap.store.conversations import (
    NOT_OURS,
    OPEN,
    RESOLVED,
    SNOOZED,
    WAITING,
    Conversation,
)
from tanggap.store.db import Database
from tanggap.store.posts import Author, Post
from tanggap.store.users import Team

SYNTAX = ["NEAR(a b)", "a AND", "text:x", "a & | !b", "'", '"', "a* -b", "\x00", "½²", "a_b <-> c"]


@pytest.fixture
def account(database: Database) -> Account:
    with database.write() as session:
        return make_account(session)


def make(database: Database, account: Account, text: str = "halo", **values: Any) -> int:
    with database.write() as session:
        conversation = make_conversation(session, account, **values)
        make_post(session, conversation, text)
        return conversation.id


def listed(database: Database, **wanted: object) -> set[int]:
    with database.read() as session:
        page = search.list_conversations(session, Filter(**wanted))  # type: ignore[arg-type]
        return {row.id for row in page.rows}


def test_pages_show_every_conversation_once_newest_first(
    database: Database, account: Account
) -> None:
    with database.write() as session:
        author = make_author(session)
        for number in range(25):
            at = T0 + timedelta(minutes=number // 3)  # several share a moment
            make_conversation(session, account, author, last_post_at=at)
    seen, after = [], None
    with database.read() as session:
        while True:
            page = search.list_conversations(session, Filter(), after=after, size=10)
            seen += [(row.last_post_at, row.id) for row in page.rows]
            if page.after is None:
                break
            after = Cursor.read(str(page.after))
    assert len(seen) == 25
    assert seen == sorted(seen, reverse=True)


def test_page_stays_put_when_newer_conversations_come_in(
    database: Database, account: Account
) -> None:
    ids = [make(database, account) for _ in range(4)]
    with database.read() as session:
        first = search.list_conversations(session, Filter(), size=2)
    make(database, account)
    with database.read() as session:
        second = search.list_conversations(session, Filter(), after=first.after, size=2)
    assert [row.id for row in [*first.rows, *second.rows]] == ids[::-1]


@pytest.mark.parametrize("written", ["", "x", "1", "1.", ".1", "9" * 40, "1.2.3", "-1.5", "१.२"])
def test_broken_cursor_means_the_first_page(written: str) -> None:
    assert Cursor.read(written) is None


def test_each_filter_keeps_what_fits(database: Database, account: Account) -> None:
    with database.write() as session:
        team = Team(key="x", name_id="X", name_en="X")
        session.add(team)
        ayu = make_user(session)
        session.flush()
        team_id, ayu_id = team.id, ayu.id
    plain = make(database, account)
    values: dict[str, Any] = {
        "label": "complaint",
        "language": "en",
        "team_id": team_id,
        "assignee_id": ayu_id,
    }
    special = make(database, account, **values)
    resolved = make(database, account, state=RESOLVED)
    assert listed(database) == {plain, special}
    assert listed(database, state=ANY) == {plain, special, resolved}
    assert listed(database, state=RESOLVED) == {resolved}
    assert listed(database, label="complaint") == {special}
    assert listed(database, language="en") == {special}
    assert listed(database, team_id=team_id) == {special}
    assert listed(database, assignee=ayu_id) == {special}
    assert listed(database, assignee=UNASSIGNED) == {plain}
    assert listed(database, channel="other") == set()


def test_search_finds_all_words_in_any_order_and_the_beginning_of_the_last(
    database: Database, account: Account
) -> None:
    lost = make(database, account, "Paket saya hilang di Surabaya!")
    late = make(database, account, "paket terlambat dua hari")
    assert listed(database, words="paket") == {lost, late}
    assert listed(database, words="hilang paket") == {lost}
    assert listed(database, words="paket terlam") == {late}
    assert listed(database, words="paket jakarta") == set()


def test_search_looks_at_every_post_of_a_conversation_and_at_edits(
    database: Database, account: Account
) -> None:
    found = make(database, account, "halo")
    with database.write() as session:
        post = session.scalars(select(Post)).one()
        post.text = "sekarang tentang refund"
    assert listed(database, words="refund") == {found}
    assert listed(database, words="halo") == set()


def test_search_finds_names_and_handles_also_beside_words_of_the_post(
    database: Database, account: Account
) -> None:
    with database.write() as session:
        rita = make_author(session, name="Rita Budiman", handle="rita_b")
        tono = make_author(session, name="Tono", handle="tono88")
        ritas = make_conversation(session, account, rita)
        make_post(session, ritas, "pengiriman paket lama sekali")
        tonos = make_conversation(session, account, tono)
        make_post(session, tonos, "terima kasih Rita")
        ritas_id, tonos_id = ritas.id, tonos.id
    assert listed(database, words="budiman") == {ritas_id}
    assert listed(database, words="rita_b") == {ritas_id}
    assert listed(database, words="ton") == {tonos_id}
    assert listed(database, words="rita") == {ritas_id, tonos_id}
    assert listed(database, words="paket budiman") == {ritas_id}
    assert listed(database, words="kasih budiman") == set()


def test_search_follows_a_new_name_and_forgets_the_old(
    database: Database, account: Account
) -> None:
    with database.write() as session:
        author = make_author(session, name="Lama", handle="lama")
        case = make_conversation(session, account, author)
        make_post(session, case, "halo")
        make_post(session, case, "min?")
        author_id, case_id = author.id, case.id
    with database.write() as session:
        session.get_one(Author, author_id).name = "Baru"
    assert listed(database, words="baru halo") == {case_id}
    with database.write() as session:
        session.get_one(Author, author_id).handle = ""
    assert listed(database, words="lama") == set()
    with database.write() as session:
        session.execute(delete(Post).where(Post.conversation_id == case_id))
    assert listed(database, words="baru") == set()


def test_search_for_our_own_name_does_not_find_all_that_we_answered(
    database: Database, account: Account
) -> None:
    with database.write() as session:
        brand = make_author(session, name="Layanan Kita", handle="kita")
        case = make_conversation(session, account)
        make_post(session, case, "halo")
        make_post(session, case, "kami cek ya", author=brand, from_us=True)
        case_id = case.id
    assert listed(database, words="kami cek") == {case_id}
    assert listed(database, words="layanan") == set()


def test_search_of_marks_alone_finds_nothing(database: Database, account: Account) -> None:
    make(database, account, "halo")
    assert listed(database, words='"*()') == set()


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    words=st.text(max_size=60) | st.sampled_from(["NEAR(a b)", "a AND", "text:x", "a & | !b", "'"])
)
def test_no_search_text_breaks_the_query(database: Database, account: Account, words: str) -> None:
    listed(database, words=words)


def test_rows_are_told_apart_by_whether_they_fit_the_filter(
    database: Database, account: Account
) -> None:
    is_open, resolved = make(database, account), make(database, account, state=RESOLVED)
    with database.read() as session:
        fit, others = search.split_by_filter(session, Filter(), [is_open, resolved, 10**17])
    assert ([row.id for row in fit], [row.id for row in others]) == ([is_open], [resolved])


def test_counters_equal_a_recount(database: Database, account: Account) -> None:
    with database.write() as session:
        team = Team(key="x", name_id="X", name_en="X")
        session.add(team)
        ayu, budi = make_user(session), make_user(session)
        session.flush()
        team_id, ayu_id, budi_id = team.id, ayu.id, budi.id
    make(database, account)
    make(database, account, assignee_id=ayu_id, team_id=team_id)
    make(database, account, assignee_id=budi_id, team_id=team_id)
    make(database, account, assignee_id=ayu_id, team_id=team_id, state=WAITING)
    make(database, account, state=NOT_OURS)
    with database.read() as session:
        counts = count_views(session, ayu_id, [team_id])
    assert counts.states == {OPEN: 3, WAITING: 1, SNOOZED: 0, RESOLVED: 0, NOT_OURS: 1}
    assert (counts.mine, counts.unassigned, counts.teams) == (1, 1, {team_id: 2})


def test_list_takes_one_query_and_the_counters_another(
    database: Database, account: Account
) -> None:
    with database.write() as session:
        for _ in range(12):
            make_conversation(session, account)
    with database.read() as session, counted(database) as statements:
        page = search.list_conversations(session, Filter())
        assert {row.author.name and row.account.name for row in page.rows}
        count_views(session, 1, [1, 2, 3])
    assert len([s for s in statements if s.lstrip().startswith("SELECT")]) == 2


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Filter(), "ix_conversations_list"),
        (Filter(state=ANY), "ix_conversations_newest"),
        (Filter(team_id=1), "ix_conversations_team"),
        (Filter(assignee=1), "ix_conversations_assignee"),
        (Filter(assignee=UNASSIGNED), "ix_conversations_assignee"),
        (Filter(label="complaint", channel="fake"), "ix_conversations_list"),
        (Filter(unread_for=1), "ix_conversations_list"),
    ],
)
def test_every_list_is_read_from_an_index_in_its_order(
    database: Database, account: Account, wanted: Filter, index: str
) -> None:
    with database.read() as session:
        query = search.page_query(session, wanted, Cursor(T0, 5), 40)
        plan = plan_of(session, query)
    if database.is_sqlite:
        assert f"USING INDEX {index}" in plan, plan
        assert "TEMP B-TREE" not in plan, plan
    else:  # which of the ordered indexes PostgreSQL takes depends on how many rows there are
        assert re.search(r"Index Scan \w* ?using ix_conversations_\w+ on conversations", plan), plan
        assert "Sort" not in plan, plan


def test_tag_is_looked_for_among_the_tagged_cases_alone(
    database: Database, account: Account
) -> None:
    if not database.is_sqlite:
        pytest.skip("SQLAlchemy cannot write the value into a plan for PostgreSQL")
    with database.read() as session:
        plan = plan_of(session, search.page_query(session, Filter(tag="vip"), None, 40))
    assert "SCAN tagged USING COVERING INDEX ix_conversations_tagged" in plan, plan


def test_search_uses_the_full_text_index(database: Database) -> None:
    with database.read() as session:
        if not database.is_sqlite:
            session.execute(text("SET LOCAL enable_indexscan = off"))
            asked = matching.tsquery(session, ["paket"])
            plan = plan_of(session, select(matching.newest_hits(asked, walk=False)))
        else:
            wanted = matching.matching_cases(session, ["paket"])
            plan = plan_of(session, select(Conversation.id).where(wanted))
    assert "VIRTUAL TABLE INDEX" in plan or "ix_post_search_words" in plan, plan


@pytest.mark.parametrize("common", [False, True])
def test_search_for_what_stands_in_very_many_posts_takes_the_newest_and_says_so(
    database: Database, account: Account, monkeypatch: pytest.MonkeyPatch, *, common: bool
) -> None:
    monkeypatch.setattr(matching, "SEARCH_CAP", 3)
    monkeypatch.setattr(highlights, "SEARCH_CAP", 3)
    monkeypatch.setattr(matching, "_is_common", lambda *_: common)
    cases = [make(database, account, "paket belum sampai") for _ in range(5)]
    rare = make(database, account, "kurir ramah")
    with database.read() as session:
        page = search.list_conversations(session, Filter(words="paket"))
        assert {row.id for row in page.rows} == set(cases[2:])
        assert page.capped
        assert all(page.found[case].in_text for case in cases[2:])
        page = search.list_conversations(session, Filter(words="kurir"))
        assert ([row.id for row in page.rows], page.capped) == ([rare], False)


def test_common_words_are_known_by_their_statistics(database: Database, account: Account) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite's index gives the newest posts first, however common a word is")
    make(database, account, "paket belum sampai")
    with database.read() as session:
        asked = [matching.tsquery(session, [word]) for word in ("paket", "100%", "o'clock")]
        hits = [matching._is_common(session, one) for one in asked]
        assert all(isinstance(one, bool) for one in hits)
