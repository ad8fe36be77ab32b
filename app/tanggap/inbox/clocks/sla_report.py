"""First answers against the marks that customers have: an hour and a day, in real time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session

from tanggap.rules.clocks import FIRST_ANSWER
from tanggap.store.base import UtcDateTime, utcnow
from tanggap.store.clocks import ClockRow
from tanggap.store.conversations import Conversation

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
EXPECTED_WITHIN_HOUR: Final = 0.40
EXPECTED_WITHIN_DAY: Final = 0.79
"""Shares of customers who expect an answer that soon; the survey is named in docs/sla.md."""


@dataclass(frozen=True, slots=True)
class Line:
    """First answers on one channel; None as a share where nothing was to be answered.

    Cases younger than a mark count for it only once they are answered or too old for it.
    """

    channel: str
    cases: int
    answered: int
    within_hour: float | None
    within_day: float | None
    in_time: float | None


def read_report(session: Session, days: int, now: datetime | None = None) -> Sequence[Line]:
    """Report on the first answers that were owed in the last days, channel by channel."""
    now = now or utcnow()
    wait = _seconds(session)
    hour = _mark(wait, HOUR, now)
    day = _mark(wait, DAY, now)
    end = func.coalesce(ClockRow.met_at, ClockRow.ended_at, literal(now, UtcDateTime()))
    late = func.coalesce(ClockRow.due_at < end, False)
    rows = session.execute(
        select(
            Conversation.channel,
            func.count().label("cases"),
            func.count(ClockRow.met_at).label("answered"),
            func.sum(hour[0]).label("hour_kept"),
            func.sum(hour[1]).label("hour_known"),
            func.sum(day[0]).label("day_kept"),
            func.sum(day[1]).label("day_known"),
            func.sum(case((ClockRow.met_at.is_not(None) & ~late, 1), else_=0)).label("in_time"),
            func.sum(case((ClockRow.met_at.is_not(None) | late, 1), else_=0)).label("judged"),
        )
        .join(Conversation, Conversation.id == ClockRow.conversation_id)
        .where(
            ClockRow.kind == FIRST_ANSWER,
            ClockRow.started_at >= now - timedelta(days=days),
            ClockRow.ended_by.not_in(("not_ours", "withdrawn")),
        )
        .group_by(Conversation.channel)
        .order_by(Conversation.channel)
    )
    return [
        Line(
            channel=row.channel,
            cases=row.cases,
            answered=row.answered,
            within_hour=_share(row.hour_kept, row.hour_known),
            within_day=_share(row.day_kept, row.day_known),
            in_time=_share(row.in_time, row.judged),
        )
        for row in rows
    ]


def _mark(wait: Any, mark: timedelta, now: datetime) -> tuple[Any, Any]:
    """Count what kept a mark, and what can be judged by it already."""
    kept = ClockRow.met_at.is_not(None) & (wait <= mark.total_seconds())
    known = ClockRow.met_at.is_not(None) | (ClockRow.started_at <= now - mark)
    return case((kept, 1), else_=0), case((known, 1), else_=0)


def _seconds(session: Session) -> Any:
    """Measure in the database how long an answer took."""
    if session.get_bind().dialect.name == "sqlite":
        days = func.julianday(ClockRow.met_at) - func.julianday(ClockRow.started_at)
        return func.round(days * 86_400.0)
    return func.extract("epoch", ClockRow.met_at - ClockRow.started_at)


def _share(part: int | None, whole: int | None) -> float | None:
    return (part or 0) / whole if whole else None
