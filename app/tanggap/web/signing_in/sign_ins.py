"""Where a person is signed in: kept with every sign-in, shown to them, ended by them."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    Flask,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_limiter.util import get_remote_address
from flask_login import user_logged_in, user_logged_out

from tanggap.errors import NotFoundError
from tanggap.inbox.people import sign_ins
from tanggap.web.context import me, services
from tanggap.web.security import is_public
from tanggap.web.session import SIGN_IN, SignedIn

bp = Blueprint("sign_ins", __name__, url_prefix="/profile/sessions")


def keep(app: Flask) -> None:
    """Begin a sign-in whenever somebody signs in, and end it when they sign out."""
    user_logged_in.connect(_begin, app)
    user_logged_out.connect(_end, app)
    app.before_request(_note_seen)


@bp.get("")
def index() -> ResponseReturnValue:
    """Show where this person is signed in."""
    with services().database.read() as db:
        found = sign_ins.list_sign_ins(db, me().id)
    return render_template("sign_ins.html", sign_ins=found, describe=sign_ins.describe)


@bp.post("/<int:sign_in_id>/end")
def end(sign_in_id: int) -> ResponseReturnValue:
    """Sign another browser out."""
    try:
        with services().database.write() as db:
            sign_ins.end(db, me().id, sign_in_id)
    except NotFoundError:
        flash(gettext("That session is over already."))
    else:
        flash(gettext("That session is ended."))
    return redirect(url_for("sign_ins.index"), 303)


@bp.post("/end-others")
def end_others() -> ResponseReturnValue:
    """Sign every other browser out."""
    with services().database.write() as db:
        sign_ins.end_others(db, me().id, me().sign_in_id)
    flash(gettext("All your other sessions are ended."))
    return redirect(url_for("sign_ins.index"), 303)


def _note_seen() -> None:
    """Note now and then that this browser is in use."""
    if is_public(current_app.view_functions.get(request.endpoint or "")):
        return
    person = me()
    if not person.is_authenticated or person.seen_at is None:
        return
    if sign_ins.is_stale(person.seen_at):
        with services().database.write() as db:
            device, address = _device(), get_remote_address()
            sign_ins.note_seen(db, person.sign_in_id, device=device, address=address)


def _begin(_app: Flask, user: SignedIn, **_: Any) -> None:
    with services().database.write() as db:
        session[SIGN_IN] = sign_ins.begin(
            db,
            user.id,
            device=_device(),
            address=get_remote_address(),
            lasts=current_app.permanent_session_lifetime,
        )


def _end(_app: Flask, user: SignedIn | None, **_: Any) -> None:
    session.pop(SIGN_IN, None)
    if user is None or not user.is_authenticated:
        return
    try:
        with services().database.write() as db:
            sign_ins.end(db, user.id, user.sign_in_id)
    except NotFoundError:
        return


def _device() -> str:
    return request.user_agent.string
