"""Macros: running one in a case, and the page on which they are written."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from tanggap.inbox.tone import macros
from tanggap.inbox.tone.macros import UnfitMacroError
from tanggap.rules.answers.template import VARIABLES
from tanggap.store.users import list_teams
from tanggap.web.context import me, services
from tanggap.web.desk.conversation import act, revision
from tanggap.web.filters import read_id

bp = Blueprint("macros", __name__)

PROBLEMS = {
    "name": lazy_gettext("Give it a name that no other macro has."),
    "text": lazy_gettext("Write a text whose braces are right, or choose something else to do."),
    "tags": lazy_gettext(
        "A tag has between 1 and 50 characters, and a conversation at most 20 tags."
    ),
}


@bp.post("/inbox/<int:conversation_id>/macro")
def run(conversation_id: int) -> ResponseReturnValue:
    """Do what a macro says; its text is put into the composer by the page."""
    macro_id = read_id(request.form.get("macro")) or 0
    seen = revision()
    return act(
        conversation_id,
        lambda db: macros.run_macro(
            db, conversation_id, macro_id, me().id, seen, team_ids=me().team_ids
        ),
    )


@bp.get("/admin/macros")
def index() -> ResponseReturnValue:
    """List the macros beside a form for one."""
    return _page(chosen=read_id(request.args.get("macro")))


@bp.post("/admin/macros")
def save() -> ResponseReturnValue:
    """Keep a macro, new or changed."""
    form = request.form
    macro_id = read_id(form.get("macro"))
    written = macros.Written(
        name=form.get("name", ""),
        text=form.get("text", ""),
        tags=form.get("tags", "").split(","),
        state=form.get("state", ""),
        team_id=read_id(form.get("team")),
        move_to_id=read_id(form.get("move_to")),
    )
    try:
        with services().database.write() as db:
            macros.save_macro(db, written, me().id, macro_id)
    except UnfitMacroError as error:
        return _page(str(PROBLEMS.get(error.field, PROBLEMS["text"])), chosen=macro_id)
    flash(gettext("Saved."))
    return redirect(url_for(".index"), 303)


@bp.post("/admin/macros/<int:macro_id>/delete")
def delete(macro_id: int) -> ResponseReturnValue:
    """Drop a macro."""
    with services().database.write() as db:
        macros.delete_macro(db, macro_id, me().id)
    return redirect(url_for(".index"), 303)


def _page(problem: str = "", *, chosen: int | None = None) -> ResponseReturnValue:
    with services().database.read() as db:
        found = macros.list_macros(db)
        page = render_template(
            "admin/macros.html",
            macros=found,
            chosen=next((one for one in found if one.id == chosen), None),
            teams=list_teams(db),
            states=macros.STATES,
            variables=VARIABLES,
            problem=problem,
            typed=request.form,
        )
    return page, 422 if problem else 200
