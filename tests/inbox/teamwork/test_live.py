"""The change feed: nothing is missed, whatever order it is committed in."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from factories import make_account, make_conversation
from queries import plan_of
from tanggap.inbox.teamwork.live import BATCH, LAG, changes_since, settled_cursor
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.db import Database


@pytest.fixture
def case(database: Database) -> int:
    with database.write() as session:
        return make_conversation(session, make_account(session)).id


def change(
    database: Database, case: int, age: timedelta = timedelta(), id_: int | None = None
) -> int:
    at: datetime = utcnow() - age
    with database.write() as session:
        row = Change(conversation_id=case, kind="post", at=at)
        if id_ is not None:
            row.id = id_
        session.add(row)
        session.flush()
        return row.id


def test_change_is_told_and_told_again_until_it_has_settled(database: Database, case: int) -> None:
    fresh = change(database, case)
    with database.read() as session:
        feed = changes_since(session, 0)
    assert (feed.cursor, list(feed.changes)) == (0, [(fresh, case)])


def test_cursor_moves_past_what_has_settled(database: Database, case: int) -> None:
    old = change(database, case, LAG * 2)
    fresh = change(database, case)
    with database.read() as session:
        feed = changes_since(session, 0)
        assert feed.cursor == old
        assert list(changes_since(session, feed.cursor).changes) == [(fresh, case)]


def test_lower_number_committed_after_a_higher_one_is_not_missed(
    database: Database, case: int
) -> None:
    change(database, case, id_=100)
    with database.read() as session:
        cursor = changes_since(session, 0).cursor
    late = change(database, case, id_=99)
    with database.read() as session:
        assert late in [id_ for id_, _ in changes_since(session, cursor).changes]


def test_page_begins_at_a_cursor_before_which_all_has_settled(
    database: Database, case: int
) -> None:
    with database.read() as session:
        assert settled_cursor(session) == 0
    old = change(database, case, LAG * 2)
    change(database, case)
    with database.read() as session:
        assert settled_cursor(session) == old


def test_reader_too_far_behind_is_told_to_load_anew(database: Database, case: int) -> None:
    with database.write() as session:
        session.add_all(
            Change(conversation_id=case, kind="post", at=utcnow() - LAG * 2)
            for _ in range(BATCH + 1)
        )
    with database.read() as session:
        feed = changes_since(session, 0)
    assert (feed.too_many, list(feed.changes)) == (True, [])
    with database.read() as session:
        assert not changes_since(session, feed.cursor).too_many


def test_feed_is_read_by_its_primary_key(database: Database) -> None:
    with database.read() as session:
        query = select(Change.id).where(Change.id > 5).order_by(Change.id).limit(10)
        plan = plan_of(session, query)
    assert "PRIMARY KEY" in plan or "pk_changes" in plan, plan
