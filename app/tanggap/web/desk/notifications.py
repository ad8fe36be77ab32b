"""What people are told: the bell in the header and the page behind it."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from tanggap.errors import NotFoundError
from tanggap.inbox.endpoints.endpoint_delivery import PAUSED_KIND
from tanggap.inbox.events import notifications
from tanggap.store.conversations import Conversation
from tanggap.store.limits import ASKING
from tanggap.store.notifications import Notification
from tanggap.web.clocks.clock_words import clock_name
from tanggap.web.context import me, services
from tanggap.web.filters import read_id

bp = Blueprint("notifications", __name__, url_prefix="/notifications")

WORDS: Final = {
    "mention": lazy_gettext("%(name)s mentions you"),
    "team_mention": lazy_gettext("%(name)s mentions your team"),
    "note": lazy_gettext("%(name)s left a note on your case"),
    "given": lazy_gettext("A case was given to you"),
    "handover": lazy_gettext("%(name)s hands over to you"),
    "approval_wanted": lazy_gettext("%(name)s hands in an answer for approval"),
    "approval_given": lazy_gettext("%(name)s approved your answer"),
    "approval_returned": lazy_gettext("%(name)s returned your answer"),
    "approval_superseded": lazy_gettext("Your answer was not approved in time: the customer wrote"),
    "woke_time": lazy_gettext("A case you put to sleep is awake: its time has come"),
    "woke_reply": lazy_gettext("A case you put to sleep is awake: the customer has written"),
    "low_rating": lazy_gettext("A customer is not satisfied; the case is open again"),
    "clock_warning": lazy_gettext("A target is about to be missed"),
    "clock_broken": lazy_gettext("A target was missed"),
    "call_back_given": lazy_gettext("%(name)s gives you a call to make"),
    "call_back_soon": lazy_gettext("A promised call is soon"),
    "call_back_missed": lazy_gettext("A promised call is overdue"),
    "consult_asked": lazy_gettext("%(name)s asks your team"),
    "consult_answered": lazy_gettext("%(name)s answered your question"),
    "consult_due": lazy_gettext("A question to your team is due soon"),
    "consult_late": lazy_gettext("A question to a team was not answered in time"),
    "shift_note": lazy_gettext("%(name)s hands over their shift"),
    "shift_note_read": lazy_gettext("%(name)s has read your hand-over"),
    "form_answered": lazy_gettext("A customer has filled in a form"),
    "rule": lazy_gettext("A rule asks you to look"),
    PAUSED_KIND: lazy_gettext("An outgoing webhook is paused: it does not hear"),
}


@bp.get("")
def index() -> ResponseReturnValue:
    """List what the person was told, newest first."""
    with services().database.read() as db:
        page = notifications.list_notifications(
            db, me().id, after=read_id(request.args.get("after"))
        )
    return render_template("notifications.html", page=page)


@bp.get("/<int:notification_id>")
def follow(notification_id: int) -> ResponseReturnValue:
    """Mark a line read and lead to its conversation."""
    with services().database.write() as db:
        line = db.get(Notification, notification_id)
        if line is None or line.user_id != me().id:
            raise NotFoundError(f"there is no notification {notification_id} of yours")
        notifications.mark_read(db, me().id, notification_id=notification_id)
        # Who is asked about a case of others may see the question alone.
        elsewhere = line.kind in ASKING and db.get(Conversation, line.conversation_id) is None
    if line.kind == PAUSED_KIND:
        return redirect(url_for("endpoints.index"))
    if line.conversation_id is None:
        return redirect(url_for(".index"))
    if elsewhere:
        return redirect(url_for("consultations.index"))
    return redirect(url_for("inbox.show", conversation_id=line.conversation_id, state="any"))


@bp.post("/read")
def mark_read() -> ResponseReturnValue:
    """Mark everything read."""
    with services().database.write() as db:
        notifications.mark_read(db, me().id)
    return redirect(url_for(".index"), 303)


@bp.app_template_filter("notification_words")
def words(line: Notification) -> str:
    """Say in the reader's language what a line is about."""
    name = line.actor.name if line.actor is not None else gettext("A colleague")
    return str(WORDS.get(line.kind, WORDS["rule"])) % {"name": name}


@bp.app_template_filter("notification_text")
def text(line: Notification) -> str:
    """Give what stands under a line: what was written, or which clock it is about."""
    return clock_name(line.text) if line.kind in ("clock_warning", "clock_broken") else line.text
