"""Approving answers: in the conversation, and the list of what waits."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError, ReplyRefusedError
from tanggap.inbox.sending import approvals
from tanggap.store.approvals import Approval
from tanggap.web.context import me, services, tasks
from tanggap.web.desk.thread import show_thread
from tanggap.web.errors import explain

bp = Blueprint("approvals", __name__, url_prefix="/approvals")


@bp.get("")
def index() -> ResponseReturnValue:
    """List what waits for somebody to approve it."""
    with services().database.read() as db:
        waiting = approvals.list_waiting(db)
    return render_template("approvals.html", waiting=waiting)


@bp.post("/<int:approval_id>/approve")
def approve(approval_id: int) -> ResponseReturnValue:
    """Let an answer go, with the words that stand in the form."""
    conversation_id = _conversation_of(approval_id)
    problem = ""
    try:
        reply = approvals.approve(
            services(),
            approval_id,
            me().id,
            text=request.form.get("words_sent"),
            override_reason=request.form.get("override_reason", ""),
        )
        tasks().work_on_reply(reply.id, reply.send_after)
    except approvals.SupersededError:
        problem = gettext("The conversation has moved on. The answer is with its author again.")
    except (approvals.DecidedError, ReplyRefusedError) as error:
        problem = explain(error)
    return show_thread(conversation_id, problem)


@bp.post("/<int:approval_id>/return")
def send_back(approval_id: int) -> ResponseReturnValue:
    """Give an answer back to its author."""
    words = request.form.get("words", "")
    return _decide(approval_id, lambda db: approvals.send_back(db, approval_id, me().id, words))


@bp.post("/<int:approval_id>/withdraw")
def withdraw(approval_id: int) -> ResponseReturnValue:
    """Take one's own answer back."""
    return _decide(approval_id, lambda db: approvals.withdraw(db, approval_id, me().id))


def _decide(approval_id: int, act: Callable[[Session], Approval]) -> ResponseReturnValue:
    conversation_id = _conversation_of(approval_id)
    problem = ""
    try:
        with services().database.write() as db:
            act(db)
    except approvals.DecidedError as error:
        problem = explain(error)
    return show_thread(conversation_id, problem)


def _conversation_of(approval_id: int) -> int:
    with services().database.read() as db:
        found = db.get(Approval, approval_id)
    if found is None:
        raise NotFoundError(f"there is no answer {approval_id} to decide on")
    return found.conversation_id
