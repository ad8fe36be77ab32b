"""Fetch a picture from where a platform keeps it: checked addresses, one deadline, bounded size."""

from __future__ import annotations

from threading import Timer
from typing import Final

import httpx

import tanggap
from tanggap.errors import TanggapError
from tanggap.inbox.media.form_photos import BYTES_MOST
from tanggap.plugins.http import host_header, pin
from tanggap.plugins.line_cutter import LineCutter, trusted
from tanggap.sdk.errors import Unavailable
from tanggap.settings import Settings

MOST_HOPS: Final = 3
SECONDS: Final = 20.0
"""How long a fetch may take, all redirects together."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PASSING: Final = frozenset({408, 425, 429})


class FetchError(TanggapError):
    """Nothing was fetched; `code` says why, and `again` whether another try may help."""

    def __init__(self, code: str, *, again: bool = False) -> None:
        super().__init__(f"the picture could not be fetched: {code}")
        self.code = code
        self.again = again


def fetch(settings: Settings, address: str) -> bytes:
    """Fetch a file; every address on the way is checked, and nothing of ours goes along.

    Raises `FetchError`.
    """
    cutter = LineCutter()
    timer = Timer(SECONDS, cutter.cut)
    timer.daemon = True
    timer.start()
    try:
        with httpx.Client(
            timeout=settings.http_timeout_seconds, follow_redirects=False, verify=trusted()
        ) as client:
            return _follow(client, settings, address, cutter)
    except (httpx.HTTPError, httpx.InvalidURL, Unavailable, OSError, ValueError) as error:
        raise FetchError("unreachable", again=True) from error
    finally:
        timer.cancel()


def _follow(client: httpx.Client, settings: Settings, address: str, cutter: LineCutter) -> bytes:
    url = httpx.URL(address)
    for _ in range(MOST_HOPS + 1):
        with client.stream(
            "GET",
            pin(url, settings.private_hosts),
            headers={
                "host": host_header(url),
                "user-agent": f"tanggap/{tanggap.__version__}",
                "accept-encoding": "identity",
            },
            extensions={"sni_hostname": url.host, "trace": cutter.watch},
        ) as response:
            if response.status_code not in _REDIRECTS:
                return _read(response)
            url = url.join(response.headers.get("location", ""))
    raise FetchError("gone")


def _read(response: httpx.Response) -> bytes:
    status = response.status_code
    if status >= 500 or status in _PASSING:
        raise FetchError("unreachable", again=True)
    if status != httpx.codes.OK:
        raise FetchError("gone")
    content = bytearray()
    # As it came: what is unpacked on the way has no bound, and pictures are packed already.
    for part in response.iter_raw():
        content += part
        if len(content) > BYTES_MOST:
            raise FetchError("too_large")
    return bytes(content)
