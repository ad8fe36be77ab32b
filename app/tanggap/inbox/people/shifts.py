"""When a person works: a weekly plan in their own time zone, and the days on which it is otherwise.

Pure; without a weekly plan a person works whenever they are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tanggap.store.staff import DAY_MINUTES, DEFAULT_ZONE

_LOOK_BACK: Final = 8
"""Days: a weekly plan has a span in any eight of them."""


@dataclass(frozen=True, slots=True)
class Span:
    """Work on a weekday (0 is Monday), in minutes of the day.

    An end that is not after the start is on the next day.
    """

    weekday: int
    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class Otherwise:
    """Days that are not like every week; without times the person is absent."""

    first_day: date
    last_day: date
    starts: int | None = None
    ends: int | None = None

    def times(self) -> tuple[tuple[int, int], ...]:
        """Give when the person works on one of these days."""
        if self.starts is None or self.ends is None:
            return ()
        return ((self.starts, self.ends),)


@dataclass(frozen=True, slots=True)
class Plan:
    """A person's plan; of several exceptions for a day the last one counts."""

    zone: str = DEFAULT_ZONE
    weekly: tuple[Span, ...] = ()
    otherwise: tuple[Otherwise, ...] = ()

    def is_on(self, at: datetime) -> bool:
        """Tell whether the person works at a moment."""
        day = at.astimezone(ZoneInfo(self.zone)).date()
        spans = [*self.spans(day - timedelta(days=1)), *self.spans(day)]
        return any(start <= at < end for start, end in spans)

    def ended_at(self, at: datetime) -> datetime | None:
        """Tell when the newest shift before a moment ended; None during one, or without any."""
        if self.is_on(at):
            return None
        today = at.astimezone(ZoneInfo(self.zone)).date()
        for back in range(_LOOK_BACK + 1):
            ends = [end for _, end in self.spans(today - timedelta(days=back)) if end <= at]
            if ends:
                return max(ends)
        return None

    def spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """List the shifts that begin on a day, as moments."""
        return [
            (self._moment(day, starts), self._moment(day, _end(starts, ends)))
            for starts, ends in self._times(day)
        ]

    def _times(self, day: date) -> Iterator[tuple[int, int]]:
        for one in reversed(self.otherwise):
            if one.first_day <= day <= one.last_day:
                yield from one.times()
                return
        if not self.weekly:
            yield 0, 0
        for span in self.weekly:
            if span.weekday == day.weekday():
                yield span.starts, span.ends

    def _moment(self, day: date, minutes: int) -> datetime:
        local = datetime.combine(day, time()) + timedelta(minutes=minutes)
        return local.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)


def _end(starts: int, ends: int) -> int:
    return ends if ends > starts else ends + DAY_MINUTES
