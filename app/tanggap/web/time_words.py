"""The times in rules in words: lengths, schedules and caps, in the reader's language."""

from __future__ import annotations

from typing import Final

from babel.units import format_unit
from flask_babel import gettext, lazy_gettext

from tanggap.inbox.rulebook.rule_form_timing import Length, split_cap, split_length, split_schedule
from tanggap.rules import Rule, Trigger
from tanggap.rules.timing import DAYS
from tanggap.web.i18n import language
from tanggap.web.staff_words import WEEKDAYS

ZONES: Final = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
DAY_NAMES: Final = dict(zip(DAYS, WEEKDAYS, strict=True))
LENGTHS: Final = {
    "minute": lazy_gettext("minutes"),
    "hour": lazy_gettext("hours"),
    "day": lazy_gettext("days"),
}
CAPS: Final = {
    "minute": lazy_gettext("times a minute"),
    "hour": lazy_gettext("times an hour"),
    "day": lazy_gettext("times a day"),
}


def length_text(written: str) -> str:
    """Say a length such as `60 minutes`; what is none stays as it is written."""
    length = split_length(written)
    return _length(length) if length.number.isdigit() else written


def schedule_text(written: str) -> str:
    """Say a schedule such as `every day at 08:00`."""
    when = split_schedule(written)
    if when.kind == "round":
        return str(gettext("every %(time)s", time=_length(when.every)))
    if when.days == DAYS:
        days = gettext("every day")
    elif when.days == DAYS[:5]:
        days = gettext("Monday to Friday")
    else:
        days = ", ".join(str(DAY_NAMES[day]) for day in when.days)
    zone = ZONES.get(when.zone, when.zone)
    return str(gettext("%(days)s at %(time)s", days=days, time=f"{when.time} {zone}".strip()))


def cap_text(written: str) -> str:
    """Say how often a rule acts at most."""
    cap = split_cap(written)
    return str(gettext("at most %(cap)s", cap=f"{cap.number} {CAPS[cap.unit]}"))


def times_of(rule: Rule) -> list[str]:
    """Say when a rule runs, where its trigger leaves that open, and how often at most."""
    said: list[str] = []
    if rule.trigger is Trigger.NO_ANSWER:
        said.append(length_text(rule.timing))
    if rule.trigger is Trigger.SCHEDULE:
        said.append(schedule_text(rule.timing))
    return [*said, *([cap_text(rule.at_most)] if rule.at_most else [])]


def _length(length: Length) -> str:
    return format_unit(int(length.number), f"duration-{length.unit}", locale=language())
