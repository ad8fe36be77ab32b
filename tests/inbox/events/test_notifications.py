"""Telling people: who is told, once, and what they have read."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from factories import make_account, make_conversation, make_user
from tanggap.inbox.events import notifications
from tanggap.inbox.events.notifications import notify
from tanggap.store.base import utcnow
from tanggap.store.db import Database
from tanggap.store.notifications import Notification
from tanggap.store.users import Team, TeamMember


def test_each_person_and_member_is_told_once(database: Database) -> None:
    with database.write() as session:
        ayu, budi, citra = (make_user(session, name).id for name in ("Ayu", "Budi", "Citra"))
        team = session.scalars(select(Team)).first()
        assert team is not None
        session.add_all(TeamMember(team_id=team.id, user_id=who) for who in (ayu, citra))
        session.flush()
        told = notify(session, "mention", user_ids=[ayu, budi], team_id=team.id, text="tolong cek")
    assert told == sorted((ayu, budi, citra))
    with database.read() as session:
        assert [notifications.unread_count(session, who) for who in told] == [1, 1, 1]


def test_nobody_is_told_of_what_they_did_themselves_or_after_they_left(database: Database) -> None:
    with database.write() as session:
        ayu = make_user(session, "Ayu").id
        gone = make_user(session, "Budi", active=False).id
        assert notify(session, "mention", user_ids=[ayu, gone], actor_id=ayu) == []


def test_same_key_tells_once_and_other_keys_again(database: Database) -> None:
    with database.write() as session:
        ayu = make_user(session, "Ayu").id
        told = [
            notify(session, "rule", user_ids=[ayu], key=key)
            for key in ("rule-1", "rule-1", "rule-2", None, None)
        ]
    assert told == [[ayu], [], [ayu], [ayu], [ayu]]


def test_reading_one_or_those_of_a_conversation_or_all(database: Database) -> None:
    with database.write() as session:
        ayu, budi = make_user(session, "Ayu").id, make_user(session, "Budi").id
        account = make_account(session)
        case = make_conversation(session, account).id
        for _ in range(3):
            notify(session, "mention", user_ids=[ayu, budi])
        notify(session, "mention", user_ids=[ayu], conversation_id=case)
        first = session.scalars(select(Notification.id).order_by(Notification.id)).first()
        assert first is not None
        assert notifications.mark_read(session, budi, notification_id=first) == 0
        assert notifications.mark_read(session, ayu, notification_id=first) == 1
        assert notifications.mark_read(session, ayu, conversation_id=case) == 1
        assert notifications.unread_count(session, ayu) == 2
        assert notifications.mark_read(session, ayu) == 2
        assert notifications.unread_count(session, budi) == 3


def test_pages_hold_every_line_once_newest_first(database: Database) -> None:
    with database.write() as session:
        ayu = make_user(session, "Ayu").id
        count = notifications.PAGE_SIZE + 5
        for number in range(count):
            notify(session, "mention", user_ids=[ayu], text=str(number))
        first = notifications.list_notifications(session, ayu)
        second = notifications.list_notifications(session, ayu, after=first.after)
    texts = [line.notification.text for line in (*first.lines, *second.lines)]
    assert texts == [str(number) for number in reversed(range(count))]
    assert second.after is None


def test_only_what_was_read_long_ago_is_forgotten(database: Database) -> None:
    with database.write() as session:
        ayu = make_user(session, "Ayu").id
        for _ in range(2):
            notify(session, "mention", user_ids=[ayu])
        long_ago = utcnow() - notifications.KEEP - timedelta(days=1)
        session.execute(update(Notification).values(created_at=long_ago))
        first = session.scalars(select(Notification.id)).first()
        notifications.mark_read(session, ayu, notification_id=first)
        notifications.forget_old(session)
        assert notifications.unread_count(session, ayu) == 1
        assert len(notifications.list_notifications(session, ayu).lines) == 1
