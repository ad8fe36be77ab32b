"""How satisfied customers were: by platform, team and label, over time, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import sqrt
from typing import Any, Final

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session

from tanggap.inbox.clocks.calendars import load_calendars
from tanggap.rules.clocks.calendar import instant, zone_of
from tanggap.rules.satisfaction import BEST
from tanggap.store.base import UtcDateTime, utcnow
from tanggap.store.ratings import Rating

SATISFIED: Final = 4
"""The least score that counts as satisfied."""

FEW: Final = 10
"""Fewer answers than this are shown pale: one more could turn them round."""

_Z: Final = 1.96
"""Of the normal distribution, for intervals that hold 95 of 100 times."""


@dataclass(frozen=True, slots=True)
class Line:
    """Scores of one group: `share` are satisfied, and it lies between `low` and `high`."""

    key: Any
    answers: int
    mean: float
    share: float
    low: float
    high: float

    @property
    def few(self) -> bool:
        """Whether there are too few answers to compare."""
        return self.answers < FEW


@dataclass(frozen=True, slots=True)
class Report:
    """The answers of a period; `groups` by channel, team and label, `weeks` by their Monday.

    Weeks begin where the open hours of all teams are. `replied` of the `asked`, those who were
    asked in the period, have answered; `total` also counts who was asked before, or not at all.
    """

    asked: int
    replied: int
    total: Line | None
    scores: Mapping[int, int]
    groups: Mapping[str, Sequence[Line]]
    weeks: Sequence[Line]


def read_report(session: Session, days: int, now: datetime | None = None) -> Report:
    """Report on the scores that came in the last days, in a fixed number of queries."""
    now = now or utcnow()
    since = now - timedelta(days=days)
    mondays = _mondays(since, now, load_calendars(session).everybody.zone)
    begun = [
        (Rating.answered_at >= literal(at, UtcDateTime()), number)
        for number, at in reversed(list(enumerate(mondays.values())))
    ]
    week = case(*begun).label("week")
    rows = session.execute(
        select(Rating.channel, Rating.team_id, Rating.label, week, Rating.score, func.count())
        .where(Rating.answered_at >= since, Rating.score.is_not(None))
        .group_by(Rating.channel, Rating.team_id, Rating.label, week, Rating.score)
    ).all()
    questions = select(func.count(), func.count(Rating.score)).where(Rating.asked_at >= since)
    asked, replied = session.execute(questions).one()
    named = list(mondays)
    counted = [(row[0], row[1], row[2], named[row[3]], row[4], row[5]) for row in rows]
    groups = {
        name: _lines((row[place], row[4], row[5]) for row in counted)
        for place, name in enumerate(("channel", "team", "label"))
    }
    weeks = _lines((row[3], row[4], row[5]) for row in counted)
    total = _lines(("", row[4], row[5]) for row in counted)
    scores = dict.fromkeys(range(1, BEST + 1), 0)
    for *_, score, count in counted:
        scores[score] += count
    return Report(
        asked=asked,
        replied=replied,
        total=total[0] if total else None,
        scores=scores,
        groups={name: sorted(lines, key=_most_first) for name, lines in groups.items()},
        weeks=sorted(weeks, key=lambda line: line.key),
    )


def between(part: int, whole: int) -> tuple[float, float]:
    """Give the bounds of a share that was seen in few: Wilson's interval."""
    share = part / whole
    spread = _Z * sqrt(share * (1 - share) / whole + _Z**2 / (4 * whole**2))
    middle, scale = share + _Z**2 / (2 * whole), 1 + _Z**2 / whole
    return max((middle - spread) / scale, 0.0), min((middle + spread) / scale, 1.0)


def _lines(rows: Iterable[tuple[Any, int, int]]) -> list[Line]:
    counts: dict[Any, dict[int, int]] = {}
    for key, score, count in rows:
        scores = counts.setdefault(key, {})
        scores[score] = scores.get(score, 0) + count
    return [_line(key, scores) for key, scores in counts.items()]


def _line(key: Any, scores: Mapping[int, int]) -> Line:
    answers = sum(scores.values())
    satisfied = sum(count for score, count in scores.items() if score >= SATISFIED)
    mean = sum(score * count for score, count in scores.items()) / answers
    low, high = between(satisfied, answers)
    return Line(key, answers, mean, satisfied / answers, low, high)


def _most_first(line: Line) -> int:
    return -line.answers


def _mondays(since: datetime, until: datetime, zone_name: str) -> dict[date, datetime]:
    """Map the Mondays from that of `since` on to the moments at which they begin in a zone."""
    zone = zone_of(zone_name)
    first, last = since.astimezone(zone).date(), until.astimezone(zone).date()
    monday = first - timedelta(days=first.weekday())
    weeks = (last - monday).days // 7 + 1
    days = [monday + timedelta(weeks=number) for number in range(weeks)]
    return {day: instant(day, 0, zone) for day in days}
