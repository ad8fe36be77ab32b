"""What stands before every route: tokens, scopes, rate limits, and X's error bodies."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from werkzeug.wrappers import Request, Response

from tanggap.sdk.simulator import Grant, TokenStore, json_response

PROBLEMS = "https://api.x.com/2/problems/"
WINDOW = timedelta(minutes=15)
FAULT_PAUSE = timedelta(seconds=2)
# routes whose limit is not documented
OTHERS = "others"
# calls a user may make in 15 minutes (docs, 2026-08)
USER_LIMITS = {
    "me": 75,
    "mentions": 300,
    "timeline": 900,
    "lookup": 900,
    "reply": 100,
    "delete": 50,
    "hide": 50,
    "like": 50,
    "search": 300,
    "dm_delete": 300,
    OTHERS: 450,
    "dm_events": 15,
    "dm_send": 15,
}
_TITLES = {
    400: "Invalid Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found Error",
    429: "Too Many Requests",
    503: "Service Unavailable",
}


class Refused(Exception):
    """A request X says no to."""

    def __init__(self, status: int, detail: str, kind: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind

    def response(self) -> Response:
        """Answer as X does: problem+json."""
        return problem(self.status, str(self), self.kind)


def problem(status: int, detail: str, kind: str = "") -> Response:
    """Make an error body of the v2 API."""
    name = PROBLEMS + kind if kind else "about:blank"
    body = {"title": _TITLES.get(status, "Error"), "detail": detail, "type": name, "status": status}
    return json_response(body, status)


class Gate:
    """Lets requests in with the right token, often enough and no more."""

    def __init__(
        self, tokens: TokenStore, clock: Callable[[], datetime], bearer_token: str
    ) -> None:
        self._tokens = tokens
        self._clock = clock
        self._bearer_token = bearer_token
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, str], tuple[datetime, int]] = {}
        self.limits = dict(USER_LIMITS)

    def app(self, request: Request) -> None:
        """Let in the developer app itself."""
        if _bearer(request) != self._bearer_token:
            raise Refused(401, "Unauthorized")

    def user(self, request: Request, scope: str) -> Grant:
        """Let in a user whose token has this scope."""
        grant = self._tokens.find(_bearer(request))
        if grant is None:
            raise Refused(401, "Unauthorized")
        if scope not in grant.scopes:
            raise Refused(403, f"The token lacks the scope {scope}.")
        return grant

    def count(self, request: Request, name: str) -> None:
        """Count a call against its limit; its state goes out with the answer."""
        limit, left, reset = self._use(request, name)
        request.environ["x.rate"] = (limit, max(left, 0), reset)
        if left < 0:
            raise Refused(429, "Too Many Requests")

    def stamp(self, request: Request, response: Response) -> None:
        """Add the rate-limit headers, which every answer of the API carries."""
        if not request.path.startswith("/2/") or "x-rate-limit-reset" in response.headers:
            return
        limit, left, reset = request.environ.get("x.rate") or self._use(request, OTHERS)
        response.headers["x-rate-limit-limit"] = str(limit)
        response.headers["x-rate-limit-remaining"] = str(max(left, 0))
        response.headers["x-rate-limit-reset"] = str(int(reset.timestamp()))

    def _use(self, request: Request, name: str) -> tuple[int, int, datetime]:
        """Use up a call; gives the limit, what is left of it, and when the window ends."""
        now, limit = self._clock(), self.limits[name]
        with self._lock:
            start, used = self._windows.get((_bearer(request), name), (now, 0))
            if now - start >= WINDOW:
                start, used = now, 0
            self._windows[_bearer(request), name] = (start, used + 1)
        return limit, limit - used - 1, start + WINDOW

    def fault(self, kind: str) -> Response:
        """Answer as X does when it has had enough, or is broken."""
        if kind == "rate_limit":
            response = problem(429, "Too Many Requests")
            reset = self._clock() + FAULT_PAUSE
            response.headers["x-rate-limit-limit"] = "100"
            response.headers["x-rate-limit-remaining"] = "0"
            response.headers["x-rate-limit-reset"] = str(int(reset.timestamp()))
            return response
        return problem(503, "Service Unavailable")


def guarded(handler: Callable[..., Response]) -> Callable[..., Response]:
    """Turn a `Refused` into its answer."""

    def wrapped(request: Request, **values: str) -> Response:
        try:
            return handler(request, **values)
        except Refused as error:
            return error.response()

    return wrapped


def _bearer(request: Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind == "Bearer" else ""
