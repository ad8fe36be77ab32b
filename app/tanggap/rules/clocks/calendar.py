"""Open hours: spans of local time a week, holidays and exceptions, measured in real time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from tanggap.rules.clocks.holidays import Holidays

DAY_MINUTES: Final = 24 * 60
DAYS: Final = 7
LOOK_AHEAD: Final = timedelta(days=800)
"""How far an opening is looked for; a calendar that is closed longer counts as closed for good."""

NO_HOLIDAYS: Final = Holidays(public=False)
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)


class Span(NamedTuple):
    """Minutes after midnight at which one opens and closes; over 1,440 is the next day."""

    start: int
    end: int

    @property
    def valid(self) -> bool:
        """Whether it opens within its day, and for a day at most."""
        return 0 <= self.start < DAY_MINUTES and self.start < self.end <= self.start + DAY_MINUTES


Spans = tuple[Span, ...]


class Interval(NamedTuple):
    """Real time during which one is open, in UTC, the end not included."""

    start: datetime
    end: datetime


def always() -> tuple[Spans, ...]:
    """Give the week of those who never close."""
    return ((Span(0, DAY_MINUTES),),) * DAYS


@dataclass(frozen=True)
class BusinessCalendar:
    """When a team is open.

    `zone` is an IANA name, `week` has the spans of each weekday, Monday first. A span belongs to
    the day it begins on. A holiday has no spans; `exceptions` say what holds on a date, whatever
    weekday or holiday it is. Raises `ValueError` for what cannot be read as open hours.
    """

    zone: str = "Asia/Jakarta"
    week: tuple[Spans, ...] = field(default_factory=always)
    holidays: Holidays = NO_HOLIDAYS
    exceptions: Mapping[date, Spans] = field(default_factory=dict)
    _known: dict[date, tuple[Interval, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        zone_of(self.zone)
        if len(self.week) != DAYS:
            raise ValueError("a week has seven days")
        for span in (s for spans in (*self.week, *self.exceptions.values()) for s in spans):
            if not span.valid:
                raise ValueError(f"{span.start}-{span.end} is no span of open hours")

    def spans_on(self, day: date) -> Spans:
        """Give the spans that begin on a day."""
        if day in self.exceptions:
            return self.exceptions[day]
        return () if day in self.holidays else self.week[day.weekday()]

    def is_open(self, at: datetime) -> bool:
        """Tell whether one is open at a moment."""
        interval = next(self.intervals(at), None)
        return interval is not None and interval.start <= at

    def open_time_between(self, start: datetime, end: datetime) -> timedelta:
        """Measure the open time from one moment to a later one; 0 if it is not later."""
        total = timedelta()
        if end <= start:
            return total
        for interval in self.intervals(start, end):
            total += min(interval.end, end) - max(interval.start, start)
        return total

    def add_open_time(self, start: datetime, duration: timedelta) -> datetime | None:
        """Find the first moment by which this much open time has passed since `start`.

        What ends with a span ends as it closes, not at the next opening. None means never.
        """
        if duration <= timedelta():
            return start
        left = duration
        for interval in self.intervals(start):
            begun = max(interval.start, start)
            if interval.end - begun >= left:
                return begun + left
            left -= interval.end - begun
        return None

    def next_opening(self, at: datetime) -> datetime | None:
        """Find when one opens next; the moment itself while one is open, None for never."""
        interval = next(self.intervals(at), None)
        return max(interval.start, at) if interval is not None else None

    def next_closing(self, at: datetime) -> datetime | None:
        """Find when one closes that is open now; None while closed, or if not within a week."""
        joined = self._joined(at)
        known = joined is not None and joined.start <= at and joined.end < at + _WEEK
        return joined.end if joined is not None and known else None

    def intervals(self, start: datetime, end: datetime | None = None) -> Iterator[Interval]:
        """Give the open intervals that end after `start` and begin before `end`, in order.

        None overlaps another, though one may begin where the one before ends.
        """
        stop = end or start + LOOK_AHEAD
        # A span that began the day before may still last.
        zone = zone_of(self.zone)
        day = start.astimezone(zone).date() - _DAY
        last = stop.astimezone(zone).date()
        while day <= last:
            for interval in self._on(day):
                if interval.start >= stop:
                    return
                if interval.end > start:
                    yield interval
            day += _DAY

    def _joined(self, at: datetime) -> Interval | None:
        """Give the interval at or after a moment, as long as one stays open without a break."""
        joined: Interval | None = None
        for interval in self.intervals(at):
            if joined is not None and joined.end > at + _WEEK:
                break
            if joined is not None and interval.start > joined.end:
                break
            joined = Interval(joined.start if joined else interval.start, interval.end)
        return joined

    def _on(self, day: date) -> tuple[Interval, ...]:
        """Give what a day adds to the open time: its spans less what was open already."""
        known = self._known.get(day)
        if known is None:
            known = self._known[day] = tuple(self._added(day))
        return known

    def _added(self, day: date) -> Iterator[Interval]:
        before = self._raw(day - _DAY)
        done = max((interval.end for interval in before), default=None)
        for start, end in self._raw(day):
            begun = max(start, done) if done else start
            if begun < end:
                yield Interval(begun, end)
                done = end

    def _raw(self, day: date) -> list[Interval]:
        zone = zone_of(self.zone)
        return [
            Interval(instant(day, span.start, zone), instant(day, span.end, zone))
            for span in sorted(self.spans_on(day))
        ]


def instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """Find the moment at which clocks of a zone show a time of a day.

    A time that comes twice counts when it comes first, one that is skipped when it is skipped.
    """
    days, minute = divmod(minutes, DAY_MINUTES)
    local = datetime.combine(day + timedelta(days=days), time(minute // 60, minute % 60))
    found = local.replace(tzinfo=zone).astimezone(UTC)
    if _shown(found, zone) == local:
        return found
    early, late = local.replace(tzinfo=zone, fold=1).astimezone(UTC), found
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        early, late = (middle, late) if _shown(middle, zone) < local else (early, middle)
    return late.replace(microsecond=0)


def _shown(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


@cache
def zone_of(name: str) -> ZoneInfo:
    """Load a time zone; raises `ValueError` for a name that is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(f"{name!r} is no time zone") from error
