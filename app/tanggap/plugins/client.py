"""The HTTP client as one plugin sees it: its own hosts, its own time, nothing after that."""

from __future__ import annotations

import time
from collections.abc import Mapping

from tanggap.plugins.hosts import HostRefusedError, host_of, is_allowed
from tanggap.plugins.throttle import Throttle
from tanggap.sdk.attaching import AttachedFile
from tanggap.sdk.channel import Http, HttpResponse
from tanggap.sdk.errors import Unavailable


class BoundClient:
    """A client for one call of one plugin; the call's time limit is its own as well.

    A call that was given up cannot send anything any more, whatever its thread does later: what
    the core has written down as unknown stays as it is on the platform.
    """

    def __init__(
        self, http: Http, plugin: str, hosts: frozenset[str], throttle: Throttle | None = None
    ) -> None:
        self._http = http
        self._plugin = plugin
        self._hosts = hosts
        self._throttle = throttle
        self._ends_at = float("inf")
        self._over = False

    def start(self, seconds: float) -> None:
        """Begin the call's time."""
        self._ends_at = time.monotonic() + seconds
        self._over = False

    def give_up(self) -> None:
        """Refuse every further request."""
        self._over = True

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
        """Send one request; see `tanggap.sdk.Http`."""
        host = host_of(url)
        if not is_allowed(host, self._hosts):
            raise HostRefusedError(self._plugin, host)
        if self._throttle is not None:
            self._throttle.wait(method, url, until=self._ends_at)
        if self._over or time.monotonic() >= self._ends_at:
            raise Unavailable(f"the time for calling {host} is over", reached=False)
        more = {} if files is None else {"files": files}
        answer = self._http.request(
            method, url, params=params, json=json, form=form, headers=headers, **more
        )
        if self._throttle is not None:
            self._throttle.learn(method, url, answer)
        return answer
