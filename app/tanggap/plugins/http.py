"""The HTTP client that plugins are handed: time-outs, size cap, and no way into the own network."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

import tanggap
from tanggap.sdk.attaching import AttachedFile
from tanggap.sdk.errors import Unavailable
from tanggap.settings import Settings

MAX_ANSWER_BYTES = 5 * 1024 * 1024
_LEADS_TO_IPV4 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
_LOCAL_TRANSLATION = ipaddress.IPv6Network("64:ff9b:1::/48")
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Answer:
    """A platform's answer, read to its end."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 become replacement marks."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> object:
        """Decode the body; raises `ValueError` when it is not JSON."""
        return httpx.Response(200, content=self.content).json()


class HttpClient:
    """Sends one request at a time; redirects are handed back, not followed."""

    def __init__(self, settings: Settings) -> None:
        self._private_hosts = frozenset(settings.private_hosts)
        self._client = httpx.Client(
            timeout=settings.http_timeout_seconds,
            follow_redirects=False,
            headers={"user-agent": f"tanggap/{tanggap.__version__}"},
        )

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, AttachedFile] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request; see `tanggap.sdk.Http`."""
        try:
            target = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise Unavailable(f"{url!r} is not an address", reached=False) from error
        pinned = pin(target, self._private_hosts)
        arguments: dict[str, Any] = {
            "headers": {**(headers or {}), "host": host_header(target)},
            "extensions": {"sni_hostname": target.host},
        }
        if params:
            arguments["params"] = dict(params)
        if json is not None:
            arguments["json"] = json
        if form is not None:
            arguments["data"] = dict(form)
        if files is not None:
            arguments["files"] = {
                key: (file.name, file.content, file.media_type) for key, file in files.items()
            }
        return self._send(method, pinned, target.host, arguments)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _send(self, method: str, url: httpx.URL, host: str, arguments: dict[str, Any]) -> Answer:
        try:
            with self._client.stream(method, url, **arguments) as response:
                content = _read_capped(response, host)
                return Answer(response.status_code, response.headers, content)
        except _NOT_SENT as error:
            raise Unavailable(f"{host} cannot be reached: {error}", reached=False) from error
        except httpx.TransportError as error:
            what = f"{type(error).__name__}: {error}"
            raise Unavailable(f"{host} did not answer: {what}") from error


def pin(url: httpx.URL, private_hosts: Collection[str]) -> httpx.URL:
    """Resolve the host once and address the request to what was checked.

    A name that is looked up again when connecting could point elsewhere by then. Raises
    `Unavailable` for what is not to be called.
    """
    allowed = url.host in private_hosts or f"{url.host}:{url.port}" in private_hosts
    if url.scheme != "https" and not (allowed and url.scheme == "http"):
        raise Unavailable(f"{url.host}: only https addresses are called", reached=False)
    port = url.port or (443 if url.scheme == "https" else 80)
    return url.copy_with(host=safe_address(url.host, port, private=allowed))


def safe_address(host: str, port: int, *, private: bool = False) -> str:
    """Look a host up once, for a call to exactly what was checked.

    Raises `Unavailable` for one on a private address, unless it may be `private`.
    """
    address = _resolve(host, port)
    if not private and not _is_public(address):
        raise Unavailable(
            f"{host} is on a private address; list it in TANGGAP_PRIVATE_HOSTS if it "
            "should be called",
            reached=False,
        )
    return address


def _is_public(address: str) -> bool:
    """Tell whether an address is outside, also by the IPv4 address that it leads on to."""
    found = ipaddress.ip_address(address)
    if not isinstance(found, ipaddress.IPv6Address):
        return found.is_global
    inner = found.sixtofour
    if any(found in network for network in _LEADS_TO_IPV4):
        inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    if found.is_site_local or found in _LOCAL_TRANSLATION:
        return False
    return found.is_global and (inner is None or inner.is_global)


def _resolve(host: str, port: int) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unavailable(f"{host} cannot be found: {error}", reached=False) from error
    return str(found[0][4][0])


def host_header(url: httpx.URL) -> str:
    """Name the host as requests do that go to its address."""
    return url.netloc.decode("ascii")


def _read_capped(response: httpx.Response, host: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in response.iter_bytes():
        size += len(part)
        if size > MAX_ANSWER_BYTES:
            raise Unavailable(f"{host} answered with more than {MAX_ANSWER_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)
