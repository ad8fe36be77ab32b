"""A program that calls the API with a token, as the API's tests need it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from factories import make_user
from tanggap.inbox.api_tokens import Wish, create_token, scopes_for
from tanggap.inbox.services import Services
from tanggap.store.users import AGENT

ROOT = "/api/v1"


class Program:
    """A test client that bears a token and no cookie."""

    def __init__(
        self,
        app: Flask,
        services: Services,
        role: str = AGENT,
        scopes: Collection[str] | None = None,
        user_id: int | None = None,
    ) -> None:
        self.client = app.test_client(use_cookies=False)
        with services.database.write() as session:
            self.user_id = user_id or make_user(session, role=role, language="en").id
            wanted = [one.value for one in scopes_for(role)] if scopes is None else scopes
            wish = Wish("tests", wanted, 30)
            self.token, self.secret = create_token(session, self.user_id, wish, longest=365)

    @property
    def head(self) -> dict[str, str]:
        """Give the header that bears the token."""
        return {"Authorization": f"Bearer {self.secret}"}

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        """Send a request, with a JSON body if there is one."""
        if body is not None:
            more["json"] = body
        head = {**self.head, **(headers or {})}
        return self.client.open(ROOT + path, method=method, headers=head, **more)

    def get(self, path: str) -> TestResponse:
        """Read."""
        return self.call("GET", path)

    def send(
        self, conversation_id: int, text: str, seen: int, key: str = "key-12345678", **more: Any
    ) -> TestResponse:
        """Answer a case."""
        body = {"text": text, "seen_post_id": seen, **more}
        path = f"/conversations/{conversation_id}/replies"
        return self.call("POST", path, body, {"Idempotency-Key": key})
