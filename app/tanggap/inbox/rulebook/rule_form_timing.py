"""Times in the editor of rules: what rules write as English words, as numbers and choices.

Texts that stay as they were chosen are kept as they were written, so that opening and saving a
rule changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from tanggap.rules.model import Trigger
from tanggap.rules.problems import InvalidRuleError
from tanggap.rules.timing import DAYS, LONGEST_WAIT, MOST_TIMES, SHORTEST_ROUND, UNITS
from tanggap.store.storable import storable

WAIT: Final = "60 minutes"
SCHEDULE: Final = "every day at 08:00"

_LENGTH: Final = re.compile(r"\s*(\S*)\s*(minute|hour|day)s?\s*")
_CAP: Final = re.compile(r"\s*(\S*)\s*per (minute|hour|day)\s*")
_ROUND: Final = re.compile(r"\s*every (\S*)\s*(minute|hour|day)s?\s*")
_DAILY: Final = re.compile(r"\s*every (.*?)\s*at ?(\S*)(?: ([A-Za-z_/]+))?\s*")
_SHORT: Final = {"day": DAYS, "weekday": DAYS[:5]}
_NUMBER_LONGEST: Final = 9


class Form(Protocol):
    """What a browser sent."""

    def get(self, name: str, default: str) -> str:
        """Give the first value of a field."""
        ...

    def getlist(self, name: str) -> Sequence[str]:
        """Give all values of a field."""
        ...

    def __contains__(self, name: object) -> bool: ...


@dataclass(frozen=True, slots=True)
class Length:
    """A number, as it was typed, of minutes, hours or days."""

    number: str
    unit: str = "minute"


@dataclass(frozen=True, slots=True)
class When:
    """A schedule: on some days at a time of day, or (`kind` "round") every so often.

    Without a `zone` the time is the company's.
    """

    kind: Literal["days", "round"] = "days"
    days: tuple[str, ...] = DAYS
    time: str = "08:00"
    zone: str = ""
    every: Length = Length("30")


def split_length(text: str) -> Length:
    """Read a length such as `60 minutes`; what it is not is shown as its number."""
    found = _LENGTH.fullmatch(text)
    return Length(found[1], found[2]) if found else Length(text.strip())


def split_cap(text: str) -> Length:
    """Read a cap such as `20 per hour`; without one the number is empty."""
    found = _CAP.fullmatch(text)
    return Length(found[1], found[2]) if found else Length(text.strip(), "hour")


def split_schedule(text: str) -> When:
    """Read a schedule such as `every day at 08:00` or `every 30 minutes`."""
    plain = " ".join(text.split())
    found = _ROUND.fullmatch(plain.lower())
    if found:
        return When("round", every=Length(found[1], found[2]))
    zoned = _DAILY.fullmatch(plain)
    if not zoned:
        return When(time=plain, days=())
    words = zoned[1].replace(",", " ").split()
    days = {day for word in words for day in _SHORT.get(word, (word,))}
    return When(days=tuple(day for day in DAYS if day in days), time=zoned[2], zone=zoned[3] or "")


def join_length(length: Length) -> str:
    """Write a length as rules state it."""
    number = f"{length.number} {length.unit}"
    return number if length.number == "1" else f"{number}s"


def join_cap(length: Length) -> str:
    """Write a cap as rules state it; without a number there is none."""
    return f"{length.number} per {length.unit}" if length.number else ""


def join_schedule(when: When) -> str:
    """Write a schedule as rules state it."""
    if when.kind == "round":
        return f"every {join_length(when.every)}"
    named = {tuple(days): name for name, days in _SHORT.items()}.get(when.days)
    days = named or ", ".join(when.days)
    return f"every {days} at {when.time} {when.zone}".strip()


def read_timing(form: Form, trigger: str) -> str:
    """Read when a rule runs; a trigger chosen this moment begins with what is usual."""
    written = " ".join(storable(form.get("timing", ""), 1_000).split())
    if trigger == Trigger.NO_ANSWER:
        if "wait.number" in form:
            return _kept(
                written, join_length(_length(form, "wait")), join_length(split_length(written))
            )
        return written if _LENGTH.fullmatch(written) else WAIT
    if trigger == Trigger.SCHEDULE:
        if "when.kind" in form:
            return _kept(
                written, join_schedule(_when(form)), join_schedule(split_schedule(written))
            )
        fits = _DAILY.fullmatch(written) or _ROUND.fullmatch(written)
        return written if fits else SCHEDULE
    return written


def read_cap(form: Form) -> str:
    """Read how often a rule acts at most."""
    written = " ".join(storable(form.get("at_most", ""), 1_000).split())
    if "cap.number" not in form:
        return written
    return _kept(written, join_cap(_length(form, "cap")), join_cap(split_cap(written)))


def read_within(fields: Mapping[str, str]) -> str:
    """Read the length that an action takes, from its own fields."""
    written = " ".join(fields.get("within", "").split())
    if "within.number" not in fields:
        return written
    unit = fields.get("within.unit", "")
    length = Length(_number(fields["within.number"]), unit if unit in UNITS else "minute")
    return _kept(written, join_length(length), join_length(split_length(written)))


def check_wait(text: str) -> None:
    """Refuse a length that rules cannot wait, in words that suit its fields."""
    length = split_length(text)
    number = _whole(length)
    if not 0 < number * UNITS[length.unit] <= LONGEST_WAIT:
        raise InvalidRuleError("this is longer than 30 days", "Choose 1 minute to 30 days.")


def check_cap(text: str) -> None:
    """Refuse a cap that cannot be counted, in words that suit its fields."""
    if not 0 < _whole(split_cap(text)) <= MOST_TIMES:
        raise InvalidRuleError(
            "this is no number of times", f"Write a whole number from 1 to {MOST_TIMES}."
        )


def check_schedule(text: str) -> None:
    """Refuse a schedule that is not complete, in words that suit its fields."""
    when = split_schedule(text)
    if when.kind == "round":
        if not SHORTEST_ROUND <= _whole(when.every) * UNITS[when.every.unit] <= LONGEST_WAIT:
            raise InvalidRuleError("this is too often or too rare", "Choose 5 minutes to 30 days.")
    elif not when.days:
        raise InvalidRuleError("no day is chosen", "Choose at least one.")
    elif not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", when.time):
        raise InvalidRuleError("no time of day is given", "Write for example 08:00.")


def _kept(written: str, typed: str, same: str) -> str:
    """Keep what was written where the fields still say the `same`."""
    return written if written and same == typed else typed


def _when(form: Form) -> When:
    chosen = set(form.getlist("when.day"))
    return When(
        "round" if form.get("when.kind", "") == "round" else "days",
        # Fields that the other kind hides keep what is usual.
        tuple(day for day in DAYS if day in chosen) if "when.time" in form else DAYS,
        "".join(storable(form.get("when.time", "08:00"), 20).split()),
        "".join(storable(form.get("when.zone", ""), 64).split()),
        _length(form, "when") if "when.number" in form else Length("30"),
    )


def _length(form: Form, name: str) -> Length:
    unit = form.get(f"{name}.unit", "")
    return Length(_number(form.get(f"{name}.number", "")), unit if unit in UNITS else "minute")


def _number(text: str) -> str:
    return "".join(storable(text, 20).split()).lstrip("0")


def _whole(length: Length) -> int:
    number = length.number
    if not (number.isascii() and number.isdigit() and len(number) <= _NUMBER_LONGEST):
        raise InvalidRuleError("a number is missing", "Write a whole number above 0.")
    return int(number)
