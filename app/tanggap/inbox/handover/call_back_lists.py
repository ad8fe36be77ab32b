"""Whose calls are when: the lists people work through, and what they are told in time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select
from sqlalchemy.orm import Session, joinedload

from tanggap.inbox.events.notifications import notify
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.call_backs import PLANNED, CallBack
from tanggap.store.conversations import Conversation
from tanggap.store.sql import skip_locked

MINE: Final = "mine"
TEAM: Final = "team"
TODAY: Final = "today"
OVERDUE: Final = "overdue"
VIEWS: Final = (MINE, TEAM, TODAY, OVERDUE)

AHEAD: Final = timedelta(minutes=15)
LISTED: Final = 200
SHOWN: Final = 30
COUNT_CAP: Final = 100
_BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: their teams, and the time zone that their day is in."""

    user_id: int
    team_ids: Collection[int]
    zone: str

    def day(self, now: datetime) -> tuple[datetime, datetime]:
        """Give the beginning and the end of the present day."""
        here = now.astimezone(ZoneInfo(self.zone))
        begin = here.replace(hour=0, minute=0, second=0, microsecond=0)
        return begin, begin + timedelta(days=1)


def calls_of(session: Session, conversation_id: int) -> Sequence[CallBack]:
    """List the newest call-backs of a case, oldest first."""
    query = (
        select(CallBack)
        .where(CallBack.conversation_id == conversation_id)
        .options(
            joinedload(CallBack.created_by, innerjoin=True),
            joinedload(CallBack.ended_by),
            joinedload(CallBack.assignee),
            joinedload(CallBack.team),
        )
        .order_by(CallBack.id.desc())
        .limit(SHOWN)
    )
    return list(session.scalars(query))[::-1]


def list_calls(session: Session, viewer: Viewer, view: str, now: datetime) -> Sequence[CallBack]:
    """List the calls of a view by when they begin, in one query; `today` shows ended ones too."""
    query = (
        select(CallBack)
        .join(Conversation, Conversation.id == CallBack.conversation_id)
        .where(_belongs(viewer, view, now))
        .options(
            joinedload(CallBack.conversation, innerjoin=True).joinedload(
                Conversation.author, innerjoin=True
            ),
            joinedload(CallBack.assignee),
            joinedload(CallBack.ended_by),
            joinedload(CallBack.team),
        )
        .order_by(CallBack.starts_at, CallBack.id)
        .limit(LISTED)
    )
    return list(session.scalars(query))


def waiting_query(viewer: Viewer, now: datetime) -> Select[int]:
    """Build the query that counts a person's and their teams' calls up to the end of the day."""
    return waiting_before(viewer, viewer.day(now)[1])


def waiting_before(viewer: Viewer, end: datetime) -> Select[int]:
    """Build the query that counts those that begin before a moment."""
    waiting = (
        select(literal(1).label("one"))
        .select_from(CallBack)
        .join(Conversation, Conversation.id == CallBack.conversation_id)
        .where(
            CallBack.state == PLANNED,
            CallBack.starts_at < end,
            or_(_mine(viewer), _teams(viewer)),
        )
    )
    return select(func.count()).select_from(waiting.limit(COUNT_CAP).subquery())


def tell_due(session: Session, now: datetime | None = None) -> int:
    """Remind people of calls that come and of calls whose time passed; tells how many."""
    now = now or utcnow()
    missed = _take(session, CallBack.missed_at, CallBack.ends_at <= now)
    for call in missed:
        call.missed_at = call.reminded_at = now
        _tell(session, call, "call_back_missed")
    soon = _take(session, CallBack.reminded_at, CallBack.starts_at <= now + AHEAD)
    for call in soon:
        call.reminded_at = now
        _tell(session, call, "call_back_soon")
    return len(missed) + len(soon)


def _belongs(viewer: Viewer, view: str, now: datetime) -> ColumnElement[bool]:
    planned = CallBack.state == PLANNED
    if view == OVERDUE:
        return and_(planned, CallBack.ends_at < now)
    if view == TODAY:
        begin, end = viewer.day(now)
        ended = and_(CallBack.ended_at >= begin, CallBack.ended_at < end)
        on_time = and_(CallBack.starts_at < end, CallBack.ends_at >= begin)
        return or_(and_(planned, on_time), ended)
    return and_(planned, _teams(viewer) if view == TEAM else _mine(viewer))


def _mine(viewer: Viewer) -> ColumnElement[bool]:
    """Tell whether a call is a person's: given to them, or nobody's on a case of theirs."""
    nobodys = and_(CallBack.assignee_id.is_(None), CallBack.team_id.is_(None))
    return or_(
        CallBack.assignee_id == viewer.user_id,
        and_(nobodys, Conversation.assignee_id == viewer.user_id),
    )


def _teams(viewer: Viewer) -> ColumnElement[bool]:
    """Tell whether a call is one of a person's teams', whoever of them makes it."""
    nobodys = and_(CallBack.team_id.is_(None), CallBack.assignee_id.is_(None))
    return or_(
        CallBack.team_id.in_(viewer.team_ids),
        and_(nobodys, Conversation.team_id.in_(viewer.team_ids)),
    )


def _take(session: Session, told: Any, due: ColumnElement[bool]) -> Sequence[CallBack]:
    query = (
        select(CallBack)
        .where(CallBack.state == PLANNED, told.is_(None), due)
        .order_by(CallBack.starts_at)
        .limit(_BATCH)
    )
    return session.scalars(skip_locked(session, query)).all()


def _tell(session: Session, call: CallBack, kind: str) -> None:
    """Tell who is to call, else their team, else whoever has the case or planned the call."""
    case = session.get_one(Conversation, call.conversation_id)
    people, team_id = {call.assignee_id} - {None}, None
    if not people or kind == "call_back_missed":
        team_id = call.team_id
    if not people and team_id is None:
        people, team_id = {case.assignee_id or call.created_by_id}, case.team_id
    notify(
        session,
        kind,
        user_ids={one for one in people if one is not None},
        team_id=team_id,
        conversation_id=call.conversation_id,
        text=call.words,
        key=f"{kind}:{call.id}:{call.starts_at.timestamp():.0f}",
    )
    session.add(Change(conversation_id=call.conversation_id, kind=kind))
