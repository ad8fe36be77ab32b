"""Asking another team: who is told, the question's own clock, and that it is answered once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from factories import make_account, make_conversation, make_user
from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.teamwork import consultations
from tanggap.inbox.teamwork.consultations import UnfitQuestionError
from tanggap.store.base import utcnow
from tanggap.store.consultations import Consultation
from tanggap.store.db import Database
from tanggap.store.notifications import Notification
from tanggap.store.users import Team, TeamMember


@dataclass
class Scene:
    """Ayu's case, and Budi in the team that she asks."""

    database: Database
    ayu: int
    budi: int
    team: int
    case: int

    def ask(self, question: str = "Boleh diganti?", within: str = "4h") -> int:
        with self.database.write() as session:
            return consultations.ask(
                session,
                conversation_id=self.case,
                team_id=self.team,
                user_id=self.ayu,
                question=question,
                within=within,
            ).id

    def told(self, user_id: int) -> list[str]:
        with self.database.read() as session:
            query = select(Notification.kind).where(Notification.user_id == user_id)
            return list(session.scalars(query.order_by(Notification.id)))


@pytest.fixture
def scene(database: Database) -> Scene:
    with database.write() as session:
        ayu, budi = (make_user(session, name).id for name in ("Ayu", "Budi"))
        team = session.scalars(select(Team.id).where(Team.key == "compliance")).one()
        session.add(TeamMember(team_id=team, user_id=budi))
        case = make_conversation(session, make_account(session), assignee_id=ayu)
        return Scene(database, ayu, budi, team, case.id)


def test_team_is_told_and_the_answer_reaches_who_asked(scene: Scene) -> None:
    asked = scene.ask()
    assert scene.told(scene.budi) == ["consult_asked"]
    with scene.database.read() as session:
        assert [one.id for one, _case in consultations.list_waiting(session, [scene.team])] == [
            asked
        ]
        assert consultations.waiting_count(session, [scene.team]) == 1
        assert consultations.waiting_count(session, []) == 0
    with scene.database.write() as session:
        consultations.answer(session, asked, scene.budi, "Boleh, sampai 500 ribu.")
    assert scene.told(scene.ayu) == ["consult_answered"]
    with scene.database.read() as session:
        kept = consultations.consultations_of(session, scene.case)[0]
        assert (kept.answer, kept.waits) == ("Boleh, sampai 500 ribu.", False)
        assert not consultations.list_waiting(session, None)


def test_clock_warns_the_team_and_tells_the_owner_when_it_is_late(scene: Scene) -> None:
    asked = scene.ask(within="1h")
    with scene.database.read() as session:
        row = session.get_one(Consultation, asked)
        warn_at, due_at = row.warn_at, row.due_at
    assert utcnow() < warn_at < due_at
    for moment, count in ((warn_at, 1), (warn_at, 0), (due_at, 1), (due_at, 0)):
        with scene.database.write() as session:
            assert consultations.tell_due(session, moment) == count
    assert scene.told(scene.budi) == ["consult_asked", "consult_due", "consult_late"]
    assert scene.told(scene.ayu) == ["consult_late"]


def test_clock_counts_the_open_hours_of_the_asked_team(scene: Scene) -> None:
    from tanggap.inbox.clocks.calendars import load_calendars

    now = utcnow()
    asked = scene.ask(within="3d")
    with scene.database.read() as session:
        calendar = load_calendars(session).of(scene.team)
        row = session.get_one(Consultation, asked)
        opened = calendar.open_time_between(now, row.due_at)
    assert abs(opened - timedelta(hours=24)) < timedelta(minutes=1)


def test_second_answer_and_second_question_are_refused(scene: Scene) -> None:
    asked = scene.ask()
    with pytest.raises(ConflictError):
        scene.ask()
    with scene.database.write() as session:
        consultations.withdraw(session, asked, scene.ayu)
    with scene.database.write() as session, pytest.raises(ConflictError):
        consultations.answer(session, asked, scene.budi, "ya")
    scene.ask()


def test_question_without_words_or_to_nobody_is_refused(scene: Scene) -> None:
    with pytest.raises(UnfitQuestionError):
        scene.ask("   ")
    scene.team = 10**9
    with pytest.raises(NotFoundError):
        scene.ask()
