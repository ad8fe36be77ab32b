"""Go easy on platforms: a token bucket an account, and the rate limits that answers tell of."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Lock
from urllib.parse import urlsplit

from tanggap.sdk.channel import HttpResponse
from tanggap.sdk.errors import RateLimited

PER_SECOND = 10.0
BURST = 40.0
LONGEST = timedelta(hours=24)
_REMAINING = ("x-rate-limit-remaining", "x-ratelimit-remaining", "ratelimit-remaining")
_RESET = ("x-rate-limit-reset", "x-ratelimit-reset", "ratelimit-reset")
_ID = re.compile(r"[^/]*\d[^/]*|urn[^/]*")
# A number this large is a moment and not a wait.
_EPOCH = 1_000_000_000


class Throttle:
    """What one account may still send, as far as this process knows.

    Requests wait for the bucket; a route that the platform has closed is not asked again before
    it opens: `RateLimited` says when that is.
    """

    def __init__(self, per_second: float = PER_SECOND, burst: float = BURST) -> None:
        self._per_second = per_second
        self._burst = burst
        self._tokens = burst
        self._filled_at = time.monotonic()
        self._closed: dict[str, datetime] = {}
        self._lock = Lock()

    def wait(self, method: str, url: str, *, until: float) -> None:
        """Wait for room; raises `RateLimited` where the wait would be longer than the call."""
        opens = self._closed.get(_route(method, url))
        if opens is not None and opens > (now := datetime.now(UTC)):
            raise RateLimited(opens - now)
        seconds = self._take()
        if time.monotonic() + seconds >= until:
            raise RateLimited(timedelta(seconds=seconds))
        if seconds > 0:
            time.sleep(seconds)

    def learn(self, method: str, url: str, answer: HttpResponse) -> None:
        """Note what an answer says about the next request of its kind."""
        now = datetime.now(UTC)
        opens = None
        if answer.status_code in (429, 503):
            opens = retry_at(answer.headers, now)
        if opens is None and _number(_first(answer.headers, _REMAINING)) == 0:
            opens = reset_at(answer.headers, now)
        if opens is not None and opens > now:
            self._closed[_route(method, url)] = min(opens, now + LONGEST)

    def _take(self) -> float:
        """Take a token, on credit if need be, and tell after how many seconds it is there."""
        with self._lock:
            now = time.monotonic()
            grown = self._tokens + (now - self._filled_at) * self._per_second
            self._tokens, self._filled_at = min(self._burst, grown) - 1, now
            return max(0.0, -self._tokens / self._per_second)


def retry_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Read `Retry-After`, in seconds or as a date."""
    written = headers.get("retry-after")
    seconds = _number(written)
    if seconds is not None:
        return now + timedelta(seconds=min(seconds, LONGEST.total_seconds()))
    try:
        moment = parsedate_to_datetime(written or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def reset_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Read when a rate limit begins anew, in seconds from now or as a Unix time."""
    number = _number(_first(headers, _RESET))
    if number is None:
        return None
    if number < _EPOCH:
        return now + timedelta(seconds=min(number, LONGEST.total_seconds()))
    return min(datetime.fromtimestamp(min(number, 2**33), UTC), now + LONGEST)


def _first(headers: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((headers[name] for name in names if name in headers), None)


def _number(written: str | None) -> float | None:
    try:
        number = float(written or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _route(method: str, url: str) -> str:
    """Name the kind of a request: its method and path, ids left out."""
    parts = urlsplit(url)
    steps = ["*" if _ID.fullmatch(step) else step for step in parts.path.split("/")]
    return f"{method.upper()} {parts.netloc}{'/'.join(steps)}"
