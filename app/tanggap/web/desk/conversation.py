"""What people do with the open conversation: claim, assign, move on, correct its label."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.cases import conversations
from tanggap.inbox.cases.snooze import UnfitTimeError
from tanggap.inbox.cases.tags import UnfitTagError
from tanggap.inbox.desk.conversation_view import read_view
from tanggap.inbox.desk.desk_view import read_desk
from tanggap.inbox.privacy_person import ERASED
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.users import list_teams, list_users
from tanggap.web.context import me, services
from tanggap.web.desk.inbox import address_of, address_of_list, list_args
from tanggap.web.errors import explain
from tanggap.web.filters import read_id
from tanggap.web.labels import current_labels

bp = Blueprint("conversation", __name__, url_prefix="/inbox/<int:conversation_id>")


@bp.post("/claim")
def claim(conversation_id: int) -> ResponseReturnValue:
    """Take the conversation if nobody has it."""
    return act(conversation_id, lambda db: conversations.claim(db, conversation_id, me().id))


@bp.post("/release")
def release(conversation_id: int) -> ResponseReturnValue:
    """Give the conversation back."""
    return act(conversation_id, lambda db: conversations.release(db, conversation_id, me().id))


@bp.post("/assign")
def assign(conversation_id: int) -> ResponseReturnValue:
    """Give the conversation to a team or a person."""
    team_id, assignee_id = _choice("team"), _choice("assignee")
    return act(
        conversation_id,
        lambda db: conversations.assign(
            db, conversation_id, me().id, revision(), team_id=team_id, assignee_id=assignee_id
        ),
    )


@bp.post("/state")
def set_state(conversation_id: int) -> ResponseReturnValue:
    """Resolve, park, open or put aside."""
    state = request.form.get("state", "")
    return act(
        conversation_id,
        lambda db: conversations.set_state(db, conversation_id, me().id, revision(), state),
    )


@bp.post("/label")
def correct_label(conversation_id: int) -> ResponseReturnValue:
    """Say what the newest post really is."""
    label = request.form.get("label", "")
    reason, labels = request.form.get("reason", "")[:500], current_labels()

    def correct(db: Session) -> None:
        conversations.correct_label(
            db, conversation_id, me().id, label, labels=labels, reason=reason
        )

    return act(conversation_id, correct)


@bp.app_template_global("retention_note")
def retention_note(channel: str, post: Post) -> str:
    """Say why a text is not there any more."""
    if post.external_id.startswith(ERASED):
        return str(gettext("Erased at the customer's request."))
    found = services().registry.channel(channel)
    keep = found.retention.posts if found is not None and found.retention else None
    if found is None or keep is None:
        return str(gettext("Removed, because its time was over."))
    hours = round(keep.total_seconds() / 3600)
    return str(
        ngettext(
            "Removed after %(num)d hour as %(channel)s's terms ask.",
            "Removed after %(num)d hours as %(channel)s's terms ask.",
            hours,
            channel=found.name,
        )
    )


def act(conversation_id: int, action: Callable[[Session], None]) -> ResponseReturnValue:
    """Do it, then show the conversation's head as it is now, with the reason if it failed."""
    problem, status = "", 200
    try:
        with services().database.write() as db:
            action(db)
    except ConflictError as error:
        problem, status = explain(error), 409
    except (UnfitTagError, UnfitTimeError) as error:
        problem, status = explain(error), 422
    if not problem and me().sight.limited and not _in_sight(conversation_id):
        return _passed_on()
    if "HX-Request" not in request.headers:
        return _page(conversation_id, problem)
    with services().database.read() as db:
        view = read_view(db, conversation_id, me().id)
        page = render_template(
            "conversation/head.html",
            args=list_args(),
            problem=problem,
            view=view,
            teams=list_teams(db),
            people=list_users(db),
            labels=current_labels(),
            desk=read_desk(db, view, me().id),
        )
    return page, status, {"HX-Trigger": "conversation-changed"}


def _in_sight(conversation_id: int) -> bool:
    with services().database.read() as db:
        return db.get(Conversation, conversation_id) is not None


def _passed_on() -> ResponseReturnValue:
    """Leave a case that is another team's now, which the person does not see."""
    flash(gettext("Passed on. You do not see cases of that team, so this one has left your list."))
    address = address_of_list(list_args())
    if "HX-Request" not in request.headers:
        return redirect(address, 303)
    return "", 200, {"HX-Redirect": address}


def _page(conversation_id: int, problem: str) -> ResponseReturnValue:
    if problem:
        flash(problem)
    return redirect(address_of(conversation_id, list_args()), 303)


def revision() -> int:
    """Read which state of the conversation the person looked at."""
    return read_id(request.form.get("revision")) or 0


def _choice(name: str) -> int | None:
    """Read a select: absent keeps what is, empty means nobody."""
    written = request.form.get(name)
    if written is None:
        return conversations.KEEP
    if not written:
        return None
    chosen = read_id(written)
    if chosen is None:
        raise NotFoundError("there is no such team or person")
    return chosen
