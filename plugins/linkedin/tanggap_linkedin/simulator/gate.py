"""What LinkedIn checks before it looks at a call: version, protocol, encoding, token, scope."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime

from werkzeug.wrappers import Request, Response

from tanggap.sdk.simulator import Grant, TokenStore, json_response

OLDEST_VERSION = "202510"
_VERSION = re.compile(r"20[0-9]{2}(0[1-9]|1[0-2])")
READ_FEED = "r_organization_social_feed"
WRITE_FEED = "w_organization_social_feed"
READ_POSTS = "r_organization_social"
ADMIN = "rw_organization_admin"
SCOPES = frozenset(
    {READ_FEED, WRITE_FEED, READ_POSTS, "w_organization_social", ADMIN}
    | {"r_basicprofile", "openid", "profile"}
)

Handler = Callable[..., Response]


class Refused(Exception):
    """A call LinkedIn says no to; `code` is its serviceErrorCode."""

    def __init__(self, status: int, message: str, *, code: int = 0, name: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.name = name

    def response(self) -> Response:
        """Answer as LinkedIn words its errors."""
        body: dict[str, object] = {"status": self.status, "message": str(self)}
        if self.code:
            body["serviceErrorCode"] = self.code
        if self.name:
            body["code"] = self.name
        return json_response(body, self.status)


class Gate:
    """Stands before every `/rest/` route.

    `quota` is how many calls a member has in a day of UTC: 100 in LinkedIn's development tier;
    None counts without an end.
    """

    def __init__(self, tokens: TokenStore, clock: Callable[[], datetime]) -> None:
        self._tokens = tokens
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: Counter[tuple[date, str]] = Counter()
        self.quota: int | None = None
        self.revoked = False

    def guard(self, scope: str, handler: Handler) -> Handler:
        """Let a call through to `handler(request, grant, ...)` when everything is in order."""

        def guarded(request: Request, **values: str) -> Response:
            try:
                _check_headers(request)
                grant = self._grant(request, scope)
                self._count(grant.person_id)
                return handler(request, grant, **values)
            except Refused as refusal:
                return refusal.response()

        return guarded

    def _count(self, member: str) -> None:
        """Count a call; the day's figures start again at midnight UTC."""
        with self._lock:
            key = (self._clock().astimezone(UTC).date(), member)
            self._calls[key] += 1
            if self.quota is not None and self._calls[key] > self.quota:
                message = "Resource level throttle MEMBER DAY limit for calls to this resource"
                raise Refused(429, f"{message} is reached.", code=101)

    def _grant(self, request: Request, scope: str) -> Grant:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        grant = self._tokens.find(token)
        if grant is None:
            raise self._stranger(token)
        if scope not in grant.scopes:
            raise Refused(403, f"Not enough permissions: {scope}", code=100, name="ACCESS_DENIED")
        return grant

    def _stranger(self, token: str) -> Refused:
        if self._tokens.is_expired(token):
            return Refused(401, "The token has expired", code=65602, name="EXPIRED_ACCESS_TOKEN")
        if token and self.revoked:
            return Refused(401, "The token was revoked", code=65601, name="REVOKED_ACCESS_TOKEN")
        return Refused(401, "Invalid access token", code=65600, name="INVALID_ACCESS_TOKEN")


def _check_headers(request: Request) -> None:
    version = request.headers.get("LinkedIn-Version", "")
    if not _VERSION.fullmatch(version) or version < OLDEST_VERSION:
        raise Refused(426, f"Requested version {version} is not active", name="NONEXISTENT_VERSION")
    if request.headers.get("X-Restli-Protocol-Version") != "2.0.0":
        raise Refused(400, "X-Restli-Protocol-Version must be 2.0.0")
    # Werkzeug routes by the decoded path; LinkedIn wants URNs encoded in the raw one.
    if "urn:li:" in request.environ.get("REQUEST_URI", ""):
        raise Refused(400, "Syntax exception: URNs must be percent-encoded")
