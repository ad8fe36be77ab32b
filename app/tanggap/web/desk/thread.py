"""The answer to something that was done in a conversation: its thread as it is now."""

from __future__ import annotations

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tanggap.inbox.desk.conversation_view import read_view
from tanggap.web.context import me, services
from tanggap.web.desk.composer_view import show_composer
from tanggap.web.desk.inbox import address_of, list_args, open_parts


def show_thread(conversation_id: int, problem: str = "") -> ResponseReturnValue:
    """Show the thread, with what went wrong if something did; without scripts, the whole page."""
    if "HX-Request" not in request.headers:
        if problem:
            flash(problem, "error")
        return redirect(address_of(conversation_id, list_args()), 303)
    with services().database.read() as db:
        view = read_view(db, conversation_id, me().id)
        parts = open_parts(db, list_args(), view, show_composer(db, view))
        page = render_template("conversation/thread.html", problem=problem, **parts)
    return page, 409 if problem else 200, {"HX-Trigger": "conversation-changed"}
