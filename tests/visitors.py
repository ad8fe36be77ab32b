"""Somebody at a browser, as the web tests need them: signed in, with CSRF tokens at hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from factories import make_user
from tanggap.inbox.people import sign_ins
from tanggap.inbox.services import Services
from tanggap.store.users import ADMIN
from tanggap.web.session import SIGN_IN

_VARIABLE = re.compile(r"<(?:(?P<kind>\w+)(?:\((?P<one>\w+)[^)]*\))?:)?\w+>")
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def address(rule: Rule) -> str:
    """Fill a route's variables in: a number, the first of several words, or a word."""
    return _VARIABLE.sub(
        lambda found: found["one"] or ("1" if found["kind"] == "int" else "fake"), rule.rule
    )


_ELSEWHERE: Final[Mapping[str, str]] = {
    "templates.edit": "/admin/templates/en/fake",
    "tone.edit": "/admin/tone/fake/en/1",
}
"""Routes whose addresses ask for more than a number or a word."""


def pages(app: Flask) -> Iterator[tuple[str, str]]:
    """List what people open, with the endpoints; programs' answers and our files are no pages."""
    for rule in app.url_map.iter_rules():
        program = rule.endpoint.startswith("api_") and rule.endpoint != "api_docs.page"
        if "GET" in (rule.methods or ()) and not program and rule.endpoint != "assets.file":
            yield rule.endpoint, _ELSEWHERE.get(rule.endpoint, address(rule))


class Visitor:
    """A test client that fills in the CSRF token as the page's own forms do."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.user_id: int | None = None
        self._token = ("", "")

    def sign_in(self, services: Services, role: str = ADMIN) -> Visitor:
        """Make a person of this role and begin their session."""
        with services.database.write() as session:
            self.user_id = make_user(session, role=role, language="en").id
        return self.come_back(services)

    def come_back(self, services: Services) -> Visitor:
        """Begin another session of the same person."""
        assert self.user_id is not None
        with services.database.write() as session:
            key = sign_ins.begin(
                session, self.user_id, device="", address="", lasts=timedelta(hours=1)
            )
        with self.client.session_transaction() as cookie:
            cookie["_user_id"] = f"{self.user_id}.1"
            cookie["_fresh"] = True
            cookie[SIGN_IN] = key
        return self

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path)

    def post(self, path: str, data: Mapping[str, object] | None = None) -> TestResponse:
        """Send a form."""
        return self.client.post(path, data={"csrf_token": self._find_token(), **(data or {})})

    def _find_token(self) -> str:
        """Take the token from a page, once for as long as the session keeps what it stands for."""
        with self.client.session_transaction() as cookie:
            secret = cookie.get("csrf_token", "")
        if not secret or secret != self._token[0]:
            pages = (self.client.get(path).text for path in ("/profile", "/login"))
            found = next(filter(None, map(_TOKEN.search, pages)), None)
            with self.client.session_transaction() as cookie:
                secret = cookie.get("csrf_token", "")
            self._token = (secret, found[1] if found else "")
        return self._token[1]
