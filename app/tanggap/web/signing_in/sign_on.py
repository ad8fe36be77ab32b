"""Signing in with the company's provider: the way there and back, and out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final, cast

import structlog
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
from flask_babel import LazyString, gettext, lazy_gettext

from tanggap.inbox.people import sign_on
from tanggap.inbox.people.second_factor import recovery_left
from tanggap.inbox.people.sign_on_protocol import Client, Provider, SignOnError, Trip, end_address
from tanggap.inbox.people.sign_on_settings import secret_of
from tanggap.sdk.channel import Http
from tanggap.store.sign_on import SignOnProvider
from tanggap.web.context import services
from tanggap.web.security import limiter, local_path, public
from tanggap.web.session import SignedIn, signed_in
from tanggap.web.signing_in import second_factor
from tanggap.web.signing_in.entering import enter

log = structlog.get_logger(__name__)
bp = Blueprint("sign_on", __name__)

TRIP: Final = "sign_on"
WANTED: Final = "sign_on_next"
_EXTENSION: Final = "tanggap_sign_on"
_WORDS: Final[Mapping[str, LazyString]] = {
    "state": lazy_gettext("That took too long, or began in another browser. Sign in again."),
    "issuer": lazy_gettext(
        "The answer was not your company's provider's. Sign in again; if it stays, tell an "
        "administrator."
    ),
    "unreachable": lazy_gettext(
        "Your company's sign-in does not answer. Wait a moment, then try again."
    ),
    "refused": lazy_gettext("Your company's sign-in turned this down. Try again."),
    "token": lazy_gettext(
        "What your company's sign-in sent does not hold. Try again; if it stays, tell an "
        "administrator."
    ),
    "second_step": lazy_gettext(
        "Your company's sign-in asked for a password alone. Set up a second step there, then sign "
        "in again."
    ),
    "unverified": lazy_gettext(
        "Your company's sign-in has not verified your e-mail address. Have it verified there."
    ),
    "taken": lazy_gettext(
        "This e-mail address belongs to somebody else here. Ask an administrator."
    ),
    "domain": lazy_gettext("You have no account here yet. Ask an administrator to invite you."),
    "group": lazy_gettext("None of your groups may sign in here. Ask an administrator."),
    "inactive": lazy_gettext("Your account here is deactivated. Ask an administrator."),
    "conflict": lazy_gettext(
        "Your groups would leave nobody to administer. Ask an administrator to look at it."
    ),
}


def install(app: Flask, http: Http) -> None:
    """Make the provider known to the app and to its sign-in page."""
    app.extensions[_EXTENSION] = Provider(http)
    app.add_template_global(offered, "sign_on_offered")


def provider() -> Provider:
    """Give the provider as this process knows it."""
    return cast("Provider", current_app.extensions[_EXTENSION])


def offered() -> SignOnProvider | None:
    """Give the company's provider, if people sign in with one."""
    with services().database.read() as db:
        return sign_on.load_provider(db)


def client_of(row: SignOnProvider) -> Client:
    """Give what the provider knows us by."""
    return Client(
        issuer=row.issuer,
        client_id=row.client_id,
        client_secret=secret_of(row, services().vault),
        redirect_uri=callback_address(),
    )


def callback_address() -> str:
    """Give the address that the provider sends people back to."""
    return f"{services().settings.public_url}{url_for('sign_on.come_back')}"


@bp.get("/login/single")
@public
@limiter.limit(lambda: services().settings.login_rate)
def leave() -> ResponseReturnValue:
    """Lead to the provider."""
    row = offered()
    if row is None:
        return redirect(url_for("auth.login"))
    trip = Trip.begin()
    try:
        address = provider().leave(client_of(row), trip)
    except SignOnError as error:
        return _refused(error)
    session[TRIP] = asdict(trip)
    session[WANTED] = request.args.get("next", "")
    return redirect(address)


@bp.get("/login/single/callback")
@public
@limiter.limit(lambda: services().settings.login_rate)
def come_back() -> ResponseReturnValue:
    """Begin a session for whom the provider vouches for; each trip comes back once."""
    kept, wanted = session.pop(TRIP, None), str(session.pop(WANTED, ""))
    row = offered()
    if row is None:
        return redirect(url_for("auth.login"))
    try:
        claims = provider().come_back(client_of(row), _trip(kept), request.args.to_dict())
        strong = sign_on.has_second_step(row, claims)
        person = _person(row, claims)
    except SignOnError as error:
        return _refused(error)
    if not strong and person.has_second_factor:
        return second_factor.wait_for_code(person, wanted)
    enter(person)
    session[second_factor.ELSEWHERE] = strong
    return redirect(local_path(wanted), 303)


@bp.get("/login/single/ended")
@public
def ended() -> ResponseReturnValue:
    """Lead on to the provider's own sign-out, for those who want out there too."""
    row, address = offered(), ""
    if row is not None:
        back_to = f"{services().settings.public_url}{url_for('auth.login')}"
        try:
            address = end_address(provider().discover(row.issuer), row.client_id, back_to)
        except SignOnError as error:
            log.warning("the sign-in provider names no way out", reason=error.reason)
    return redirect(address or url_for("auth.login"))


def _trip(kept: object) -> Trip:
    if not isinstance(kept, dict):
        raise SignOnError("state", "this sign-in was not begun in this browser")
    return Trip(**kept)


def _person(row: SignOnProvider, claims: Mapping[str, Any]) -> SignedIn:
    with services().database.write() as db:
        user = sign_on.sign_on(db, row, claims)
        db.flush()
        db.refresh(user, ["teams"])
        on = recovery_left(db, user.id) is not None
        return replace(signed_in(user), has_second_factor=on)


def _refused(error: SignOnError) -> ResponseReturnValue:
    log.warning("single sign-on refused", reason=error.reason, detail=str(error))
    flash(str(_WORDS.get(error.reason, gettext("Try again."))), "error")
    page = render_template("login.html", next="", nobody=False)
    return page, 503 if error.reason == "unreachable" else 403
