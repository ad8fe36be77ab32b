"""The second step of signing in, and a person's own page for it."""

from __future__ import annotations

import time
from collections.abc import Callable

import segno
from flask import Blueprint, Flask, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, ForbiddenError
from tanggap.inbox.people import second_factor
from tanggap.inbox.people.people import UnfitError
from tanggap.store.secrets import Vault
from tanggap.web.api_access import is_api
from tanggap.web.context import me, services
from tanggap.web.security import TRIES, limiter, local_path, public
from tanggap.web.session import SignedIn, load_signed_in
from tanggap.web.signing_in.entering import enter as enter_session
from tanggap.web.signing_in.entering import start_over

bp = Blueprint("second_factor", __name__)

PENDING = "second_step"
ELSEWHERE = "second_step_elsewhere"
"""Where the session notes that the company's provider took the second step."""

_MINUTES = 10
_REACHABLE = frozenset({"auth.logout", "auth.choose_language", "auth.choose_theme"})


def insist(app: Flask) -> None:
    """Lead people whose role needs a second factor to its page until they have one."""
    app.before_request(_insist)


def wait_for_code(person: SignedIn, wanted: str) -> ResponseReturnValue:
    """Remember whose password was right, and ask for the code."""
    start_over()
    session[PENDING] = [person.get_id(), int(time.time()), wanted]
    return redirect(url_for("second_factor.ask"), 303)


@bp.get("/login/code")
@public
def ask() -> ResponseReturnValue:
    """Ask for the code."""
    if _pending() is None:
        return redirect(url_for("inbox.home"), 303)
    return render_template("login_code.html", message="")


@bp.post("/login/code")
@public
@limiter.limit(lambda: services().settings.login_rate)
@limiter.limit(TRIES, key_func=lambda: f"code {_pending_id()}")
def enter() -> ResponseReturnValue:
    """Check the code and begin the session."""
    pending = _pending()
    if pending is None:
        flash(gettext("That took too long. Sign in again."), "warning")
        return redirect(url_for("inbox.home"), 303)
    person, wanted = pending
    with services().database.write() as db:
        right = second_factor.check(
            db, services().vault, person.id, request.form.get("code", "")[:100]
        )
    if not right:
        message = gettext("The code is wrong, or was used already. Wait for the next one.")
        return render_template("login_code.html", message=message), 401
    enter_session(person)
    return redirect(local_path(wanted), 303)


@bp.get("/profile/second-factor")
def show() -> ResponseReturnValue:
    """Show the picture to enrol with, or what is left of the recovery codes."""
    return _page()


@bp.post("/profile/second-factor")
@limiter.limit(TRIES, key_func=lambda: f"own {me().get_id()}")
def confirm() -> ResponseReturnValue:
    """Switch it on; the recovery codes are shown this once."""
    return _show_codes(second_factor.confirm)


@bp.post("/profile/second-factor/recovery")
@limiter.limit(TRIES, key_func=lambda: f"own {me().get_id()}")
def renew() -> ResponseReturnValue:
    """Give new recovery codes."""
    return _show_codes(second_factor.renew_recovery)


@bp.post("/profile/second-factor/remove")
@limiter.limit(TRIES, key_func=lambda: f"own {me().get_id()}")
def remove() -> ResponseReturnValue:
    """Switch it off with a last code."""
    with services().database.write() as db:
        code = request.form.get("code", "")
        right = second_factor.check(db, services().vault, me().id, code)
        if right:
            second_factor.remove(db, me().id, by_user_id=me().id)
    if not right:
        return _page(wrong=True), 422
    flash(gettext("The second step is off."))
    return redirect(url_for("profile.show"), 303)


def _page(*, wrong: bool = False) -> str:
    with services().database.write() as db:
        left = second_factor.recovery_left(db, me().id)
        try:
            enrolment = second_factor.begin(db, services().vault, me().id)
        except ConflictError:
            enrolment = None
    picture = ""
    if enrolment is not None:
        drawn = segno.make(enrolment.uri, error="m")
        # Our own drawing of our own text; always dark on light, for cameras.
        picture = Markup(drawn.svg_inline(omitsize=True, dark="#111", light="#fff"))  # noqa: S704
    return render_template(
        "second_factor.html",
        enrolment=enrolment,
        picture=picture,
        left=left,
        wrong=wrong,
        needed=_needed(),
    )


def _needed() -> bool:
    return me().role in services().settings.second_factor_roles


def _insist() -> ResponseReturnValue | None:
    endpoint = request.endpoint or ""
    if not services().settings.second_factor_roles or endpoint in _REACHABLE:
        return None
    if endpoint.startswith(("second_factor.", "assets.", "health.")):
        return None
    if not me().is_authenticated or me().has_second_factor or not _needed():
        return None
    if session.get(ELSEWHERE):
        return None
    if request.method == "GET" and "HX-Request" not in request.headers and not is_api(request):
        return redirect(url_for("second_factor.show"))
    raise ForbiddenError("your role needs a second factor; set it up on your profile first")


def _pending_id() -> str:
    return str((session.get(PENDING) or ["nobody"])[0])


def _show_codes(make: Callable[[Session, Vault, int, str], list[str]]) -> ResponseReturnValue:
    try:
        with services().database.write() as db:
            codes = make(db, services().vault, me().id, request.form.get("code", ""))
    except UnfitError:
        return _page(wrong=True), 422
    return render_template("second_factor.html", codes=codes, left=len(codes))


def _pending() -> tuple[SignedIn, str] | None:
    """Give whose password was right a short time ago, and where they wanted to go."""
    known = session.get(PENDING)
    if not known or time.time() - known[1] > _MINUTES * 60:
        return None
    with services().database.read() as db:
        person = load_signed_in(db, str(known[0]))
    return (person, str(known[2])) if person is not None else None
