"""Signs of colleagues, and how far each person has read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from factories import make_account, make_conversation, make_post, make_user
from fakes import incoming
from queries import counted
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.teamwork import presence_signs as signs
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.db import Database
from tanggap.store.signs import Sign


@pytest.fixture
def people(database: Database) -> tuple[int, int]:
    with database.write() as session:
        return make_user(session, "Ayu").id, make_user(session, "Budi").id


@pytest.fixture
def cases(database: Database) -> list[Conversation]:
    with database.write() as session:
        account = make_account(session)
        found = [make_conversation(session, account) for _ in range(3)]
        for case in found:
            make_post(session, case)
        return found


def test_colleagues_see_who_looks_and_types_and_not_themselves(
    database: Database, people: tuple[int, int], cases: list[Conversation]
) -> None:
    ayu, budi = people
    with database.write() as session:
        signs.show(session, ayu, "a1", cases[0].id, typing=False)
        signs.show(session, ayu, "a2", cases[0].id, typing=True)
        signs.show(session, budi, "b1", cases[1].id, typing=False)
        board = signs.read_board(session)
        assert signs.occupied(session, ayu) == {cases[1].id}
    for_budi = board.without(budi)
    assert [(one.name, one.typing) for one in for_budi.people] == [("Ayu", True)]
    assert board.mark != for_budi.mark == board.without(budi).mark


def test_sign_goes_when_its_tab_moves_leaves_or_falls_silent(
    database: Database, people: tuple[int, int], cases: list[Conversation]
) -> None:
    ayu, _ = people
    with database.write() as session:

        def places() -> list[int]:
            return [one.conversation_id for one in signs.read_board(session).people]

        signs.show(session, ayu, "a1", cases[0].id, typing=False)
        signs.show(session, ayu, "a1", cases[1].id, typing=False)
        assert places() == [cases[1].id]
        signs.leave(session, ayu, "a1")
        assert places() == []
        signs.show(session, ayu, "a1", cases[1].id, typing=False)
        silent = utcnow() - signs.FRESH - timedelta(seconds=1)
        session.execute(update(Sign).values(seen_at=silent))
        assert places() == []
        assert session.scalar(select(func.count()).select_from(Sign)) == 1
        session.execute(update(Sign).values(seen_at=utcnow() - 4 * signs.FRESH))
        signs.forget_old(session)
        assert session.scalar(select(func.count()).select_from(Sign)) == 0


def test_sign_in_a_conversation_that_is_gone_is_none(
    database: Database, people: tuple[int, int]
) -> None:
    with database.write() as session:
        signs.show(session, people[0], "a1", 999, typing=True)
        signs.mark_seen(session, people[0], 999, 1)
        assert signs.read_board(session).people == []


def test_signs_are_gone_within_thirty_seconds() -> None:
    assert signs.FRESH + timedelta(seconds=2) < timedelta(seconds=30)
    assert 2 * signs.BEAT < signs.FRESH


def test_each_person_has_read_for_themselves(
    database: Database, people: tuple[int, int], cases: list[Conversation]
) -> None:
    ayu, budi = people
    with database.write() as session:
        rows = [session.get_one(Conversation, case.id) for case in cases]
        signs.mark_seen(session, ayu, rows[0].id, rows[0].last_inbound_id or 0)
        assert signs.unread_among(session, ayu, rows) == {rows[1].id, rows[2].id}
        assert signs.unread_among(session, budi, rows) == {row.id for row in rows}
        make_post(session, rows[0], "lagi")
        assert rows[0].id in signs.unread_among(session, ayu, rows)
        signs.mark_seen(session, ayu, rows[0].id, rows[0].last_inbound_id or 0)
        signs.mark_seen(session, ayu, rows[0].id, 1)
        assert rows[0].id not in signs.unread_among(session, ayu, rows)
        query = select(Conversation.id).where(signs.is_unread(ayu))
        assert set(session.scalars(query)) == signs.unread_among(session, ayu, rows)
        signs.mark_unseen(session, ayu, [rows[0].id])
        assert rows[0].id in signs.unread_among(session, ayu, rows)


def test_post_that_comes_in_makes_a_case_unread_and_our_own_does_not(
    database: Database, people: tuple[int, int]
) -> None:
    ayu, _ = people
    with database.write() as session:
        account = make_account(session, external_id="brand")
        account = session.get_one(Account, account.id)
        record_events(session, account, [incoming("1")], source="webhook")
        case = session.scalars(select(Conversation)).one()
        signs.mark_seen(session, ayu, case.id, case.last_inbound_id or 0)
        ours = incoming("2", "baik kak", author_id="brand", in_reply_to="1")
        record_events(session, account, [ours], source="webhook")
        session.refresh(case)
        assert signs.unread_among(session, ayu, [case]) == set()
        record_events(session, account, [incoming("3", in_reply_to="1")], source="webhook")
        session.refresh(case)
        assert signs.unread_among(session, ayu, [case]) == {case.id}


def test_board_and_marks_take_one_query_each(
    database: Database, people: tuple[int, int], cases: list[Conversation]
) -> None:
    with database.write() as session:
        for number, case in enumerate(cases):
            signs.show(session, people[0], f"tab{number}", case.id, typing=False)
        with counted(database) as statements:
            assert len(signs.read_board(session).people) == len(cases)
            signs.unread_among(session, people[1], cases)
    assert len(statements) == 2
