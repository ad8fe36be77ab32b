"""Teams: their names, who is in them, and whether their cases are given out by themselves."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from tanggap.errors import ConflictError
from tanggap.inbox.people import staff_admin, staff_view
from tanggap.inbox.people.people import UnfitError
from tanggap.store.base import utcnow
from tanggap.web.context import me, services, tasks
from tanggap.web.staff_words import explain

bp = Blueprint("teams", __name__, url_prefix="/admin/teams")


@bp.get("")
def index() -> ResponseReturnValue:
    """Show the teams with their people."""
    return _index()


@bp.post("")
def create() -> ResponseReturnValue:
    """Make a team."""
    return _save(None)


@bp.post("/<int:team_id>")
def save(team_id: int) -> ResponseReturnValue:
    """Change a team."""
    return _save(team_id)


def _save(team_id: int | None) -> ResponseReturnValue:
    form = request.form
    try:
        with services().database.write() as db:
            team = staff_admin.save_team(
                db,
                team_id,
                key=form.get("key", ""),
                name_id=form.get("name_id", ""),
                name_en=form.get("name_en", ""),
                gives_out=bool(form.get("gives_out")),
                by_user_id=me().id,
            )
    except (UnfitError, ConflictError) as error:
        return _index(team_id or 0, explain(error)), 422
    tasks().wake_reassign()
    flash(gettext("Saved."))
    return redirect(url_for(".index", _anchor=f"team-{team.id}"), 303)


def _index(wrong: int | None = None, problem: str = "") -> str:
    with services().database.read() as db:
        return render_template(
            "admin/teams.html",
            board=staff_view.read_board(db, utcnow()),
            wrong=wrong,
            problem=problem,
            typed=request.form,
        )
