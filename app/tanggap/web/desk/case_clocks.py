"""What people do to the clocks of the open case."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from tanggap.errors import NotFoundError
from tanggap.inbox.clocks import clock_acts
from tanggap.store.base import utcnow
from tanggap.web.clocks.clock_words import PROMISES
from tanggap.web.context import me
from tanggap.web.desk.conversation import act
from tanggap.web.filters import read_id

bp = Blueprint("case_clocks", __name__, url_prefix="/inbox/<int:conversation_id>/clocks")


@bp.post("/promise")
def promise(conversation_id: int) -> ResponseReturnValue:
    """Note by when the customer was promised to hear from us."""
    minutes = read_id(request.form.get("minutes"))
    if minutes not in PROMISES:
        raise NotFoundError("there is no such time to promise")
    until = utcnow() + timedelta(minutes=minutes or 0)
    return act(
        conversation_id,
        lambda db: clock_acts.promise_update(db, conversation_id, until, me().id),
    )


@bp.post("/pause")
def pause(conversation_id: int) -> ResponseReturnValue:
    """Pause the clocks."""
    reason = request.form.get("reason", "")[:500]
    return act(
        conversation_id,
        lambda db: clock_acts.pause_clock(db, conversation_id, user_id=me().id, reason=reason),
    )


@bp.post("/resume")
def resume(conversation_id: int) -> ResponseReturnValue:
    """Let the clocks run again."""
    return act(
        conversation_id,
        lambda db: clock_acts.resume_clock(db, conversation_id, user_id=me().id),
    )


@bp.post("/acknowledged")
def acknowledged(conversation_id: int) -> ResponseReturnValue:
    """Say that our newest post only acknowledged."""
    return act(
        conversation_id,
        lambda db: clock_acts.only_acknowledged(db, conversation_id, me().id),
    )


@bp.post("/answered")
def answered(conversation_id: int) -> ResponseReturnValue:
    """Take back that our newest post only acknowledged."""
    return act(
        conversation_id,
        lambda db: clock_acts.answered_after_all(db, conversation_id, me().id),
    )
