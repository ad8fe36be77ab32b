"""Who may see what: sign-in for every route but the public ones, CSRF, rate limits, headers."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Final, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Request, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue, RouteCallable
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import NotFound, Unauthorized
from werkzeug.wrappers import Response

from tanggap.web.api_access import is_api, read_token
from tanggap.web.context import me, services
from tanggap.web.incoming import StorableRequest
from tanggap.web.session import SIGN_IN, SignedIn, load_signed_in

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

TRIES: Final = "8 per 5 minutes;40 per day"
"""How often somebody may guess what only the person knows, from wherever they come."""

csrf = CSRFProtect()


def remote_network() -> str:
    """Give what tries are counted by: an IPv4 address, or the /64 that one IPv6 customer has."""
    told = get_remote_address()
    try:
        address = ipaddress.ip_address(told)
    except ValueError:
        return told
    if not isinstance(address, ipaddress.IPv6Address):
        return told
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), 64), strict=False))


limiter = Limiter(remote_network, headers_enabled=True)
logins = LoginManager()

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def public(view: View) -> View:
    """Let anybody call this view; every other one needs a signed-in person."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def is_public(view: RouteCallable | None) -> bool:
    """Tell whether a view may be called without signing in."""
    return bool(getattr(view, "is_public", False))


def protect(app: Flask, redis_url: str) -> None:
    """Install everything of this module on an app."""
    app.config.setdefault("RATELIMIT_STORAGE_URI", redis_url or "memory://")
    app.config.setdefault("RATELIMIT_IN_MEMORY_FALLBACK_ENABLED", True)
    csrf.init_app(app)
    limiter.init_app(app)
    logins.init_app(app)
    logins.session_protection = None  # phones change their address all day
    app.request_class = StorableRequest
    app.before_request(_refuse_unstorable_path)
    app.before_request(_require_sign_in)
    app.after_request(_add_headers)


def local_path(wanted: str | None) -> str:
    """Keep a path of ours, so that nobody is sent to a stranger's site after signing in."""
    home = url_for("inbox.index")
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return home
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or any(ord(character) < 32 for character in wanted):
        return home
    return wanted


@logins.user_loader  # type: ignore[untyped-decorator]
def _load(remembered: str) -> SignedIn | None:
    if is_api(request):
        return None  # what a browser sends by itself must not act
    with services().database.read() as db:
        return load_signed_in(db, remembered, str(session.get(SIGN_IN, "")))


@logins.request_loader  # type: ignore[untyped-decorator]
def _load_by_token(asked: Request) -> SignedIn | None:
    return read_token(asked, services()) if is_api(asked) else None


def _refuse_unstorable_path() -> None:
    if "\x00" in request.path and not is_api(request):
        raise NotFound


def _require_sign_in() -> ResponseReturnValue | None:
    if request.endpoint is None or is_public(current_app.view_functions.get(request.endpoint)):
        return None
    if me().is_authenticated:
        return None
    if request.method != "GET" or wants_fragment_or_json() or is_api(request):
        raise Unauthorized
    return redirect(url_for("auth.login", next=request.full_path.rstrip("?")))


def wants_fragment_or_json() -> bool:
    """Tell whether a script asks, for whom a redirect to a page is of no use."""
    if "HX-Request" in request.headers:
        return True
    best = request.accept_mimetypes.best_match(("text/html", "application/json"))
    return best == "application/json"


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    response.headers.setdefault("Cache-Control", "no-store")
    return response
