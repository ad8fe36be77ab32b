"""Ask another team about a case: the case stays with its owner, the question has its own clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, literal, select, update
from sqlalchemy.orm import Session, joinedload

from tanggap.errors import ConflictError, NotFoundError, TanggapError
from tanggap.inbox.cases.conversations import missing
from tanggap.inbox.clocks.calendars import load_calendars
from tanggap.inbox.events.notifications import notify
from tanggap.store import audit
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.consultations import Consultation
from tanggap.store.conversations import Conversation
from tanggap.store.limited import whole
from tanggap.store.posts import Post
from tanggap.store.storable import storable
from tanggap.store.users import Team

CHOICES: Final = {
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "1d": timedelta(hours=8),
    "3d": timedelta(hours=24),
}
"""Within how much of the asked team's open time an answer is due; a day has eight hours."""

WARN_SHARE: Final = 0.75
LONGEST: Final = 4_000
SHOWN: Final = 100
POSTS_SHOWN: Final = 30
COUNT_CAP: Final = 100
_BATCH: Final = 200
_WAITS: Final = (Consultation.answered_at.is_(None), Consultation.withdrawn_at.is_(None))


@dataclass(frozen=True, slots=True)
class Question:
    """A question that waits, and the newest posts of its case, oldest first."""

    asked: Consultation
    case: Conversation
    posts: Sequence[Post]


class UnfitQuestionError(TanggapError):
    """A question or an answer without words, or beyond all measure."""


def ask(
    session: Session,
    *,
    conversation_id: int,
    team_id: int,
    user_id: int,
    question: str,
    within: str,
    now: datetime | None = None,
) -> Consultation:
    """Ask a team, and tell its members; `within` is one of `CHOICES`.

    Raises `UnfitQuestionError`, and `ConflictError` while this team has not answered the last one.
    """
    words = _words(question)
    case = session.get(Conversation, conversation_id)
    if case is None:
        raise missing(session, conversation_id)
    if session.get(Team, team_id) is None:
        raise NotFoundError(f"team {team_id} does not exist")
    here = (Consultation.conversation_id == conversation_id, Consultation.team_id == team_id)
    if session.scalar(select(Consultation.id).where(*here, *_WAITS)) is not None:
        raise ConflictError("this team has a question of this case already")
    now = now or utcnow()
    warn_at, due_at = _due(session, team_id, CHOICES.get(within, CHOICES["4h"]), now)
    asked = Consultation(
        conversation_id=conversation_id,
        team_id=team_id,
        user_id=user_id,
        question=words,
        created_at=now,
        warn_at=warn_at,
        due_at=due_at,
    )
    session.add(asked)
    session.flush()
    _notify(session, asked, "consult_asked", team_id=team_id, actor_id=user_id, text=words)
    _note(session, asked, "asked", user_id)
    return asked


def answer(session: Session, consultation_id: int, user_id: int, text: str) -> Consultation:
    """Answer a question, and tell who asked and who has the case."""
    words = _words(text)
    values = {"answered_at": utcnow(), "answered_by_id": user_id, "answer": words}
    asked = _settle(session, consultation_id, values)
    # Who is asked may not see the case; its owner is told and its timeline goes on all the same.
    with whole(session):
        people = {asked.user_id, *_owner(session, asked)}
        _notify(session, asked, "consult_answered", user_ids=people, actor_id=user_id, text=words)
        _note(session, asked, "answered", user_id)
    return asked


def withdraw(session: Session, consultation_id: int, user_id: int) -> Consultation:
    """Take a question back that nobody has answered."""
    asked = _settle(session, consultation_id, {"withdrawn_at": utcnow()})
    _note(session, asked, "withdrawn", user_id)
    return asked


def consultations_of(session: Session, conversation_id: int) -> Sequence[Consultation]:
    """List the newest questions about a case, oldest first."""
    query = (
        _with_people()
        .where(Consultation.conversation_id == conversation_id)
        .order_by(Consultation.id.desc())
        .limit(SHOWN)
    )
    return list(session.scalars(query))[::-1]


def list_waiting(
    session: Session, team_ids: Collection[int] | None
) -> Sequence[tuple[Consultation, Conversation]]:
    """List what these teams, or all, are asked and have not answered; what is due first on top."""
    query = _with_people().where(*_of_teams(team_ids))
    asked = session.scalars(query.order_by(Consultation.due_at, Consultation.id).limit(SHOWN)).all()
    cases = _cases_of(session, {one.conversation_id for one in asked})
    return [(one, cases[one.conversation_id]) for one in asked]


