"""Sleeping conversations: they wake by time or by the customer, once, and say why; tags."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from factories import make_account, make_user
from fakes import incoming
from tanggap.errors import ConflictError
from tanggap.inbox.cases.conversations import set_state
from tanggap.inbox.cases.snooze import UnfitTimeError, load_snooze, read_until, snooze, wake_due
from tanggap.inbox.cases.tags import UnfitTagError, change_tags, clean_tag
from tanggap.inbox.posts.record import record_events
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.conversations import OPEN, RESOLVED, SNOOZED, Conversation
from tanggap.store.db import Database
from tanggap.store.notifications import Notification
from tanggap.store.snoozes import Snooze

FRIDAY = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


@pytest.fixture
def ayu(database: Database) -> int:
    with database.write() as session:
        return make_user(session, "Ayu").id


@pytest.fixture
def case(database: Database, ayu: int) -> Conversation:
    """A conversation with one post that Ayu has put to sleep until tomorrow."""
    with database.write() as session:
        account = make_account(session)
        record_events(session, account, [incoming("1")], source="webhook")
        found = session.scalars(select(Conversation)).one()
        snooze(
            session,
            found.id,
            ayu,
            found.revision,
            until=utcnow() + timedelta(days=1),
            words="teknisi datang besok",
        )
        session.refresh(found)
        return found


def state(database: Database) -> tuple[str, str]:
    with database.read() as session:
        slept = session.scalars(select(Snooze)).one_or_none()
        found = session.scalars(select(Conversation.state)).one()
    return found, slept.woken_by if slept else "forgotten"


def told(database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        rows = session.execute(select(Notification.kind, Notification.text))
        return [(row.kind, row.text) for row in rows]


def test_it_sleeps_until_its_time_and_wakes_once(database: Database, case: Conversation) -> None:
    with database.write() as session:
        assert wake_due(session) == 0
    assert state(database) == (SNOOZED, "")
    with database.write() as session:
        session.execute(update(Snooze).values(until=utcnow() - timedelta(seconds=1)))
        assert (wake_due(session), wake_due(session)) == (1, 0)
    assert state(database) == (OPEN, "time")
    assert told(database) == [("woke_time", "teknisi datang besok")]


def test_customers_word_wakes_it_earlier(database: Database, case: Conversation) -> None:
    with database.write() as session:
        account = session.scalars(select(Account)).one()
        ours = incoming("2", "baik kak", author_id="brand", in_reply_to="1")
        record_events(session, account, [ours], source="webhook")
    assert state(database) == (SNOOZED, "")
    with database.write() as session:
        account = session.scalars(select(Account)).one()
        record_events(session, account, [incoming("3", in_reply_to="1")], source="webhook")
    assert state(database) == (OPEN, "reply")
    assert told(database)[0][0] == "woke_reply"
    with database.write() as session:
        session.execute(update(Snooze).values(until=utcnow() - timedelta(seconds=1)))
        assert wake_due(session) == 0


def test_person_who_resolves_it_ends_the_sleep(
    database: Database, case: Conversation, ayu: int
) -> None:
    with database.write() as session:
        now = session.get_one(Conversation, case.id)
        set_state(session, case.id, ayu, now.revision, RESOLVED)
        session.execute(update(Snooze).values(until=utcnow() - timedelta(seconds=1)))
        assert wake_due(session) == 0
    assert state(database) == (RESOLVED, "forgotten")


def test_sleep_without_a_time_lasts_until_the_customer_writes(
    database: Database, case: Conversation, ayu: int
) -> None:
    with database.write() as session:
        now = session.get_one(Conversation, case.id)
        set_state(session, case.id, ayu, now.revision, OPEN)
        session.refresh(now)
        snooze(session, case.id, ayu, now.revision, until=None)
        assert wake_due(session) == 0
        slept = load_snooze(session, case.id)
    assert slept is not None
    assert slept.until is None


def test_of_two_who_act_at_once_one_is_told(
    database: Database, case: Conversation, ayu: int
) -> None:
    with database.write() as session, pytest.raises(ConflictError):
        snooze(session, case.id, ayu, 1, until=None)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("1h", datetime(2026, 11, 20, 9, 30, tzinfo=UTC)),
        ("4h", datetime(2026, 11, 20, 12, 30, tzinfo=UTC)),
        ("tomorrow", datetime(2026, 11, 21, 2, 0, tzinfo=UTC)),
        ("monday", datetime(2026, 11, 23, 2, 0, tzinfo=UTC)),
        ("reply", None),
    ],
)
def test_choices_are_meant_in_the_persons_own_time_zone(
    choice: str, expected: datetime | None
) -> None:
    assert read_until(choice, "", "Asia/Jakarta", FRIDAY) == expected


def test_typed_time_is_local_and_must_be_to_come() -> None:
    typed = read_until("at", "2026-11-20T16:00", "Asia/Jakarta", FRIDAY)
    assert typed == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    for unfit in ("2026-11-20T15:00", "2028-01-01T09:00", "besok", ""):
        with pytest.raises(UnfitTimeError):
            read_until("at", unfit, "Asia/Jakarta", FRIDAY)


def test_tags_are_added_once_removed_and_noted(
    database: Database, case: Conversation, ayu: int
) -> None:
    with database.write() as session:
        assert change_tags(session, case.id, ayu, add=["#Refund ", "refund", "VIP"])
        assert change_tags(session, case.id, ayu, add=["teknisi"], remove=["vip"])
        assert not change_tags(session, case.id, ayu, add=["refund"])
        assert session.get_one(Conversation, case.id).tags == ["refund", "teknisi"]
        with pytest.raises(UnfitTagError):
            change_tags(session, case.id, ayu, add=[f"tag {number}" for number in range(30)])
        with pytest.raises(UnfitTagError):
            change_tags(session, case.id, ayu, add=["x" * 51])


@given(st.text(max_size=60))
def test_any_text_becomes_a_storable_tag_or_is_refused(text: str) -> None:
    try:
        tag = clean_tag(text)
    except UnfitTagError:
        return
    assert tag == clean_tag(tag) or tag.startswith("#")
    assert tag.isprintable()
