"""When each team is open: the week, holidays and exceptions, with a picture of the year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import available_timezones

from babel.dates import format_date, format_datetime, get_day_names, get_month_names
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from tanggap.errors import ConflictError
from tanggap.inbox.clocks import calendars
from tanggap.inbox.clocks.calendar_form import SPARE_ROWS, Typed, read_form, write_form, write_span
from tanggap.inbox.clocks.calendars import Hours
from tanggap.rules.clocks import BusinessCalendar, list_year
from tanggap.rules.clocks.calendar import zone_of
from tanggap.rules.clocks.holidays import KNOWN_YEARS
from tanggap.store.base import utcnow
from tanggap.store.users import list_teams
from tanggap.web.context import me, services
from tanggap.web.errors import explain
from tanggap.web.filters import read_id
from tanggap.web.i18n import language

bp = Blueprint("calendar", __name__, url_prefix="/admin/calendar")

ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
PROBLEMS = {
    "zone": lazy_gettext("Choose a time zone from the list."),
    "time": lazy_gettext("Write both times as hours and minutes, like 08:00 and 17:30."),
    "date": lazy_gettext("Choose a date."),
    "name": lazy_gettext("Give the day a name of at most 80 characters."),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One day in the picture of a year."""

    day: date
    kind: str
    title: str


@bp.route("", methods=["GET", "POST"])
@bp.route("/teams/<int:team_id>", methods=["GET", "POST"])
def edit(team_id: int | None = None) -> ResponseReturnValue:
    """Show and save open hours; the second button of the form shows without saving."""
    hours = _hours(team_id)
    year = _year(hours.calendar)
    if request.method == "GET":
        return _page(hours, write_form(hours.calendar, year), year)
    typed = read_form(request.form, hours.calendar, year)
    if typed.problems:
        return _page(hours, typed, year), 422
    if "preview" in request.form:
        return _page(hours, typed, year)
    version = request.form.get("version", "")
    try:
        saved = calendars.save_hours(
            services(), team_id, typed.calendar, version=version, user_id=me().id
        )
    except ConflictError as error:
        flash(explain(error), "error")
        return _page(_hours(team_id), typed, year), 409
    flash(
        gettext("Saved. Due times are worked out anew within a minute.")
        if saved
        else gettext("Nothing was changed.")
    )
    return redirect(url_for(".edit", team_id=team_id, year=year), 303)


@bp.post("/teams/<int:team_id>/drop")
def drop(team_id: int) -> ResponseReturnValue:
    """Let a team keep everybody's hours."""
    calendars.drop_hours(services(), team_id, user_id=me().id)
    flash(gettext("The team keeps everybody's hours now."))
    return redirect(url_for(".edit", team_id=team_id), 303)


def _hours(team_id: int | None) -> Hours:
    with services().database.read() as session:
        return calendars.read_hours(session, team_id)


def _year(calendar: BusinessCalendar) -> int:
    asked = read_id(request.values.get("year"))
    this = utcnow().astimezone(zone_of(calendar.zone)).year
    return asked if asked is not None and asked in KNOWN_YEARS else this


def _page(hours: Hours, typed: Typed, year: int) -> str:
    now = utcnow()
    calendar = typed.calendar
    with services().database.read() as session:
        teams = list_teams(session)
        own = set(calendars.load_calendars(session).teams)
    picture = year_picture(calendar, year)
    return render_template(
        "admin/calendar.html",
        hours=hours,
        typed=typed,
        year=year,
        teams=teams,
        own_teams=own,
        zones=ZONES,
        other_zones=sorted(available_timezones() - set(ZONES)),
        weekdays=_weekdays(),
        spare=SPARE_ROWS,
        holidays=[h for h in list_year(calendar.holidays, year, language()) if h.source != "own"],
        picture=picture,
        months=[get_month_names("abbreviated", locale=language())[n] for n in range(1, 13)],
        open_days=sum(cell.kind in {"open", "short", "special"} for m in picture for cell in m),
        is_open=calendar.is_open(now),
        closing=_local(calendar.next_closing(now), calendar),
        opening=_local(calendar.next_opening(now), calendar),
        wording=PROBLEMS,
    )


def year_picture(calendar: BusinessCalendar, year: int) -> list[list[Cell]]:
    """Say of each day of a year, month by month, how open it is."""
    longest = max((_length(spans) for spans in calendar.week), default=0)
    names = {h.day: h.name for h in list_year(calendar.holidays, year, language())}
    months: list[list[Cell]] = [[] for _ in range(12)]
    day = date(year, 1, 1)
    while day.year == year:
        months[day.month - 1].append(_cell(calendar, day, longest, names.get(day, "")))
        day += timedelta(days=1)
    return months


def _cell(calendar: BusinessCalendar, day: date, longest: int, holiday: str) -> Cell:
    spans = calendar.spans_on(day)
    length = _length(spans)
    if day in calendar.exceptions:
        kind = "special" if spans else "closed"
    elif day in calendar.holidays:
        kind = "holiday"
    else:
        kind = "closed" if not length else "open" if length >= longest else "short"
    times = ", ".join("-".join(write_span(span)) for span in spans) or gettext("closed")
    name = f" · {holiday}" if holiday and day in calendar.holidays else ""
    written = format_date(day, "EEEE d MMMM", locale=language())
    return Cell(day, kind, f"{written}: {times}{name}")


def _length(spans: tuple[tuple[int, int], ...]) -> int:
    return sum(end - start for start, end in spans)


def _weekdays() -> list[str]:
    names = get_day_names("wide", locale=language())
    return [names[number].capitalize() for number in range(7)]


def _local(moment: datetime | None, calendar: BusinessCalendar) -> str:
    """Write a moment as the clocks of the calendar's zone show it."""
    if moment is None:
        return ""
    local = moment.astimezone(zone_of(calendar.zone))
    return str(format_datetime(local, "EEEE d MMMM HH:mm", locale=language()))
