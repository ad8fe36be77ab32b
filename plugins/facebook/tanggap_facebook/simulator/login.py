"""Facebook Login: the dialog, codes, short and long tokens, Pages, and what a token is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from werkzeug.wrappers import Request, Response

from tanggap.sdk.simulator import (
    Grant,
    Person,
    Route,
    consent_page,
    json_response,
    redirect_back,
)
from tanggap.sdk.simulator.engine import Engine
from tanggap_facebook.simulator.gate import TOKEN_KINDS, Caller, Gate, Refused, refusing
from tanggap_facebook.simulator.shapes import cursor_page

CODE_LIFE = timedelta(minutes=10)
SHORT_LIFE = timedelta(hours=2)
LONG_LIFE = timedelta(days=60)
DATA_ACCESS = timedelta(days=90)
SCOPES = frozenset(
    {"pages_show_list", "pages_read_engagement", "pages_read_user_content", "public_profile"}
    | {"pages_manage_engagement", "pages_manage_metadata", "pages_manage_posts"}
    | {"pages_messaging", "business_management", "email"}
)
_PAGE_SCOPES = SCOPES - {"public_profile", "email", "business_management"}
_ASKED = ("client_id", "redirect_uri", "state", "scope", "response_type")


class Login:
    """The routes by which a person lets the app in."""

    def __init__(self, platform: Engine, gate: Gate, admin: Person, root: str) -> None:
        self._platform = platform
        self._gate = gate
        self._admin = admin
        self._root = root

    def routes(self) -> Iterable[Route]:
        """List the routes."""
        root, guard = self._root, self._gate.guard
        yield Route("GET", f"{root}/dialog/oauth", refusing(self._ask))
        yield Route("POST", f"{root}/dialog/oauth", refusing(self._decide))
        yield Route("GET", f"{root}/oauth/access_token", refusing(self._token), "token")
        yield Route("GET", f"{root}/debug_token", guard(self._debug), "token")
        yield Route("GET", f"{root}/me/accounts", guard(self._pages, "pages_show_list"))

    def _ask(self, request: Request) -> Response:
        asked = self._asked(request.args.to_dict())
        return consent_page(
            platform="Facebook",
            app="Tanggap",
            person=self._admin.name,
            scopes=asked["scope"].split(","),
            action=f"{self._root}/dialog/oauth",
            fields=asked,
            choices=[(page.id, page.name) for page in self._platform.world.accounts],
        )

    def _decide(self, request: Request) -> Response:
        asked = self._asked(request.form.to_dict())
        back, state = asked["redirect_uri"], {"state": asked["state"]}
        if request.form.get("decision") != "approve":
            refusal = {"error": "access_denied", "error_reason": "user_denied"}
            return redirect_back(back, {**refusal, "error_code": "200", **state})
        grant = Grant(
            person_id=self._admin.id,
            scopes=tuple(asked["scope"].split(",")),
            redirect_uri=back,
            extra=(("pages", ",".join(request.form.getlist("choice"))),),
        )
        code = self._platform.tokens.issue_code(grant, CODE_LIFE)
        return redirect_back(back, {"code": code, **state})

    def _asked(self, given: dict[str, str]) -> dict[str, str]:
        asked = {name: given.get(name, "") for name in _ASKED}
        if asked["client_id"] != self._platform.app_config["app_id"]:
            raise Refused("Invalid App ID: the provided app ID does not look like one", 101)
        if urlsplit(asked["redirect_uri"]).scheme not in ("http", "https"):
            raise Refused("URL blocked: the redirect URI is not among the app's own", 191)
        if asked["response_type"] != "code":
            raise Refused("response_type must be code", 100)
        if not set(asked["scope"].split(",")) <= SCOPES:
            raise Refused("Invalid Scopes", 100)
        return asked

    def _token(self, request: Request) -> Response:
        args = request.args
        if args.get("client_id") != self._platform.app_config["app_id"]:
            raise Refused("Error validating application.", 101)
        if args.get("client_secret") != self._platform.app_secrets["app_secret"]:
            raise Refused("Error validating client secret.", 1)
        if args.get("grant_type") == "fb_exchange_token":
            token = args.get("fb_exchange_token", "")
            grant = self._gate.find(token, "user")
            if grant is None:
                raise self._gate.stranger(token)
            return self._answer(grant, LONG_LIFE)
        grant = self._platform.tokens.redeem_code(args.get("code", ""))
        if grant is None:
            raise Refused("This authorization code has been used or has expired.", 100, 36009)
        if grant.redirect_uri != args.get("redirect_uri"):
            raise Refused("Make sure your redirect_uri is identical to the first one", 100, 36008)
        return self._answer(replace(grant, redirect_uri=""), SHORT_LIFE)

    def _answer(self, grant: Grant, life: timedelta) -> Response:
        token = self._gate.issue(grant, "user", life)
        seconds = int(life.total_seconds())
        return json_response({"access_token": token, "token_type": "bearer", "expires_in": seconds})

    def _pages(self, request: Request, caller: Caller) -> Response:
        if caller.grant is None or caller.kind != "user":
            raise Refused("(#100) Tried accessing nonexisting field (accounts)", 100)
        chosen = dict(caller.grant.extra).get("pages", "").split(",")
        pages = [
            {
                "id": page.id,
                "name": page.name,
                "username": page.handle,
                "category": "Cargo & Freight Company",
                "tasks": ["MODERATE", "MESSAGING", "CREATE_CONTENT", "MANAGE"],
                "access_token": self._gate.issue(
                    replace(caller.grant, extra=(*caller.grant.extra, ("page", page.id))), "page"
                ),
            }
            for page in self._platform.world.accounts
            if page.id in chosen
        ]
        return json_response(cursor_page(request, pages))

    def _debug(self, request: Request, caller: Caller) -> Response:
        if caller.kind == "page":
            raise Refused("(#100) You must provide an app access token", 100)
        token = request.args.get("input_token", "")
        for kind in TOKEN_KINDS:
            grant = self._gate.find(token, kind)
            if grant is not None:
                return json_response({"data": self._facts(grant, kind)})
        why = self._gate.stranger(token)
        error = {"code": why.code, "message": str(why), "subcode": why.subcode}
        return json_response({"data": {"error": error, "is_valid": False, "scopes": []}})

    def _facts(self, grant: Grant, kind: str) -> dict[str, object]:
        now = self._platform.clock()
        extra = dict(grant.extra)
        chosen = extra.get("pages", "").split(",")
        return {
            "app_id": self._platform.app_config["app_id"],
            "type": kind.upper(),
            "application": "Tanggap",
            "is_valid": True,
            "expires_at": _seconds(grant.expires_at),
            "data_access_expires_at": _seconds(now + DATA_ACCESS),
            "scopes": list(grant.scopes),
            "granular_scopes": [
                {"scope": scope, "target_ids": chosen}
                if scope in _PAGE_SCOPES
                else {"scope": scope}
                for scope in grant.scopes
            ],
            "user_id": grant.person_id,
        }


def _seconds(when: datetime | None) -> int:
    return 0 if when is None else int(when.timestamp())