def read_question(session: Session, consultation_id: int) -> Question:
    """Give a question that waits with what its team needs of the case: who wrote, and the thread.

    The case itself may be out of their sight; they read the posts and change nothing.
    """
    asked = session.scalar(_with_people().where(Consultation.id == consultation_id, *_WAITS))
    if asked is None:
        raise NotFoundError(f"there is no question {consultation_id} that waits")
    (case,) = _cases_of(session, {asked.conversation_id}).values()
    query = (
        select(Post)
        .where(Post.conversation_id == case.id)
        .options(joinedload(Post.author, innerjoin=True))
        .order_by(Post.posted_at.desc(), Post.id.desc())
        .limit(POSTS_SHOWN)
    )
    with whole(session):
        return Question(asked, case, list(session.scalars(query))[::-1])


def waiting_count(session: Session, team_ids: Collection[int]) -> int:
    """Count what these teams are asked and have not answered, up to the cap."""
    return session.scalar(waiting_query(team_ids)) or 0


def waiting_query(team_ids: Collection[int]) -> Select[int]:
    """Build the query that counts it."""
    waiting = select(literal(1).label("one")).where(*_of_teams(team_ids)).limit(COUNT_CAP)
    return select(func.count()).select_from(waiting.subquery())


def tell_due(session: Session, now: datetime | None = None) -> int:
    """Tell teams whose time runs short, and owners whose question was not answered in time."""
    now = now or utcnow()
    due = session.scalars(
        select(Consultation)
        .where(Consultation.warn_at <= now, *_WAITS, Consultation.broken_at.is_(None))
        .where(Consultation.warned_at.is_(None) | (Consultation.due_at <= now))
        .order_by(Consultation.warn_at)
        .limit(_BATCH)
    ).all()
    for asked in due:
        kind = "consult_late" if asked.due_at <= now else "consult_due"
        owner = _owner(session, asked) | {asked.user_id} if kind == "consult_late" else set()
        text = asked.question
        _notify(session, asked, kind, team_id=asked.team_id, user_ids=owner, text=text)
        asked.warned_at = asked.warned_at or now
        asked.broken_at = now if asked.due_at <= now else None
        session.add(Change(conversation_id=asked.conversation_id, kind=kind))
    return len(due)


def _settle(session: Session, consultation_id: int, values: dict[str, Any]) -> Consultation:
    """Compare and set: of two who settle a question at once, one is told."""
    changed = session.execute(
        update(Consultation)
        .where(Consultation.id == consultation_id, *_WAITS)
        .values(values)
        .returning(Consultation.id)
    ).first()
    asked = session.get(Consultation, consultation_id)
    if asked is None:
        raise NotFoundError(f"there is no question {consultation_id}")
    if changed is None:
        raise ConflictError("a colleague has answered this question, or it was taken back")
    session.refresh(asked)
    return asked


def _due(
    session: Session, team_id: int, within: timedelta, now: datetime
) -> tuple[datetime, datetime]:
    """Count in the open hours of the asked team; one that never opens is asked around the clock."""
    calendar = load_calendars(session).of(team_id)
    warn_at = calendar.add_open_time(now, within * WARN_SHARE)
    due_at = calendar.add_open_time(now, within)
    if warn_at is None or due_at is None:
        return now + within * WARN_SHARE, now + within
    return warn_at, due_at


def _cases_of(session: Session, ids: Collection[int]) -> Mapping[int, Conversation]:
    """Load the cases that somebody asked about, whoever sees them otherwise."""
    query = select(Conversation).where(Conversation.id.in_(ids))
    with whole(session):
        found = session.scalars(query.options(joinedload(Conversation.author, innerjoin=True)))
        return {case.id: case for case in found}


def _of_teams(team_ids: Collection[int] | None) -> list[ColumnElement[bool]]:
    return [*_WAITS, *([] if team_ids is None else [Consultation.team_id.in_(team_ids)])]


def _with_people() -> Select[Consultation]:
    return select(Consultation).options(
        joinedload(Consultation.user, innerjoin=True),
        joinedload(Consultation.team, innerjoin=True),
        joinedload(Consultation.answered_by),
    )


def _owner(session: Session, asked: Consultation) -> set[int]:
    query = select(Conversation.assignee_id).where(Conversation.id == asked.conversation_id)
    return {owner} if (owner := session.scalar(query)) is not None else set()


def _notify(session: Session, asked: Consultation, kind: str, **values: Any) -> None:
    key = f"{kind}:{asked.id}"
    notify(session, kind, conversation_id=asked.conversation_id, key=key, **values)


def _note(session: Session, asked: Consultation, what: str, user_id: int) -> None:
    session.add(Change(conversation_id=asked.conversation_id, kind=f"consult_{what}"))
    audit.record(
        session,
        f"consultation.{what}",
        "conversation",
        asked.conversation_id,
        user_id=user_id,
        detail={"consultation": asked.id, "team": asked.team_id},
    )


def _words(text: str) -> str:
    words = storable(text.strip())
    if not 0 < len(words) <= LONGEST:
        raise UnfitQuestionError(f"write between 1 and {LONGEST} characters")
    return words
