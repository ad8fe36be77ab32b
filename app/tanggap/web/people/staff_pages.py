"""The supervisors' board, and when and how each person works."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from tanggap.errors import NotFoundError
from tanggap.inbox.people import staff_admin, staff_view
from tanggap.inbox.people.people import UnfitError
from tanggap.inbox.people.second_factor import recovery_left
from tanggap.inbox.people.staff_admin import ZONES, Work
from tanggap.inbox.people.staff_form import read_skills, read_spans
from tanggap.store.accounts import list_accounts
from tanggap.store.base import utcnow
from tanggap.store.users import ROLES, list_teams
from tanggap.web.context import me, services, tasks
from tanggap.web.filters import read_id
from tanggap.web.i18n import LANGUAGES
from tanggap.web.staff_words import WEEKDAYS, bars, explain, hours_of

bp = Blueprint("staff", __name__)

_NUMBER_LONGEST = 6


@bp.get("/staff")
def board() -> ResponseReturnValue:
    """Show who is there with how much, and what waits for somebody."""
    with services().database.read() as db:
        found = staff_view.read_board(db, utcnow())
        return render_template("staff/board.html", board=found, now=utcnow())


@bp.get("/admin/people/<int:user_id>")
def person(user_id: int) -> ResponseReturnValue:
    """Show one person's role, teams, skills, shifts and absences."""
    return _person(user_id, {})


@bp.post("/admin/people/<int:user_id>/work")
def save_work(user_id: int) -> ResponseReturnValue:
    """Save teams, skills and capacity."""
    try:
        with services().database.write() as db:
            staff_admin.set_teams(db, user_id, _ids("team"), _ids("lead"), by_user_id=me().id)
            staff_admin.set_work(db, user_id, _typed_work(), by_user_id=me().id)
    except UnfitError as error:
        return _person(user_id, {error.field: explain(error)}), 422
    return _saved(user_id)


@bp.post("/admin/people/<int:user_id>/shifts")
def save_shifts(user_id: int) -> ResponseReturnValue:
    """Save the week."""
    try:
        week = [read_spans(day, request.form.get(f"day{day}", ""), f"day{day}") for day in range(7)]
        with services().database.write() as db:
            staff_admin.set_shifts(db, user_id, week, by_user_id=me().id)
    except UnfitError as error:
        return _person(user_id, {error.field: explain(error)}), 422
    return _saved(user_id)


@bp.post("/admin/people/<int:user_id>/exceptions")
def add_exception(user_id: int) -> ResponseReturnValue:
    """Add an absence, or days with other hours."""
    form = request.form
    try:
        first = _day(form.get("first_day", ""), "first_day")
        last = _day(form.get("last_day", "") or form.get("first_day", ""), "last_day")
        with services().database.write() as db:
            staff_admin.add_exception(
                db,
                user_id,
                first,
                last,
                times=form.get("times", ""),
                note=form.get("note", ""),
                by_user_id=me().id,
            )
    except UnfitError as error:
        return _person(user_id, {error.field: explain(error)}), 422
    return _saved(user_id)


@bp.post("/admin/people/<int:user_id>/exceptions/<int:exception_id>/remove")
def remove_exception(user_id: int, exception_id: int) -> ResponseReturnValue:
    """Let the days be like every week again."""
    with services().database.write() as db:
        staff_admin.remove_exception(db, user_id, exception_id, by_user_id=me().id)
    return _saved(user_id)


def _person(user_id: int, problems: dict[str, str]) -> str:
    now = utcnow()
    with services().database.read() as db:
        found = next(
            (one for one in staff_view.read_colleagues(db, now) if one.user.id == user_id), None
        )
        if found is None:
            raise NotFoundError(f"user {user_id} does not exist")
        return render_template(
            "admin/person.html",
            person=found,
            exceptions=staff_view.coming_exceptions(db, found, now),
            teams=list_teams(db),
            roles=ROLES,
            accounts=list_accounts(db),
            zones=dict.fromkeys((*ZONES, found.work.zone)),
            platforms=services().registry.channels,
            post_languages=LANGUAGES,
            weekdays=WEEKDAYS,
            hours=hours_of(found.plan),
            bars=bars(found.plan),
            second_factor=recovery_left(db, user_id) is not None,
            typed=request.form if problems else {},
            problems=problems,
        )


def _typed_work() -> Work:
    form = request.form
    capacity = form.get("capacity", "").strip() or "0"
    if not (capacity.isascii() and capacity.isdigit() and len(capacity) <= _NUMBER_LONGEST):
        raise UnfitError("capacity", "a whole number")
    return Work(
        capacity=int(capacity),
        languages=tuple(one for one in form.getlist("language") if one in LANGUAGES),
        platforms=tuple(sorted({one[:64] for one in form.getlist("platform")})),
        products=read_skills(form.get("products", "")),
        zone=form.get("zone", ZONES[0]),
    )


def _saved(user_id: int) -> ResponseReturnValue:
    tasks().wake_reassign()
    flash(gettext("Saved."))
    return redirect(url_for(".person", user_id=user_id), 303)


def _day(written: str, field: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise UnfitError(field, "a day such as 2026-12-24") from error


def _ids(name: str) -> list[int]:
    return [id_ for one in request.form.getlist(name) if (id_ := read_id(one)) is not None]
