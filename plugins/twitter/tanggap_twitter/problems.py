"""Turn X's error answers into what the core does next, by status and problem type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from tanggap.sdk import (
    AuthExpired,
    Gone,
    HttpResponse,
    InvalidPayload,
    Payload,
    RateLimited,
    Rejected,
    Unavailable,
)

# the windows of the API are 15 minutes; used where no header tells the end of one
WINDOW = timedelta(minutes=15)
# out of credits or over the monthly cap: a person must act, so asking often helps nobody
CAP_PAUSE = timedelta(hours=6)
MAX_PAUSE = timedelta(hours=24)
MAX_DETAIL = 300

_CAPPED = "usage-capped"
_CAP_TEXT = (
    "X has stopped this app: its monthly cap or its credits are used up. "
    "Raise the cap or buy credits in the X developer console."
)
_FORBIDDEN_HINTS = {
    "client-forbidden": "The developer app may not use this part of the API: check its plan.",
    "not-authorized-for-resource": "The author's account is protected or has blocked this one.",
    "disallowed-resource": "X does not allow this for such a post.",
    "": (
        "On self-serve plans X lets an account reply only to posts that mention it or quote it; "
        "it also refuses a text sent before, and replies or messages the author has closed."
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error body says; `kind` is the end of its problem type, empty where generic."""

    status: int
    kind: str = ""
    detail: str = ""

    @property
    def code(self) -> str:
        """Name the error as the outbox shows it."""
        return f"{self.status}/{self.kind}" if self.kind else str(self.status)

    @property
    def shown(self) -> str:
        """Say what happened, with X's own words where there are any."""
        return f"X answered {self.status}: {self.detail}" if self.detail else self.plain

    @property
    def plain(self) -> str:
        """Say what happened without X's words."""
        return f"X answered {self.status} without an explanation."


def raise_for(response: HttpResponse, *, writing: bool) -> NoReturn:
    """Raise the SDK's error for an answer that is no success."""
    problem = read_problem(response)
    status = problem.status
    if status == 402 or problem.kind == _CAPPED:
        _raise_capped(problem, writing=writing)
    if status == 429:
        raise RateLimited(pause(response, datetime.now(UTC)), problem.shown)
    if status >= 500 or status == 408:
        raise Unavailable(problem.shown)
    if status == 401:
        raise AuthExpired(f"{problem.shown} Connect the account again.")
    if status == 403:
        _raise_forbidden(problem, writing=writing)
    if status in {404, 410}:
        raise Gone(problem.shown, problem.code)
    raise Rejected(problem.shown, problem.code)


def _raise_capped(problem: Problem, *, writing: bool) -> NoReturn:
    if writing:
        raise Rejected(_CAP_TEXT, problem.code)
    raise RateLimited(CAP_PAUSE, _CAP_TEXT)


def _raise_forbidden(problem: Problem, *, writing: bool) -> NoReturn:
    hint = _FORBIDDEN_HINTS.get(problem.kind, "")
    if writing:
        raise Rejected(f"{problem.shown} {hint}".strip(), problem.code)
    cause = "app_not_approved" if problem.kind == "client-forbidden" else "missing_scope"
    raise AuthExpired(
        f"{problem.shown} Check the app's plan, then connect the account again.",
        "app_not_approved" if cause == "app_not_approved" else "missing_scope",
    )


def pause(response: HttpResponse, now: datetime) -> timedelta:
    """Tell how long to wait: until the window that is used up ends, the day's before the quarter's.

    X documents no Retry-After (2026-08); `x-rate-limit-reset` is in Unix seconds.
    """
    for limit in ("x-user-limit-24hour", "x-app-limit-24hour"):
        if header(response, f"{limit}-remaining") == "0":
            return _until(header(response, f"{limit}-reset"), now)
    return _until(header(response, "x-rate-limit-reset"), now)


def _until(reset: str, now: datetime) -> timedelta:
    if not (reset.isascii() and reset.isdigit()) or len(reset) > 11:
        return WINDOW
    left = timedelta(seconds=int(reset) - int(now.timestamp()) + 1)
    return min(max(left, timedelta(seconds=1)), MAX_PAUSE)


def header(response: HttpResponse, name: str) -> str:
    """Read a header whatever its case; empty where it is missing."""
    return next((v for key, v in response.headers.items() if key.lower() == name), "")


def read_problem(response: HttpResponse) -> Problem:
    """Read any of X's four error forms; a body that is none of them leaves the status alone."""
    try:
        body = Payload(response.json()).mapping()
        found = next(_problems(body), None)
    except (ValueError, InvalidPayload, RecursionError):
        found = None
    return Problem(response.status_code, *(found or ("", "")))


def _problems(body: Payload) -> Iterator[tuple[str, str]]:
    """Yield kind and detail of each problem in a body, the top one first."""
    entries = [body, *(body.items("errors") if body.has("errors") else ())]
    for entry in entries:
        kind = _text(entry, "type").rsplit("/", 1)[-1].replace("about:blank", "")
        words = (_text(entry, name) for name in ("detail", "message", "error_description", "title"))
        detail = next((said for said in words if said), "")
        if kind or detail:
            yield kind, detail[:MAX_DETAIL]


def _text(entry: Payload, name: str) -> str:
    value = entry.value.get(name) if isinstance(entry.value, dict) else None
    return value.strip() if isinstance(value, str) else ""
