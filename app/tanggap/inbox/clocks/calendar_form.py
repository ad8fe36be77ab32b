"""The calendar editor's form: open hours as typed fields, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from werkzeug.datastructures import MultiDict

from tanggap.rules.clocks import BusinessCalendar, Holiday, Holidays, Span, list_year
from tanggap.rules.clocks.calendar import DAY_MINUTES, DAYS, zone_of
from tanggap.rules.clocks.holidays import KNOWN_YEARS, OWN

SPANS_MOST: Final = 6
ROWS_MOST: Final = 200
SPARE_ROWS: Final = 2
_NAME_LONGEST: Final = 80
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(slots=True)
class Typed:
    """What stands in the form, and the calendar that it means when there are no problems.

    `problems` maps a field to what is wrong with it: "zone", "time", "pair", "date" or "name".
    """

    zone: str
    week: list[list[tuple[str, str]]]
    public: bool
    shared_leave: bool
    own: list[tuple[str, str]]
    exceptions: list[tuple[str, str, str]]
    checked: frozenset[date]
    calendar: BusinessCalendar
    problems: dict[str, str] = field(default_factory=dict)


def write_form(calendar: BusinessCalendar, year: int) -> Typed:
    """Show a calendar as the fields of its form."""
    holidays = calendar.holidays
    listed = list_year(holidays, year)
    own = [(day.isoformat(), name) for day, name in own_days(holidays).items()]
    exceptions = [
        (day.isoformat(), *times)
        for day, spans in sorted(calendar.exceptions.items())
        for times in ([write_span(span) for span in spans] or [("", "")])
    ]
    return Typed(
        zone=calendar.zone,
        week=[[write_span(span) for span in spans] for spans in calendar.week],
        public=holidays.public,
        shared_leave=holidays.shared_leave,
        own=own,
        exceptions=exceptions,
        checked=frozenset(holiday.day for holiday in listed if holiday.day in holidays),
        calendar=calendar,
    )


def read_form(form: MultiDict[str, str], stored: BusinessCalendar, year: int) -> Typed:
    """Read the fields; a holiday whose box was not touched follows its official list."""
    problems: dict[str, str] = {}
    week = [list(_pairs(form, f"open-{day}", f"close-{day}")) for day in range(DAYS)]
    own = list(zip(form.getlist("own-day"), form.getlist("own-name"), strict=False))
    exceptions = list(
        zip(
            form.getlist("exception-day"),
            form.getlist("exception-open"),
            form.getlist("exception-close"),
            strict=False,
        )
    )
    shown = list_year(stored.holidays, year)
    checked = frozenset(h.day for h in shown if h.day.isoformat() in form.getlist("holiday"))
    typed = Typed(
        zone=form.get("zone", ""),
        week=week,
        public="public" in form,
        shared_leave="shared_leave" in form,
        own=own[:ROWS_MOST],
        exceptions=exceptions[:ROWS_MOST],
        checked=checked,
        calendar=stored,
        problems=problems,
    )
    read = _read_all(typed, stored, shown)
    if not problems:
        typed.calendar = read
    return typed


def own_days(holidays: Holidays) -> Mapping[date, str]:
    """Give the added days that are on no official list: those have a box of their own."""
    return {
        day: name
        for day, name in sorted(holidays.added.items())
        if any(h.day == day and h.source == OWN for h in list_year(holidays, day.year))
    }


def write_span(span: Span) -> tuple[str, str]:
    """Write a span as two times of day; a day without an end closes when it opens."""
    return _write_time(span.start), _write_time(span.end)


def read_span(opens: str, closes: str) -> Span | None:
    """Read two times of day; closing not after opening is on the next day. None if unreadable."""
    begun, ended = _TIME.fullmatch(opens.strip()), _TIME.fullmatch(closes.strip())
    if begun is None or ended is None:
        return None
    start = int(begun[1]) * 60 + int(begun[2])
    end = int(ended[1]) * 60 + int(ended[2])
    return Span(start, end if end > start else end + DAY_MINUTES)


def _read_all(typed: Typed, stored: BusinessCalendar, shown: list[Holiday]) -> BusinessCalendar:
    problems = typed.problems
    try:
        zone_of(typed.zone)
    except ValueError:
        problems["zone"] = "zone"
    week = tuple(_read_day(number, pairs, problems) for number, pairs in enumerate(typed.week))
    exceptions = _read_exceptions(typed.exceptions, problems)
    holidays = _read_holidays(typed, stored.holidays, shown)
    if problems:
        return stored
    return BusinessCalendar(typed.zone, week, holidays, exceptions)


def _pairs(form: MultiDict[str, str], opens: str, closes: str) -> Iterable[tuple[str, str]]:
    pairs = zip(form.getlist(opens), form.getlist(closes), strict=False)
    return [pair for pair in pairs if any(text.strip() for text in pair)][:SPANS_MOST]


def _read_day(
    number: int, pairs: list[tuple[str, str]], problems: dict[str, str]
) -> tuple[Span, ...]:
    spans = [read_span(*pair) for pair in pairs]
    if None in spans:
        problems[f"day-{number}"] = "time"
    return tuple(sorted(span for span in spans if span is not None))


def _read_exceptions(
    rows: list[tuple[str, str, str]], problems: dict[str, str]
) -> dict[date, tuple[Span, ...]]:
    found: dict[date, tuple[Span, ...]] = {}
    for number, (written, opens, closes) in enumerate(rows):
        if not (written.strip() or opens.strip() or closes.strip()):
            continue
        day = _read_day_of_year(written)
        span = read_span(opens, closes) if opens.strip() or closes.strip() else ()
        if day is None:
            problems[f"exception-{number}"] = "date"
        elif span is None:
            problems[f"exception-{number}"] = "time"
        else:
            added = (span,) if isinstance(span, Span) else ()
            found[day] = tuple(sorted((*found.get(day, ()), *added)))
    return found


def _read_holidays(typed: Typed, before: Holidays, shown: list[Holiday]) -> Holidays:
    """Lay what was ticked over what was stored, and take over the rows of own days."""
    added = {day: name for day, name in before.added.items() if day not in own_days(before)}
    removed = set(before.removed)
    for holiday in shown:
        if holiday.source == OWN or (holiday.day in typed.checked) == (holiday.day in before):
            continue
        added.pop(holiday.day, None)
        removed.discard(holiday.day)
        by_source = {"public": typed.public, "shared_leave": typed.shared_leave}[holiday.source]
        if holiday.day in typed.checked and not by_source:
            added[holiday.day] = holiday.name
        elif holiday.day not in typed.checked and by_source:
            removed.add(holiday.day)
    added |= _read_own(typed)
    return Holidays(typed.public, typed.shared_leave, added, frozenset(removed))


def _read_own(typed: Typed) -> dict[date, str]:
    found: dict[date, str] = {}
    for number, (written, name) in enumerate(typed.own):
        if not written.strip() and not name.strip():
            continue
        day = _read_day_of_year(written)
        if day is None:
            typed.problems[f"own-{number}"] = "date"
        elif not name.strip() or len(name.strip()) > _NAME_LONGEST:
            typed.problems[f"own-{number}"] = "name"
        else:
            found[day] = " ".join(name.split())
    return found


def _read_day_of_year(written: str) -> date | None:
    try:
        day = date.fromisoformat(written.strip())
    except ValueError:
        return None
    return day if day.year in KNOWN_YEARS else None


def _write_time(minutes: int) -> str:
    return f"{minutes % DAY_MINUTES // 60:02}:{minutes % 60:02}"
