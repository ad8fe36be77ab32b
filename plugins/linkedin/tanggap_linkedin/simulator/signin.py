"""LinkedIn's three-legged OAuth: consent page, codes, access and refresh tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from werkzeug.wrappers import Request, Response

from tanggap.sdk.simulator import (
    Grant,
    Person,
    Route,
    SimulatedPlatform,
    consent_page,
    json_response,
    redirect_back,
)
from tanggap_linkedin.simulator.gate import SCOPES

CODE_LIFE = timedelta(minutes=30)
ACCESS_LIFE = timedelta(days=60)
REFRESH_LIFE = timedelta(days=365)


class SignIn:
    """The routes below `/oauth/v2/`."""

    def __init__(self, platform: SimulatedPlatform, member: Person) -> None:
        self._platform = platform
        self._member = member

    def routes(self) -> Iterable[Route]:
        """List the routes."""
        yield Route("GET", "/oauth/v2/authorization", self._ask)
        yield Route("POST", "/oauth/v2/authorization", self._decide)
        yield Route("POST", "/oauth/v2/accessToken", self._token, "token")

    def _ask(self, request: Request) -> Response:
        asked = {name: request.args.get(name, "") for name in _ASKED}
        refusal = self._refuse_question(asked)
        if refusal:
            return refusal
        scopes = asked["scope"].split()
        if not scopes or not set(scopes) <= SCOPES:
            params = {"error": "unauthorized_scope_error", "state": asked["state"]}
            return redirect_back(asked["redirect_uri"], params)
        return consent_page(
            platform="LinkedIn",
            app="Tanggap",
            person=self._member.name,
            scopes=scopes,
            action="/oauth/v2/authorization",
            fields=asked,
        )

    def _decide(self, request: Request) -> Response:
        asked = {name: request.form.get(name, "") for name in _ASKED}
        refusal = self._refuse_question(asked)
        if refusal:
            return refusal
        if request.form.get("decision") != "approve":
            params = {"error": "user_cancelled_authorize", "state": asked["state"]}
            return redirect_back(asked["redirect_uri"], params)
        grant = Grant(
            person_id=self._member.id,
            scopes=tuple(asked["scope"].split()),
            redirect_uri=asked["redirect_uri"],
        )
        code = self._platform.tokens.issue_code(grant, CODE_LIFE)
        return redirect_back(asked["redirect_uri"], {"code": code, "state": asked["state"]})

    def _refuse_question(self, asked: dict[str, str]) -> Response | None:
        if asked["response_type"] != "code":
            return _error("unsupported_response_type", "response_type must be code")
        if asked["client_id"] != self._platform.app_config["client_id"]:
            return _error("invalid_client_id", "There is no app with this client_id", 401)
        if urlsplit(asked["redirect_uri"]).scheme not in {"http", "https"}:
            return _error("invalid_redirect_uri", "The redirect_uri is not one of this app")
        return None

    def _token(self, request: Request) -> Response:
        form = request.form
        known = (
            self._platform.app_config["client_id"],
            self._platform.app_secrets["client_secret"],
        )
        if (form.get("client_id"), form.get("client_secret")) != known:
            return _error("invalid_client", "Client authentication failed", 401)
        if form.get("grant_type") == "authorization_code":
            return self._by_code(form.get("code", ""), form.get("redirect_uri", ""))
        if form.get("grant_type") == "refresh_token":
            return self._by_refresh_token(form.get("refresh_token", ""))
        return _error("unsupported_grant_type", "grant_type is not supported")

    def _by_code(self, code: str, redirect_uri: str) -> Response:
        grant = self._platform.tokens.redeem_code(code)
        if grant is None:
            return _error("invalid_request", "The code is unknown, used or too old")
        if grant.redirect_uri != redirect_uri:
            return _error("invalid_redirect_uri", "The redirect_uri differs from the first one")
        refresh = self._platform.tokens.issue(grant, "refresh", REFRESH_LIFE)
        return self._answer(grant, refresh)

    def _by_refresh_token(self, token: str) -> Response:
        grant = self._platform.tokens.find(token, "refresh")
        if grant is None:
            return _error("invalid_request", "The refresh token is unknown, revoked or too old")
        return self._answer(grant, token)

    def _answer(self, grant: Grant, refresh: str) -> Response:
        tokens = self._platform.tokens
        access = tokens.issue(replace(grant, redirect_uri=""), "access", ACCESS_LIFE)
        held = tokens.find(refresh, "refresh")
        ends = held.expires_at if held and held.expires_at else self._platform.clock()
        return json_response(
            {
                "access_token": access,
                "expires_in": int(ACCESS_LIFE.total_seconds()),
                "refresh_token": refresh,
                "refresh_token_expires_in": int((ends - self._platform.clock()).total_seconds()),
                "scope": ",".join(grant.scopes),
            }
        )


_ASKED = ("response_type", "client_id", "redirect_uri", "state", "scope")


def _error(error: str, description: str, status: int = 400) -> Response:
    return json_response({"error": error, "error_description": description}, status)
