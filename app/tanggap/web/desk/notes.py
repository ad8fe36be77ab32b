"""Notes to colleagues in the open conversation."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup, escape

from tanggap.inbox.desk.conversation_view import read_view
from tanggap.inbox.teamwork import notes
from tanggap.store.notes import Note
from tanggap.web.context import me, services
from tanggap.web.desk.composer_view import show_composer
from tanggap.web.desk.inbox import address_of, list_args, open_parts

bp = Blueprint("notes", __name__)


@bp.post("/inbox/<int:conversation_id>/notes")
def write(conversation_id: int) -> ResponseReturnValue:
    """Leave a note."""
    text = request.form.get("note", "")
    try:
        with services().database.write() as db:
            notes.write_note(db, conversation_id=conversation_id, user_id=me().id, text=text)
    except notes.UnfitNoteError:
        problem = gettext("Write a note of at most %(most)d characters.", most=notes.LONGEST)
        return _answer(conversation_id, text=text, problem=problem)
    return _answer(conversation_id)


@bp.post("/inbox/<int:conversation_id>/note-draft")
def save_draft(conversation_id: int) -> ResponseReturnValue:
    """Keep what was typed of a note so far."""
    with services().database.write() as db:
        notes.save_note_draft(db, conversation_id, me().id, request.form.get("note", ""))
    return "", 204


@bp.post("/notes/<int:note_id>/remove")
def remove(note_id: int) -> ResponseReturnValue:
    """Take one's own note back."""
    with services().database.write() as db:
        note = notes.take_back(db, note_id, me().id)
    return _answer(note.conversation_id)


@bp.app_template_filter("note_text")
def note_text(note: Note) -> Markup:
    """Write a note with the people it calls by their names."""
    names = {written: name for written, _kind, _id, name in note.mentions}
    parts, at = [], 0
    for match in notes.CALL.finditer(note.text):
        name = names.get(match[1])
        if name is not None:
            parts += [escape(note.text[at : match.start()]), _mark(name)]
            at = match.end()
    return Markup("").join([*parts, escape(note.text[at:])])


def _mark(name: str) -> Markup:
    return Markup('<span class="mention">@{}</span>').format(name)


def _answer(conversation_id: int, *, text: str = "", problem: str = "") -> ResponseReturnValue:
    if "HX-Request" not in request.headers:
        if problem:
            flash(problem, "error")
        return redirect(address_of(conversation_id, list_args()), 303)
    with services().database.read() as db:
        view = read_view(db, conversation_id, me().id)
        parts = open_parts(db, list_args(), view, show_composer(db, view))
    page = render_template(
        "conversation/note_box.html", note_words=text, note_problem=problem, **parts
    )
    return page, 422 if problem else 200, {"HX-Trigger": "conversation-changed"}
