"""Sign in to the simulated X: consent page, codes of 30 seconds, rotating refresh tokens."""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from tanggap.sdk.simulator import (
    Grant,
    Route,
    consent_page,
    json_response,
    pkce_matches,
    redirect_back,
)
from tanggap_twitter.simulator.gate import Refused, guarded, problem

if TYPE_CHECKING:
    from tanggap_twitter.simulator.platform import SimulatedX

CODE_LIFE = timedelta(seconds=30)
ACCESS_LIFE = timedelta(hours=2)
MAX_STATE = 500
_ASKED = ("client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method")


class SignIn:
    """The routes by which an app gets and keeps a user's permission."""

    def __init__(self, x: SimulatedX) -> None:
        self._x = x
        self._lock = threading.Lock()

    def routes(self) -> Iterable[Route]:
        """List them."""
        yield Route("GET", "/i/oauth2/authorize", guarded(self._ask))
        yield Route("POST", "/i/oauth2/authorize", guarded(self._decide))
        yield Route("POST", "/2/oauth2/token", self._token, target="token")
        yield Route("POST", "/2/oauth2/revoke", self._revoke, target="token")

    def _ask(self, request: Request) -> Response:
        asked = self._checked(request.args)
        accounts = self._x.world.accounts
        return consent_page(
            platform=self._x.name,
            app="Tanggap",
            person=f"@{accounts[0].handle}" if len(accounts) == 1 else "an account",
            scopes=asked["scope"].split(),
            action="/i/oauth2/authorize",
            fields=asked,
            choices=[(a.id, f"@{a.handle}") for a in accounts] if len(accounts) > 1 else (),
        )

    def _decide(self, request: Request) -> Response:
        asked = self._checked(request.form)
        if request.form.get("decision") != "approve":
            return redirect_back(
                asked["redirect_uri"], {"error": "access_denied", "state": asked["state"]}
            )
        account = self._x.world.account(request.form.get("choice"))
        if account is None:
            raise Refused(400, "This account does not exist.")
        grant = Grant(
            person_id=account.id,
            scopes=tuple(asked["scope"].split()),
            redirect_uri=asked["redirect_uri"],
            code_challenge=asked["code_challenge"],
        )
        code = self._x.tokens.issue_code(grant, CODE_LIFE)
        return redirect_back(asked["redirect_uri"], {"state": asked["state"], "code": code})

    def _checked(self, given: Mapping[str, str]) -> dict[str, str]:
        values = {name: given.get(name, "") for name in _ASKED}
        if values["client_id"] != self._x.app_config["client_id"]:
            raise Refused(400, "Value passed for the client_id is not valid.")
        if not values["redirect_uri"].startswith(
            ("https://", "http://127.0.0.1", "http://localhost")
        ):
            raise Refused(400, "Value passed for the redirect_uri is not valid.")
        if values["code_challenge_method"] != "S256" or not values["code_challenge"]:
            raise Refused(400, "A code_challenge of the method S256 is needed.")
        if not values["scope"] or not 0 < len(values["state"]) <= MAX_STATE:
            raise Refused(400, "scope and state (at most 500 characters) are needed.")
        return values

    def _token(self, request: Request) -> Response:
        form = request.form
        if not self._knows_client(request):
            return _oauth_error("invalid_client", "Missing valid authorization header", 401)
        if form.get("grant_type") == "refresh_token":
            grant = self._rotate(form.get("refresh_token", ""))
        elif form.get("grant_type") == "authorization_code":
            grant = self._redeem(form.get("code", ""), form.get("redirect_uri", ""), request)
        else:
            return _oauth_error("unsupported_grant_type", "Unknown grant type.")
        if grant is None:
            return _oauth_error("invalid_request", "Value passed for the token was invalid.")
        return self._issue(grant)

    def _rotate(self, used: str) -> Grant | None:
        """Take a refresh token in for good: of two calls at once only one is served."""
        with self._lock:
            grant = self._x.tokens.find(used, "refresh")
            self._x.tokens.withdraw(used)
        return grant

    def _redeem(self, code: str, redirect_uri: str, request: Request) -> Grant | None:
        grant = self._x.tokens.redeem_code(code)
        if grant is None or grant.redirect_uri != redirect_uri:
            return None
        verifier = request.form.get("code_verifier", "")
        return grant if pkce_matches(grant.code_challenge or "", verifier) else None

    def _issue(self, grant: Grant) -> Response:
        answer: dict[str, object] = {
            "token_type": "bearer",
            "expires_in": int(ACCESS_LIFE.total_seconds()),
            "access_token": self._x.tokens.issue(grant, "access", ACCESS_LIFE),
            "scope": " ".join(grant.scopes),
        }
        if "offline.access" in grant.scopes:
            answer["refresh_token"] = self._x.tokens.issue(grant, "refresh")
        return json_response(answer)

    def _knows_client(self, request: Request) -> bool:
        kind, _, pair = request.headers.get("Authorization", "").partition(" ")
        try:
            given = base64.b64decode(pair, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
        wanted = f"{self._x.app_config['client_id']}:{self._x.app_secrets['client_secret']}"
        return kind == "Basic" and given == wanted

    def _revoke(self, request: Request) -> Response:
        if not self._knows_client(request):
            return problem(401, "Unauthorized")
        self._x.tokens.withdraw(request.form.get("token", ""))
        return json_response({"revoked": True})


def _oauth_error(code: str, description: str, status: int = 400) -> Response:
    return json_response({"error": code, "error_description": description}, status)
