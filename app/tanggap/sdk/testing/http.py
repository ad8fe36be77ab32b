"""HTTP clients for tests: scripted answers, a real one for loopback, and a watch on hosts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from tanggap.sdk.attaching import AttachedFile
from tanggap.sdk.channel import Channel, Http, HttpResponse
from tanggap.sdk.errors import Unavailable
from tanggap.sdk.types import Account, AppCredentials

TIMEOUT = 10.0


@dataclass(frozen=True)
class Answer:
    """A platform's answer; `body` is text, or any value that JSON can hold."""

    status_code: int = 200
    body: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body if isinstance(self.body, str) else json.dumps(self.body)

    def json(self) -> object:
        """Decode the body; raises `ValueError` when it is not JSON."""
        return json.loads(self.text)


class FakeHttp:
    """Gives the answers it was told, in turn, and keeps the calls.

    An answer is an `Answer`, the body of a good one, or an exception to raise, such as
    `Unavailable("...", reached=False)`. `always` is given once they are used up; without it a call
    too many is an error of the test.
    """

    def __init__(self, *answers: object, always: object = None) -> None:
        self.answers = list(answers)
        self.always = always
        self.calls: list[dict[str, Any]] = []

    def request(self, method: str, url: str, **given: Any) -> Answer:
        """Keep the call and give the next answer."""
        self.calls.append({"method": method, "url": url, **given})
        if not self.answers and self.always is None:
            raise AssertionError(f"no answer is left for {method} {url}")
        answer = self.answers.pop(0) if self.answers else self.always
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Answer) else Answer(200, answer)


class LoopbackHttp:
    """The core's client in small, for a simulator on this machine."""

    def __init__(self) -> None:
        self.client = httpx.Client(timeout=TIMEOUT, trust_env=False)

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
    ) -> httpx.Response:
        """Send one request; see `tanggap.sdk.Http`."""
        given: dict[str, Any] = {"headers": headers, "json": json}
        if params:
            given["params"] = dict(params)
        if form is not None:
            given["data"] = dict(form)
        if files is not None:
            given["files"] = {
                key: (file.name, file.content, file.media_type) for key, file in files.items()
            }
        try:
            return self.client.request(method, url, **given)
        except httpx.ConnectError as error:
            raise Unavailable(f"{url} cannot be reached: {error}", reached=False) from error
        except httpx.HTTPError as error:
            raise Unavailable(f"{url} did not answer: {error}") from error

    def close(self) -> None:
        """Give the connections back."""
        self.client.close()


class HostWatch:
    """Passes calls on and notes the hosts that the channel had not declared."""

    def __init__(self, http: Http, allowed: Iterable[str]) -> None:
        self.http = http
        self.allowed = frozenset(allowed)
        self.strangers: set[str] = set()

    def request(self, method: str, url: str, **given: Any) -> HttpResponse:
        """Pass one call on."""
        host = urlsplit(url).hostname or ""
        if not any(covers(pattern, host) for pattern in self.allowed):
            self.strangers.add(host)
        return self.http.request(method, url, **given)


def covers(pattern: str, host: str) -> bool:
    """Tell whether a declared host covers this one; `*.example.com` covers all below."""
    if pattern.startswith("*."):
        return host.lower().endswith(pattern[1:].lower())
    return host.lower() == pattern.lower()


def allowed_hosts(channel: Channel, app: AppCredentials, account: Account | None) -> set[str]:
    """List the hosts a channel may call: those it declares and those of its `url` fields."""
    typed = dict(app.config) | dict(account.config if account else {})
    fields = [*channel.app_fields, *(channel.connecting.fields if channel.connecting else ())]
    urls = (typed.get(field.name) or field.default for field in fields if field.kind == "url")
    return {*channel.hosts, *(host for url in urls if (host := urlsplit(url).hostname))}
