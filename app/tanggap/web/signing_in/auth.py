"""Signing in and out, and the two switches of the header: language and colours."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import logout_user

from tanggap.inbox.operation.first_run import nobody_yet
from tanggap.inbox.people import people, sign_on
from tanggap.inbox.people.second_factor import recovery_left
from tanggap.web.context import me, services
from tanggap.web.i18n import LANGUAGES
from tanggap.web.security import limiter, local_path, public
from tanggap.web.session import SignedIn, signed_in
from tanggap.web.signing_in import presence, second_factor
from tanggap.web.signing_in.entering import enter

THEMES = ("light", "dark", "auto")
_YEAR = 365 * 24 * 3600

bp = Blueprint("auth", __name__)


@bp.get("/login")
@public
def login() -> ResponseReturnValue:
    """Show the sign-in form."""
    if me().is_authenticated:
        return redirect(local_path(request.args.get("next")))
    with services().database.read() as db:
        nobody = nobody_yet(db)
    return render_template("login.html", next=request.args.get("next", ""), nobody=nobody)


@bp.post("/login")
@public
@limiter.limit(lambda: services().settings.login_rate)
def sign_in() -> ResponseReturnValue:
    """Check the password and begin a session."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    wanted = request.form.get("next", "")
    person = _authenticated(email, password)
    if person is None:
        message = gettext("E-mail address or password is wrong. Check both and try again.")
        return render_template("login.html", next=wanted, email=email, message=message), 401
    with services().database.read() as db:
        if not sign_on.takes_passwords(db, person.id):
            message = gettext("Passwords are switched off here. Sign in with your company instead.")
            return render_template("login.html", next=wanted, email=email, message=message), 403
    if person.has_second_factor:
        return second_factor.wait_for_code(person, wanted)
    enter(person)
    return redirect(local_path(wanted), 303)


@bp.post("/logout")
def logout() -> ResponseReturnValue:
    """End this session."""
    presence.depart(me().id)
    logout_user()
    session.clear()
    flash(gettext("You are signed out."))
    return redirect(url_for("auth.login", left=1), 303)


@bp.post("/language")
@public
def choose_language() -> ResponseReturnValue:
    """Switch the language, for this session and for the person who is signed in."""
    wanted = request.form.get("language", "")
    if wanted in LANGUAGES:
        session["language"] = wanted
        if me().is_authenticated:
            with services().database.write() as db:
                people.user_by_id(db, me().id).language = wanted
    return redirect(local_path(request.form.get("next")), 303)


@bp.post("/theme")
@public
def choose_theme() -> ResponseReturnValue:
    """Switch between light, dark and what the device says."""
    wanted = request.form.get("theme", "")
    response = redirect(local_path(request.form.get("next")), 303)
    if wanted in THEMES:
        response.set_cookie(
            "theme",
            wanted,
            max_age=_YEAR,
            samesite="Lax",
            secure=services().settings.secure_cookies,
        )
    return response


def theme() -> str:
    """Give the colours this browser chose."""
    wanted = request.cookies.get("theme", "auto")
    return wanted if wanted in THEMES else "auto"


def _authenticated(email: str, password: str) -> SignedIn | None:
    with services().database.write() as db:
        user = people.authenticate(db, email, password)
        if user is None:
            return None
        on = recovery_left(db, user.id) is not None
        return signed_in(user, has_second_factor=on)
