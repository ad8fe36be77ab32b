"""Deliver webhooks in the background, in order, with a platform's retries sped up."""

from __future__ import annotations

import heapq
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import httpx

RETRY_DELAYS = (0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
TIMEOUT = 10.0

Sign = Callable[[bytes], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What our callback URL said."""

    status: int
    content_type: str
    body: bytes


@dataclass(order=True, slots=True)
class _Parcel:
    due: float
    number: int
    url: str = field(compare=False)
    body: bytes = field(compare=False)
    sign: Sign = field(compare=False)
    retries: Sequence[float] = field(compare=False)
    attempt: int = field(compare=False, default=0)


@cache
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context()


def client() -> httpx.Client:
    """Make an HTTP client that heeds no proxy settings; certificates are read only once."""
    return httpx.Client(timeout=TIMEOUT, trust_env=False, verify=_certificates())


class Courier:
    """One thread that carries webhooks; a failed one is tried again after each delay in turn.

    Counts: `sent` is attempts made, `accepted` answered with 2xx, `failed` given up, `pending`
    waiting or under way, `dropped` never sent because a fault said so.
    """

    def __init__(self, delays: Sequence[float] = RETRY_DELAYS) -> None:
        self._delays = delays
        self._changed = threading.Condition()
        self._heap: list[_Parcel] = []
        self._number = 0
        self._counts = dict.fromkeys(("sent", "accepted", "failed", "pending", "dropped"), 0)
        self._closed = False
        self._client = client()
        self._thread: threading.Thread | None = None

    def put(self, url: str, body: bytes, sign: Sign, *, retry: bool = True) -> None:
        """Queue one webhook; `sign` gives its headers at each attempt."""
        with self._changed:
            if self._closed:
                return
            self._number += 1
            self._counts["pending"] += 1
            retries = self._delays if retry else ()
            parcel = _Parcel(time.monotonic(), self._number, url, body, sign, retries)
            heapq.heappush(self._heap, parcel)
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
                self._thread.start()

    def drop(self) -> None:
        """Count a webhook that is never sent."""
        with self._changed:
            self._counts["dropped"] += 1

    def call(self, url: str, params: Mapping[str, str]) -> Answer | None:
        """Ask our callback URL something, as a challenge does; None when nothing answers."""
        try:
            answer = self._client.get(url, params=dict(params))
        except httpx.HTTPError:
            return None
        return Answer(answer.status_code, answer.headers.get("content-type", ""), answer.content)

    def counts(self) -> dict[str, int]:
        """Tell how many deliveries are in which state."""
        with self._changed:
            return dict(self._counts)

    def flush(self, timeout: float = 60.0) -> bool:
        """Wait until nothing is pending; False when that took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: self._counts["pending"] == 0, timeout)

    def close(self) -> None:
        """Stop at once; what is still pending stays undelivered."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(TIMEOUT)
        self._client.close()

    def _run(self) -> None:
        while (parcel := self._next()) is not None:
            accepted = self._send(parcel)
            with self._changed:
                self._settle(parcel, accepted)
                self._changed.notify_all()

    def _next(self) -> _Parcel | None:
        with self._changed:
            while not self._closed:
                wait = self._heap[0].due - time.monotonic() if self._heap else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._heap)
                self._changed.wait(wait)
        return None

    def _send(self, parcel: _Parcel) -> bool:
        headers = {"Content-Type": "application/json", **parcel.sign(parcel.body)}
        try:
            answer = self._client.post(parcel.url, content=parcel.body, headers=headers)
        except httpx.HTTPError:
            return False
        return answer.is_success

    def _settle(self, parcel: _Parcel, accepted: bool) -> None:
        self._counts["sent"] += 1
        if not accepted and parcel.attempt < len(parcel.retries):
            parcel.due = time.monotonic() + parcel.retries[parcel.attempt]
            parcel.attempt += 1
            heapq.heappush(self._heap, parcel)
            return
        self._counts["pending"] -= 1
        self._counts["accepted" if accepted else "failed"] += 1
