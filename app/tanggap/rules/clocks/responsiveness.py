"""How near an account is to what its platform rewards, now and if it goes on like this."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import ceil, floor
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

_PACE: Final = timedelta(days=2)
_PACE_LEAST: Final = 5


@dataclass(frozen=True, slots=True)
class FirstMessage:
    """When a customer wrote first, and when we answered, if we did."""

    asked_at: datetime
    answered_at: datetime | None

    @property
    def took(self) -> timedelta | None:
        """How long the answer took."""
        return self.answered_at - self.asked_at if self.answered_at is not None else None


@dataclass(frozen=True, slots=True)
class Goal:
    """This share of first messages answered `within` so long, over a window."""

    share: float
    within: timedelta
    window: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Day:
    """One day's first messages: answered in time, and not."""

    day: date
    in_time: int
    late: int


@dataclass(frozen=True, slots=True)
class Gauge:
    """Where an account stands.

    `waiting` can still be answered in time and count for nothing yet. `needed` is how many of
    the next must be answered in time, without one that is not, to reach the goal; `spare` how many
    may be missed before it is lost. `answered_same_day` and `median` are what platforms show of
    it. `ahead` is the share at the end of each coming day at the present pace.
    """

    goal: Goal
    in_time: int
    late: int
    waiting: int
    needed: int | None
    spare: int
    answered_same_day: float | None
    median: timedelta | None
    days: Sequence[Day]
    ahead: Sequence[tuple[date, float]]

    @property
    def share(self) -> float | None:
        """The share answered in time; None while there was nothing to answer."""
        judged = self.in_time + self.late
        return self.in_time / judged if judged else None

    @property
    def reached(self) -> bool:
        """Whether the goal is reached now."""
        return self.in_time + self.late > 0 and self.needed == 0

    @property
    def turns_on(self) -> date | None:
        """The first coming day on which the goal is won, or lost, at the present pace."""
        wanted = Fraction(str(self.goal.share))
        return next((day for day, share in self.ahead if (share >= wanted) != self.reached), None)


def measure(messages: Iterable[FirstMessage], goal: Goal, now: datetime, zone: ZoneInfo) -> Gauge:
    """Measure the first messages of the window that ends now; days are those of the zone."""
    known = [m for m in messages if now - goal.window <= m.asked_at <= now]
    judged = [m for m in known if _is_judged(m, goal, now)]
    kept = [m for m in judged if _in_time(m, goal)]
    took = [m.took for m in known if m.took is not None]
    share = Fraction(str(goal.share))
    return Gauge(
        goal=goal,
        in_time=len(kept),
        late=len(judged) - len(kept),
        waiting=len(known) - len(judged),
        needed=_needed(len(kept), len(judged), share),
        spare=max(0, floor(len(kept) / share) - len(judged)),
        answered_same_day=_same_day(known, now, zone),
        median=_middle(took),
        days=_days(judged, goal, now, zone),
        ahead=_ahead(judged, goal, now, zone),
    )


def _is_judged(message: FirstMessage, goal: Goal, now: datetime) -> bool:
    return message.answered_at is not None or now - message.asked_at > goal.within


def _in_time(message: FirstMessage, goal: Goal) -> bool:
    return message.took is not None and message.took <= goal.within


def _needed(kept: int, judged: int, share: Fraction) -> int | None:
    """Count how many more must be kept; None where a single miss is one too many."""
    if kept >= share * judged:
        return 0
    return ceil((share * judged - kept) / (1 - share)) if share < 1 else None


def _same_day(messages: Sequence[FirstMessage], now: datetime, zone: ZoneInfo) -> float | None:
    """Give the share answered on the day of asking; what waits counts once its day is over."""
    today = now.astimezone(zone).date()
    same = known = 0
    for message in messages:
        asked = message.asked_at.astimezone(zone).date()
        answered = message.answered_at
        same += answered is not None and answered.astimezone(zone).date() == asked
        known += answered is not None or asked < today
    return same / known if known else None


def _middle(lengths: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(one.total_seconds() for one in lengths)) if lengths else None


def _days(judged: Sequence[FirstMessage], goal: Goal, now: datetime, zone: ZoneInfo) -> list[Day]:
    last = now.astimezone(zone).date()
    first = (now - goal.window).astimezone(zone).date()
    found = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        here = [m for m in judged if m.asked_at.astimezone(zone).date() == day]
        kept = sum(_in_time(m, goal) for m in here)
        found.append(Day(day, kept, len(here) - kept))
    return found


def _ahead(
    judged: Sequence[FirstMessage], goal: Goal, now: datetime, zone: ZoneInfo
) -> list[tuple[date, float]]:
    """Let old messages leave the window and as many come as came, answered like the last ones."""
    if not judged:
        return []
    recent = [m for m in judged if m.asked_at >= now - _PACE]
    base = recent if len(recent) >= _PACE_LEAST else judged
    pace = sum(_in_time(m, goal) for m in base) / len(base)
    daily = len(judged) / (goal.window / timedelta(days=1))
    found = []
    for number in range(1, goal.window.days + 1):
        end = now + timedelta(days=number)
        left = [m for m in judged if m.asked_at >= end - goal.window]
        kept = sum(_in_time(m, goal) for m in left) + pace * daily * number
        found.append((end.astimezone(zone).date(), kept / (len(left) + daily * number)))
    return found
