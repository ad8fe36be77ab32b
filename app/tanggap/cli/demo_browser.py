"""Connect accounts in the demo as a person would: sign in, follow the links, press the buttons."""

from __future__ import annotations

import time
from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

from tanggap.cli.processes import Children
from tanggap.errors import TanggapError
from tanggap.sdk.simulator import approve

READY_SECONDS = 60.0


class DemoError(TanggapError):
    """The demo cannot go on; the message names the log to read."""


class Browser:
    """A browser without a window: cookies, links and forms of our own pages."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        # Pages are made by a machine under load; the environment's proxies know no loopback.
        self._client = httpx.Client(timeout=30, follow_redirects=True, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def wait_until_ready(self, children: Children) -> None:
        """Wait for the web server; raises `DemoError` with what it says is missing."""
        last = "it does not answer"
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and children.dead() is None:
            try:
                answer = self._client.get(f"{self._base_url}/readyz")
            except httpx.TransportError:
                time.sleep(0.2)
                continue
            if answer.status_code == 200:
                return
            last = answer.text
            time.sleep(0.5)
        raise DemoError(f"the web server is not ready: {last}; read {children.log('web')}")

    def sign_in(self, email: str, password: str) -> None:
        """Sign in through the form."""
        page = self._open("/login")
        answer = self._submit(page, "/login", {"email": email, "password": password})
        if answer.status_code != 200 or answer.url.path == "/login":
            raise DemoError(f"signing in was answered with {answer.status_code}")

    def connect(self, channel: str) -> None:
        """Connect one account through the platform's consent page."""
        start = f"/admin/accounts/{channel}/connect"
        leaving = self._submit(self._open("/admin/accounts"), start, {})
        consent = _Page(leaving.text).link("leave")
        if consent is None:
            raise DemoError(f"{channel}: no way to the consent page from {leaving.url}")
        back = self._client.get(approve(consent))
        page = _Page(back.text)
        if page.ticks:
            fields = {"ticket": page.hidden["ticket"], "external_id": page.ticks[0]}
            back = self._submit(back, f"/admin/accounts/{channel}/choose", fields)
        if back.status_code != 200 or back.url.path != "/admin/accounts":
            raise DemoError(f"{channel}: connecting was answered with {back.status_code}")

    def type_account(self, channel: str, values: Mapping[str, str]) -> None:
        """Connect an account by the values that its platform wants typed."""
        form = f"/admin/accounts/{channel}/form"
        back = self._submit(self._open(form), form, values)
        if back.status_code != 200 or back.url.path != "/admin/accounts":
            raise DemoError(f"{channel}: connecting was answered with {back.status_code}")

    def _open(self, path: str) -> httpx.Response:
        answer = self._client.get(self._base_url + path)
        if answer.status_code != 200:
            raise DemoError(f"{path} was answered with {answer.status_code}")
        return answer

    def _submit(
        self, page: httpx.Response, action: str, fields: Mapping[str, str]
    ) -> httpx.Response:
        token = _Page(page.text).hidden.get("csrf_token", "")
        data = {"csrf_token": token, **fields}
        return self._client.post(urljoin(self._base_url, action), data=data)


class _Page(HTMLParser):
    """The hidden fields, ticked accounts and links with an id of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.ticks: list[str] = []
        self._links: dict[str, str] = {}
        self.feed(html)

    def link(self, element_id: str) -> str | None:
        return self._links.get(element_id)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "a" and "id" in found:
            self._links[found["id"]] = found.get("href", "")
        elif tag == "input" and found.get("type") == "hidden":
            self.hidden.setdefault(found.get("name", ""), found.get("value", ""))
        elif tag == "input" and found.get("name") == "external_id":
            self.ticks.append(found.get("value", ""))
