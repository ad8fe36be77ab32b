"""Clocks in words: which one it is, how much time is left, and how urgent that is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from math import floor
from typing import Final, Literal

from babel.dates import format_date, format_timedelta
from flask import Flask
from flask_babel import gettext, lazy_gettext

from tanggap.inbox.clocks.clock_view import is_late
from tanggap.store.base import utcnow
from tanggap.store.clocks import ClockRow
from tanggap.web.i18n import language

CLOCKS: Final = {
    "acknowledge": lazy_gettext("Acknowledge"),
    "first_answer": lazy_gettext("First answer"),
    "next_answer": lazy_gettext("Next answer"),
    "update": lazy_gettext("Promised update"),
    "resolution": lazy_gettext("Resolution"),
    "follow_up": lazy_gettext("Follow-up"),
}
DUE: Final = {
    "broken": lazy_gettext("Overdue"),
    "1h": lazy_gettext("Due within an hour"),
    "4h": lazy_gettext("Due within 4 hours"),
    "1d": lazy_gettext("Due within a day"),
    "all": lazy_gettext("With a running clock"),
}
Unit = Literal["day", "hour", "minute"]

PROMISES: Final = (30, 60, 120, 240, 1440, 2880)
"""Minutes for which an update may be promised."""


def install_clocks(app: Flask) -> None:
    """Make them known to an app's templates."""
    app.add_template_filter(clock_name)
    app.add_template_filter(due_choice)
    app.add_template_filter(time_left)
    app.add_template_filter(duration)
    app.add_template_filter(short_day)
    app.add_template_filter(day_of_month)
    app.add_template_filter(whole_percent)
    app.add_template_filter(is_late)
    app.add_template_filter(unspent)
    app.add_template_global(urgency)
    app.jinja_env.globals["promises"] = PROMISES


def clock_name(kind: str) -> str:
    """Name a clock in the reader's language."""
    return str(CLOCKS.get(kind, kind))


def due_choice(key: str) -> str:
    """Name a choice of the list's filter by clocks."""
    return str(DUE[key])


def time_left(moment: datetime) -> str:
    """Say how long there is until a moment, or since; the browser keeps it fresh."""
    left = moment - utcnow()
    if left < timedelta():
        return str(gettext("%(time)s over", time=duration(-left)))
    return str(gettext("%(time)s left", time=duration(left)))


def duration(length: timedelta | float, days_too: bool = True) -> str:
    """Write a length of time shortly: days and hours, hours and minutes, or minutes.

    Open hours do without days, which would be taken for days of 24 hours.
    """
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    minutes = round(seconds) // 60
    days, rest = divmod(minutes, 24 * 60)
    hours, rest_minutes = divmod(rest, 60)
    if not days_too:
        days, hours = 0, days * 24 + hours
    if days:
        return _units((days, "day"), (hours, "hour"))
    if hours:
        return _units((hours, "hour"), (rest_minutes, "minute"))
    return _units((max(rest_minutes, 1), "minute"))


def short_day(day: date) -> str:
    """Write a day of a year shortly."""
    return format_date(day, "EEE d MMM", locale=language())


def day_of_month(day: date) -> str:
    """Write a day of a year as shortly as can be."""
    return format_date(day, "d MMM", locale=language())


def whole_percent(share: float) -> str:
    """Write a share of one in percent, rounded down: a goal that is nearly reached is not."""
    return f"{floor(share * 100 + 1e-9)} %"


def urgency(due: datetime | None, warn: datetime | None) -> str:
    """Name how urgent a clock is: "broken", "warns" or "calm"."""
    now = utcnow()
    if due is not None and due <= now:
        return "broken"
    return "warns" if warn is not None and warn <= now else "calm"


def unspent(row: ClockRow) -> timedelta:
    """Give how much time a paused clock has left, not less than nothing."""
    return timedelta(seconds=max(0, row.within_seconds - row.spent_seconds))


def _units(*parts: tuple[int, Unit]) -> str:
    """Write whole numbers of units, leaving out those of which there is none."""
    written = (
        format_timedelta(
            timedelta(**{f"{unit}s": count}), unit, 1_000_000, format="narrow", locale=language()
        )
        for count, unit in parts
        if count
    )
    return " ".join(written).replace("\xa0", " ")
