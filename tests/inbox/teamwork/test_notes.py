"""Notes: who may write and remove them, whom they tell, and that they survive a merge."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from factories import make_account, make_conversation, make_user
from tanggap.errors import NotFoundError
from tanggap.inbox.cases.merging import merge_into
from tanggap.inbox.teamwork import notes
from tanggap.inbox.teamwork.notes import (
    UnfitNoteError,
    find_called,
    notes_of,
    take_back,
    write_note,
)
from tanggap.store.audit import Change
from tanggap.store.conversations import Conversation
from tanggap.store.db import Database
from tanggap.store.notifications import Notification
from tanggap.store.users import Team, TeamMember


@pytest.fixture
def case(database: Database) -> Conversation:
    with database.write() as session:
        return make_conversation(session, make_account(session))


def told(database: Database) -> dict[int, str]:
    with database.read() as session:
        rows = session.execute(select(Notification.user_id, Notification.kind))
        return dict(rows.all())


def test_people_by_initials_and_teams_by_key_are_told_once(
    database: Database, case: Conversation
) -> None:
    with database.write() as session:
        ayu, budi, citra = (
            make_user(session, name, initials=initials).id
            for name, initials in (("Ayu", "AL"), ("Budi", "BS"), ("Citra", "CD"))
        )
        team = session.scalars(select(Team).where(Team.key == "compliance")).one()
        session.add_all(TeamMember(team_id=team.id, user_id=who) for who in (budi, citra))
        text = "tolong cek @bs dan @compliance, bukan surat@al.example"
        write_note(session, conversation_id=case.id, user_id=ayu, text=text)
    assert told(database) == {budi: "mention", citra: "team_mention"}


def test_owner_of_the_case_is_told_of_a_colleagues_note(
    database: Database, case: Conversation
) -> None:
    with database.write() as session:
        ayu, budi = make_user(session, "Ayu").id, make_user(session, "Budi").id
        session.get_one(Conversation, case.id).assignee_id = budi
        write_note(session, conversation_id=case.id, user_id=ayu, text="pelanggan menelepon")
        write_note(session, conversation_id=case.id, user_id=budi, text="terima kasih")
        kinds = set(session.scalars(select(Change.kind)))
    assert told(database) == {budi: "note"}
    assert "note" in kinds


def test_unknown_and_departed_people_are_not_called(database: Database) -> None:
    with database.write() as session:
        make_user(session, "Budi", initials="BS", active=False)
        assert find_called(session, "@BS @XX @") == []


@pytest.mark.parametrize("text", ["", " \n ", "x" * (notes.LONGEST + 1)])
def test_note_without_words_or_beyond_measure_is_refused(
    database: Database, case: Conversation, text: str
) -> None:
    with database.write() as session:
        ayu = make_user(session, "Ayu").id
        with pytest.raises(UnfitNoteError):
            write_note(session, conversation_id=case.id, user_id=ayu, text=text)


def test_note_on_nothing_is_not_found(database: Database) -> None:
    with database.write() as session, pytest.raises(NotFoundError):
        write_note(session, conversation_id=999, user_id=make_user(session).id, text="halo")


def test_own_note_is_taken_back_and_a_colleagues_is_not(
    database: Database, case: Conversation
) -> None:
    with database.write() as session:
        ayu, budi = make_user(session, "Ayu").id, make_user(session, "Budi").id
        note = write_note(session, conversation_id=case.id, user_id=ayu, text="rahasia")
        with pytest.raises(NotFoundError):
            take_back(session, note.id, budi)
        take_back(session, note.id, ayu)
        with pytest.raises(NotFoundError):
            take_back(session, note.id, ayu)
    with database.read() as session:
        (kept,) = notes_of(session, case.id)
    assert kept.text == ""
    assert kept.deleted_at is not None


def test_notes_and_what_they_told_go_along_when_conversations_merge(
    database: Database, case: Conversation
) -> None:
    with database.write() as session:
        ayu = make_user(session, "Ayu").id
        make_user(session, "Budi", initials="BS")
        other = make_conversation(session, session.get_one(Conversation, case.id).account)
        write_note(session, conversation_id=other.id, user_id=ayu, text="lihat @BS")
        merge_into(session, other.id, case.id)
    with database.read() as session:
        assert [note.text for note in notes_of(session, case.id)] == ["lihat @BS"]
        assert session.scalars(select(Notification.conversation_id)).all() == [case.id]
