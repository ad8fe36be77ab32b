"""Shift notes: what is left to whom, that the cases go along, and that one confirmation counts."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from factories import make_account, make_conversation, make_user
from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.teamwork import shift_notes
from tanggap.inbox.teamwork.shift_notes import UnfitShiftNoteError
from tanggap.store.conversations import RESOLVED, Conversation
from tanggap.store.db import Database
from tanggap.store.notifications import Notification
from tanggap.store.users import Team, TeamMember

People = tuple[int, int, int]


@pytest.fixture
def people(database: Database) -> People:
    """Ayu, Budi of the care team, and the team."""
    with database.write() as session:
        ayu, budi = (make_user(session, name).id for name in ("Ayu", "Budi"))
        team = session.scalars(select(Team.id).where(Team.key == "care")).one()
        session.add(TeamMember(team_id=team, user_id=budi))
        return ayu, budi, team


def make_cases(database: Database, owner: int, count: int) -> list[int]:
    with database.write() as session:
        account = make_account(session)
        cases = [make_conversation(session, account, assignee_id=owner) for _ in range(count)]
        return [case.id for case in cases]


def test_note_goes_to_a_person_with_a_word_on_each_case(database: Database, people: People) -> None:
    ayu, budi, _team = people
    first, second, done = make_cases(database, ayu, 3)
    with database.write() as session:
        session.get_one(Conversation, done).state = RESOLVED
        said = {first: "tunggu teknisi", second: "", done: "tidak ikut"}
        shift_notes.leave(session, ayu, to=f"person:{budi}", text="titip ya", cases=said)
    with database.read() as session:
        [received] = shift_notes.waiting_for(session, budi, [])
        assert received.note.text == "titip ya"
        told = {left.conversation.id: left.text for left in received.cases if left.conversation}
        assert told == {first: "tunggu teknisi", second: ""}
        assert session.get_one(Conversation, first).assignee_id == ayu
        assert session.scalars(select(Notification.user_id)).all() == [budi]


def test_cases_go_along_to_the_person_or_into_the_teams_queue(
    database: Database, people: People
) -> None:
    ayu, budi, team = people
    first, second = make_cases(database, ayu, 2)
    with database.write() as session:
        shift_notes.leave(session, ayu, to=f"person:{budi}", text="", cases={first: ""}, give=True)
        shift_notes.leave(session, ayu, to=f"team:{team}", text="", cases={second: ""}, give=True)
    with database.read() as session:
        assert session.get_one(Conversation, first).assignee_id == budi
        queued = session.get_one(Conversation, second)
        assert (queued.assignee_id, queued.team_id) == (None, team)
        assert not shift_notes.own_cases(session, ayu)


def test_first_of_a_team_who_confirms_counts_and_the_writer_is_told(
    database: Database, people: People
) -> None:
    ayu, budi, team = people
    with database.write() as session:
        note = shift_notes.leave(session, ayu, to=f"team:{team}", text="tenang", cases={}).id
        stranger = make_user(session).id
    with database.write() as session, pytest.raises(NotFoundError):
        shift_notes.confirm(session, note, stranger)
    with database.write() as session:
        shift_notes.confirm(session, note, budi)
    with database.write() as session, pytest.raises(ConflictError):
        shift_notes.confirm(session, note, budi)
    with database.read() as session:
        assert not shift_notes.waiting_for(session, budi, [team])
        [left] = shift_notes.left_by(session, ayu)
        assert left.note.confirmed_by is not None
        kinds = session.scalars(select(Notification.kind).where(Notification.user_id == ayu))
        assert kinds.all() == ["shift_note_read"]


def test_note_without_words_or_receiver_is_refused(database: Database, people: People) -> None:
    ayu, budi, _team = people
    for to, text in ((f"person:{budi}", "  "), (f"person:{ayu}", "halo"), ("person:x", "halo")):
        with database.write() as session, pytest.raises(UnfitShiftNoteError):
            shift_notes.leave(session, ayu, to=to, text=text, cases={})
