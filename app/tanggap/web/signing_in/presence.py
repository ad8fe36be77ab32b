"""Who is there: signs of life of open pages, and the switch in the header."""

from __future__ import annotations

import structlog
from flask import Blueprint, Flask, current_app, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from tanggap.inbox.events import notifications
from tanggap.inbox.people import presence
from tanggap.inbox.people.presence import Beats, State
from tanggap.web.context import me, services, tasks
from tanggap.web.security import local_path, wants_fragment_or_json

log = structlog.get_logger(__name__)
bp = Blueprint("presence", __name__, url_prefix="/presence")

STATES = {
    State.ONLINE: lazy_gettext("Online"),
    State.AWAY: lazy_gettext("Away"),
    State.OFFLINE: lazy_gettext("Offline"),
}
_SIGNS = frozenset({"live.changes", "presence.show"})
_WORK = frozenset({"conversation", "api_acts"})
_EXTENSION = "tanggap.beats"


def follow(app: Flask) -> None:
    """Take what open pages ask again and again as signs of life."""
    app.extensions[_EXTENSION] = Beats()
    app.after_request(_beat)
    app.after_request(_rethink)
    app.add_template_filter(presence_name)


@bp.get("")
def show() -> ResponseReturnValue:
    """Tell a person's own state and what they have not read, to pages without a live list."""
    with services().database.read() as db:
        unread = notifications.unread_count(db, me().id)
    return {"state": State.AWAY if me().away else State.ONLINE, "unread": unread}


@bp.post("")
def switch() -> ResponseReturnValue:
    """Go away, or come back."""
    away = request.form.get("state") == State.AWAY
    with services().database.write() as db:
        presence.set_away(db, me().id, away=away)
    tasks().wake_reassign()
    if wants_fragment_or_json():
        return {"state": State.AWAY if away else State.ONLINE}
    return redirect(local_path(request.form.get("next")), 303)


def arrive(user_id: int) -> None:
    """Take a person who has just signed in as there."""
    with services().database.write() as db:
        presence.set_away(db, user_id, away=False)
    tasks().wake_reassign()


def depart(user_id: int) -> None:
    """Take a person who has signed out as gone."""
    with services().database.write() as db:
        presence.leave(db, user_id)
    _beats().forget(user_id)
    tasks().wake_reassign()


def presence_name(state: str) -> str:
    """Name a state in the reader's language."""
    return str(STATES[State(state)])


def _beat(response: Response) -> Response:
    if request.endpoint not in _SIGNS or not me().is_authenticated:
        return response
    if not _beats().due(me().id):
        return response
    try:
        with services().database.write() as db:
            came = presence.beat(db, me().id)
    except SQLAlchemyError:
        # The next sign comes in half a minute; the page that was asked for is worth more.
        log.warning("sign of life not written", user_id=me().id, exc_info=True)
        return response
    if came:
        tasks().wake_reassign()
    return response


def _rethink(response: Response) -> Response:
    """Have cases given out when somebody has done something with one: there may be room now."""
    works = request.method in ("POST", "PUT") and request.blueprint in _WORK
    if works and response.status_code < 400:
        tasks().wake_reassign()
    return response


def _beats() -> Beats:
    beats: Beats = current_app.extensions[_EXTENSION]
    return beats
