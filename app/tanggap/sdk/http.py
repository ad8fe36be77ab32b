"""How a channel calls its platform: through a client that the core hands it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from tanggap.sdk.attaching import AttachedFile


class HttpResponse(Protocol):
    """An answer of the injected client; the body is at most a few MiB."""

    @property
    def status_code(self) -> int: ...  # noqa: D102
    @property
    def headers(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102

    def json(self) -> object:
        """Decode the body; raises `ValueError` when it is not JSON."""
        ...


class Http(Protocol):
    """The core's HTTP client: time-outs, user agent, metering and test recording come with it."""

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
    ) -> HttpResponse:
        """Send one request and return any answer, whatever its status.

        With `files` the body is a multipart form of them and the values of `form`.
        Raises `Unavailable` on network faults and time-outs; its `reached` says whether the
        platform may have acted.
        """
        ...
