"""When rules run that no post sets off, and how often a rule may act: read and reckoned."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tanggap.rules.problems import InvalidRuleError, closest

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
UNITS: Final = {"minute": 1, "hour": 60, "day": 24 * 60}
LONGEST_WAIT: Final = 30 * 24 * 60
SHORTEST_ROUND: Final = 5
MOST_TIMES: Final = 100_000

_WAIT: Final = re.compile(r"(\d{1,6}) (minute|hour|day)s?")
_ROUND: Final = re.compile(r"every (\d{1,6}) (minute|hour|day)s?")
_DAILY: Final = re.compile(
    r"every ([a-z, ]+?) at (\d{1,2}):(\d{2})(?: ([A-Za-z_]+(?:/[A-Za-z_]+)*))?"
)
_CAP: Final = re.compile(r"(\d{1,6}) per (minute|hour|day)")


@dataclass(frozen=True, slots=True)
class Cap:
    """How often a rule may act at most in a time."""

    times: int
    per: str

    def __str__(self) -> str:
        """Write the cap as rules state it."""
        return f"{self.times} per {self.per}"

    @property
    def window(self) -> timedelta:
        """The time in which the cap counts."""
        return timedelta(minutes=UNITS[self.per])


@dataclass(frozen=True, slots=True)
class Round:
    """Every so many minutes, counted from midnight UTC of day one."""

    minutes: int

    def last_due(self, now: datetime, zone: str) -> datetime:  # noqa: ARG002 - as `Daily`
        """Tell the newest moment that is due; `zone` changes nothing."""
        seconds = self.minutes * 60
        return now.fromtimestamp(int(now.timestamp()) // seconds * seconds, now.tzinfo)


@dataclass(frozen=True, slots=True)
class Daily:
    """On some weekdays (0 is Monday) at a time of day; without a zone of its own, the given."""

    days: frozenset[int]
    hour: int
    minute: int
    zone: str = ""

    def last_due(self, now: datetime, zone: str) -> datetime:
        """Tell the newest moment that is due.

        A time that a change of clocks skips or repeats counts once, as `zoneinfo` reads it.
        """
        local = now.astimezone(ZoneInfo(self.zone or zone))
        for back in range(8):
            day = (local - timedelta(days=back)).date()
            moment = datetime(
                day.year, day.month, day.day, self.hour, self.minute, tzinfo=local.tzinfo
            )
            if day.weekday() in self.days and moment <= now:
                return moment.astimezone(now.tzinfo)
        raise AssertionError("every weekday is within eight days")


def parse_cap(text: str) -> Cap:
    """Read a cap such as `20 per hour`."""
    found = _CAP.fullmatch(" ".join(text.lower().split()))
    if not found or not 0 < int(found[1]) <= MOST_TIMES:
        raise InvalidRuleError(f"no cap {text!r}", "Write for example 20 per hour.")
    return Cap(int(found[1]), found[2])


def parse_wait(text: str) -> timedelta:
    """Read a wait such as `60 minutes`."""
    found = _WAIT.fullmatch(" ".join(text.lower().split()))
    minutes = int(found[1]) * UNITS[found[2]] if found else 0
    if not 0 < minutes <= LONGEST_WAIT:
        raise InvalidRuleError(
            f"no wait {text!r}", "Write for example 60 minutes, 4 hours or 2 days (at most 30)."
        )
    return timedelta(minutes=minutes)


def parse_schedule(text: str) -> Daily | Round:
    """Read a schedule such as `every day at 08:00` or `every 30 minutes`."""
    plain = " ".join(text.split())
    found = _ROUND.fullmatch(plain.lower())
    if found:
        minutes = int(found[1]) * UNITS[found[2]]
        if not SHORTEST_ROUND <= minutes <= LONGEST_WAIT:
            raise InvalidRuleError(
                f"{text!r} is too often or too rare", "Choose 5 minutes to 30 days."
            )
        return Round(minutes)
    zoned = _DAILY.fullmatch(plain)
    if not zoned or int(zoned[2]) > 23 or int(zoned[3]) > 59:
        raise InvalidRuleError(
            f"no schedule {text!r}",
            "Write for example every day at 08:00, every monday, friday at 16:30 Asia/Makassar, "
            "or every 30 minutes.",
        )
    return Daily(_days(zoned[1]), int(zoned[2]), int(zoned[3]), _zone(zoned[4] or ""))


def _days(text: str) -> frozenset[int]:
    if text == "day":
        return frozenset(range(7))
    if text == "weekday":
        return frozenset(range(5))
    days: set[int] = set()
    for name in re.split(r"[, ]+", text.strip(" ,")):
        if name not in DAYS:
            raise InvalidRuleError(f"no day {name!r}", closest(name, ("day", "weekday", *DAYS)))
        days.add(DAYS.index(name))
    return frozenset(days)


def _zone(name: str) -> str:
    if name:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise InvalidRuleError(
                f"no time zone {name!r}",
                "Write for example Asia/Jakarta, Asia/Makassar or Asia/Jayapura.",
            ) from error
    return name
