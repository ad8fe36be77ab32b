"""Buttons on posts: hide, show, like and delete where the platform lets us."""

from __future__ import annotations

from typing import Final, get_args

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.cases import moderating
from tanggap.inbox.cases.moderating import NotPossibleError
from tanggap.sdk.types import Action
from tanggap.store.posts import Post
from tanggap.web.context import me, services, tasks
from tanggap.web.desk.inbox import list_args
from tanggap.web.desk.thread import show_thread
from tanggap.web.errors import explain

bp = Blueprint("moderation", __name__, url_prefix="/inbox/<int:conversation_id>/posts")

ACTIONS: Final = {
    "hide": (lazy_gettext("Hide"), "eye-off"),
    "show": (lazy_gettext("Show again"), "undo-2"),
    "like": (lazy_gettext("Like"), "check"),
    "unlike": (lazy_gettext("Take the like back"), "undo-2"),
    "delete": (lazy_gettext("Delete on the platform"), "trash"),
}


@bp.get("/<int:post_id>/actions")
def actions(conversation_id: int, post_id: int) -> ResponseReturnValue:
    """Show what can be done to a post: as a menu for scripts, else as a page."""
    with services().database.read() as db:
        post = _post(db, conversation_id, post_id)
        possible = moderating.possible_actions(services(), db, post, me().role)
    parts = {"post": post, "possible": possible, "names": ACTIONS, "args": list_args()}
    page = "menu" if "HX-Request" in request.headers else "actions"
    return render_template(f"conversation/{page}.html", **parts)


@bp.post("/<int:post_id>/moderate")
def moderate(conversation_id: int, post_id: int) -> ResponseReturnValue:
    """Ask the platform to act on the post."""
    wanted = request.form.get("action")
    action = next((one for one in get_args(Action) if one == wanted), None)
    with services().database.read() as db:
        _post(db, conversation_id, post_id)
    if action is None:
        raise NotFoundError("there is no such action")
    problem = ""
    try:
        asked = moderating.ask(services(), post_id, action, user_id=me().id)
        tasks().moderate(asked.id)
    except NotPossibleError:
        problem = gettext("The platform does not permit this for this post, or not any more.")
    except ConflictError as error:
        problem = explain(error)
    return show_thread(conversation_id, problem)


@bp.app_template_global("action_name")
def action_name(action: str) -> str:
    """Name what can be done to a post."""
    return str(ACTIONS[action][0]) if action in ACTIONS else action


@bp.app_template_global("can_moderate")
def can_moderate(channel: str) -> bool:
    """Tell whether a channel can act on posts at all."""
    found = services().registry.channel(channel)
    return found is not None and found.moderating is not None


def _post(db: Session, conversation_id: int, post_id: int) -> Post:
    post = db.get(Post, post_id)
    if post is None or post.conversation_id != conversation_id:
        raise NotFoundError(f"post {post_id} is not in conversation {conversation_id}")
    return post
