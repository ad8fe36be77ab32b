"""Send one message to one endpoint: checked address, one deadline for everything, no redirects."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Timer
from typing import Final

import httpx
from standardwebhooks import Webhook

import tanggap
from tanggap.plugins.http import host_header, pin
from tanggap.plugins.line_cutter import LineCutter, trusted
from tanggap.rules.covering import MARK
from tanggap.sdk.errors import Unavailable
from tanggap.settings import Settings
from tanggap.store.storable import storable

HEAD_LONGEST: Final = 2_000
_ERROR_LONGEST: Final = 255
_LONGEST_WAIT: Final = timedelta(hours=24)
_SECRET: Final = re.compile(
    r"cookie|auth|token|secret|key|signature|password|session", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try; `status` is None where there was no answer."""

    status: int | None
    error: str
    milliseconds: int
    request_head: str
    response_head: str
    wait: timedelta | None = None

    @property
    def heard(self) -> bool:
        """Whether the endpoint took the message."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message ready to leave: the same bytes that are signed are sent."""

    uid: str
    url: str
    body: bytes
    secrets: tuple[str, ...]


def send(settings: Settings, parcel: Parcel, now: datetime) -> Outcome:
    """Send a message; never raises, whatever the other side does."""
    headers = _headers(parcel, now)
    began = time.monotonic()
    url = httpx.URL(parcel.url)
    request_head = _request_head(url, headers, len(parcel.body))
    try:
        status, error, answered = _post(settings, url, headers, parcel.body)
    except Unavailable as refused:
        status, error, answered = None, str(refused), httpx.Headers()
    return Outcome(
        status=status,
        error=storable(error, _ERROR_LONGEST),
        milliseconds=round((time.monotonic() - began) * 1000),
        request_head=request_head,
        response_head=_response_head(status, answered) if status else "",
        wait=_wait(answered.get("retry-after", "")),
    )


def _headers(parcel: Parcel, now: datetime) -> dict[str, str]:
    """Sign as Standard Webhooks does, with every secret that holds now."""
    text = parcel.body.decode()
    signed = [Webhook(secret).sign(parcel.uid, now, text) for secret in parcel.secrets]
    return {
        "content-type": "application/json",
        "user-agent": f"tanggap/{tanggap.__version__}",
        "webhook-id": parcel.uid,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signed),
    }


def _post(
    settings: Settings, url: httpx.URL, headers: Mapping[str, str], body: bytes
) -> tuple[int | None, str, httpx.Headers]:
    pinned = pin(url, settings.private_hosts)
    seconds = settings.http_timeout_seconds
    line = LineCutter()
    timer = Timer(seconds, line.cut)
    timer.daemon = True
    timer.start()
    try:
        with (
            httpx.Client(timeout=seconds, follow_redirects=False, verify=trusted()) as client,
            client.stream(
                "POST",
                pinned,
                content=body,
                headers={**headers, "host": host_header(url)},
                extensions={"sni_hostname": url.host, "trace": line.watch},
            ) as response,
        ):
            return response.status_code, "", response.headers
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        if line.over or isinstance(error, httpx.TimeoutException):
            return None, f"no answer within {seconds} seconds", httpx.Headers()
        return None, f"{type(error).__name__}: {error}", httpx.Headers()
    finally:
        timer.cancel()


def _request_head(url: httpx.URL, headers: Mapping[str, str], length: int) -> str:
    query = f"?{MARK}" if url.query else ""
    lines = [f"POST {url.path}{query}", f"host: {host_header(url)}", f"content-length: {length}"]
    return storable("\n".join([*lines, *_covered(headers)]), HEAD_LONGEST)


def _response_head(status: int, headers: httpx.Headers) -> str:
    return storable("\n".join([str(status), *_covered(headers)]), HEAD_LONGEST)


def _covered(headers: Mapping[str, str]) -> list[str]:
    return [f"{name}: {MARK if _SECRET.search(name) else value}" for name, value in headers.items()]


def _wait(written: str) -> timedelta | None:
    """Read how long the endpoint wants to be left alone."""
    if not (written.isascii() and written.isdigit() and len(written) < 8):
        return None
    return min(timedelta(seconds=int(written)), _LONGEST_WAIT)
