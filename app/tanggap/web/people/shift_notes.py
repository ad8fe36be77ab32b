"""The page on which people hand over at the end of a shift, and the note on top for who goes on."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from tanggap.inbox.teamwork import shift_notes
from tanggap.inbox.teamwork.shift_notes import Received, UnfitShiftNoteError
from tanggap.store.users import list_teams, list_users
from tanggap.web.context import me, services
from tanggap.web.filters import read_id

bp = Blueprint("shift_notes", __name__, url_prefix="/shift-notes")


@bp.get("")
def index() -> ResponseReturnValue:
    """Show one's open cases to write a note, and the notes one left before."""
    return _page()


@bp.post("")
def leave() -> ResponseReturnValue:
    """Leave a note."""
    form = request.form
    chosen = [id_ for one in form.getlist("case") if (id_ := read_id(one)) is not None]
    try:
        with services().database.write() as db:
            shift_notes.leave(
                db,
                me().id,
                to=form.get("to", ""),
                text=form.get("text", ""),
                cases={id_: form.get(f"note-{id_}", "") for id_ in chosen},
                give="give" in form,
            )
    except UnfitShiftNoteError:
        return _page(gettext("Choose who goes on, and write a note or tick a case."), 422)
    flash(gettext("Your note is on top of their inbox until somebody confirms it."))
    return redirect(url_for(".index"), 303)


@bp.post("/<int:note_id>/confirm")
def confirm(note_id: int) -> ResponseReturnValue:
    """Say that a note was read."""
    with services().database.write() as db:
        shift_notes.confirm(db, note_id, me().id)
    return redirect(url_for("inbox.index"), 303)


@bp.app_template_global("shift_notes_for_me")
def shift_notes_for_me() -> Sequence[Received]:
    """List the notes that wait for the person or their teams."""
    with services().database.read() as db:
        return shift_notes.waiting_for(db, me().id, me().team_ids)


def _page(problem: str = "", status: int = 200) -> ResponseReturnValue:
    with services().database.read() as db:
        page = render_template(
            "shift_notes.html",
            cases=shift_notes.own_cases(db, me().id),
            left=shift_notes.left_by(db, me().id),
            teams=list_teams(db),
            people=[person for person in list_users(db) if person.id != me().id],
            problem=problem,
        )
    return page, status
