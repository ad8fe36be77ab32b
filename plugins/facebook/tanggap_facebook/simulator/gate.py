"""What Facebook checks before it looks at a call: token, proof, permission."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from werkzeug.wrappers import Request, Response

from tanggap.sdk.signing import hmac_sha256
from tanggap.sdk.simulator import Grant, Person, json_response
from tanggap.sdk.simulator.engine import Engine

Handler = Callable[..., Response]
TOKEN_KINDS = ("page", "user")


class Refused(Exception):
    """A call Facebook says no to."""

    def __init__(
        self,
        message: str,
        code: int,
        subcode: int | None = None,
        *,
        status: int = 400,
        kind: str = "OAuthException",
        transient: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.subcode = subcode
        self.status = status
        self.kind = kind
        self.transient = transient
        self.headers = headers

    def response(self) -> Response:
        """Answer as the Graph API words its errors."""
        error: dict[str, object] = {"message": str(self), "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.transient:
            error["is_transient"] = True
        error["fbtrace_id"] = f"A{secrets.token_urlsafe(8)}"
        return json_response({"error": error}, self.status, self.headers)


class Missing(Refused):
    """An object that is not there, or that the token may not see: Facebook does not say which."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Unsupported request. Object with ID '{name}' does not exist, cannot be loaded due "
            "to missing permissions, or does not support this operation",
            100,
            33,
            kind="GraphMethodException",
        )


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a call: a Page, a person, or the app itself when there is no grant."""

    token: str
    kind: str
    grant: Grant | None = None
    page: Person | None = None

    def as_page(self) -> Person:
        """Give the Page; with another token comment edges refuse to write."""
        if self.page is None:
            raise Refused("(#1705) There was an error in posting to this wall", 1705)
        return self.page


class Gate:
    """Stands before every route that needs a token."""

    def __init__(self, platform: Engine) -> None:
        self._platform = platform
        self._lock = threading.Lock()
        self._issued: set[str] = set()

    def issue(self, grant: Grant, kind: str, life: timedelta | None = None) -> str:
        """Give out a token and remember it, to tell a removed app from a stranger's token."""
        token = f"EAA{self._platform.tokens.issue(grant, kind, life)}"
        with self._lock:
            self._issued.add(token)
        return token

    def find(self, token: str, kind: str) -> Grant | None:
        """Look a token up."""
        return self._platform.tokens.find(token.removeprefix("EAA"), kind)

    def guard(self, handler: Handler, scope: str | None = None) -> Handler:
        """Let a call through to `handler(request, caller, ...)` when everything is in order."""

        def guarded(request: Request, **values: str) -> Response:
            caller = self.caller(request)
            if scope and caller.grant and scope not in caller.grant.scopes:
                raise Refused(f"(#200) Requires {scope} permission", 200, status=403)
            return handler(request, caller, **values)

        return refusing(guarded)

    def caller(self, request: Request) -> Caller:
        """Find out who calls; raises `Refused` for a dead token or a wrong proof."""
        token = token_of(request)
        if not token:
            raise Refused("An access token is required to request this resource.", 104)
        app = f"{self._platform.app_config['app_id']}|{self._platform.app_secrets['app_secret']}"
        if hmac.compare_digest(token.encode(), app.encode()):
            return Caller(token, "app")
        self._check_proof(request, token)
        for kind in TOKEN_KINDS:
            grant = self.find(token, kind)
            if grant is not None:
                page = self._platform.world.account(dict(grant.extra).get("page", ""))
                return Caller(token, kind, grant, page if kind == "page" else None)
        raise self.stranger(token)

    def stranger(self, token: str) -> Refused:
        """Say why a token is no good."""
        head = "Error validating access token: "
        if self._platform.tokens.is_expired(token.removeprefix("EAA")):
            return Refused(f"{head}Session has expired", 190, 463, status=401)
        if token in self._issued:
            return Refused(f"{head}The user has not authorized application", 190, 458, status=401)
        return Refused("Invalid OAuth access token - Cannot parse access token", 190, status=401)

    def _check_proof(self, request: Request, token: str) -> None:
        given = _argument(request, "appsecret_proof")
        expected = hmac_sha256(self._platform.app_secrets["app_secret"], token.encode())
        if given and not hmac.compare_digest(given.encode(), expected.encode()):
            message = "Invalid appsecret_proof provided in the API argument"
            raise Refused(message, 100, kind="GraphMethodException")


def token_of(request: Request) -> str:
    """Take the token from the header, the address or the form."""
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ").strip() or _argument(request, "access_token")


def _argument(request: Request, name: str) -> str:
    return request.args.get(name) or request.form.get(name, "")


def refusing(handler: Handler) -> Handler:
    """Turn what a handler refuses into Facebook's answer."""

    def wrapped(request: Request, **values: str) -> Response:
        try:
            return handler(request, **values)
        except Refused as refusal:
            return refusal.response()

    return wrapped
