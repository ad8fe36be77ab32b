"""A program that calls the API with a token, as the API's tests need it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from factories import make_user
from tanggap.inbox.people.api_tokens import Wish, create_token, scopes_for
from tanggap.inbox.services import Services
from tanggap.store.users import AGENT, list_teams
from tanggap.web.api import spec

ROOT = "/api/v1"
_TEXTS = {
    "day": "2026-12-24",
    "start": "09:00",
    "end": "10:00",
    "first_day": "2026-12-24",
    "last_day": "2026-12-24",
    "until": "2027-01-01T00:00:00Z",
    "phone": "0812-3456-7890",
    "label": "question",
}


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

    def revision(self, path: str) -> int:
        """Read the revision of a case, which goes with its next change."""
        found: int = self.get(path).json["conversation"]["revision"]
        return found

    def send(
        self, conversation_id: int, text: str, seen: int, key: str = "key-12345678", **more: Any
    ) -> TestResponse:
        """Answer a case."""
        body = {"text": text, "seen_post_id": seen, **more}
        path = f"/conversations/{conversation_id}/replies"
        return self.call("POST", path, body, {"Idempotency-Key": key})


def team_ids(services: Services) -> list[int]:
    """List the ids of the teams."""
    with services.database.read() as session:
        return [team.id for team in list_teams(session)]


def fit_body(path: str, method: str, id_: int = 1) -> dict[str, Any] | None:
    """Make a body that fits an operation; whatever names an object names this one."""
    operation = spec.stored()["paths"].get(path, {}).get(method.lower(), {})
    if "requestBody" not in operation:
        return None
    body: dict[str, Any] = _value(
        operation["requestBody"]["content"]["application/json"]["schema"], "", id_
    )
    return body


def _value(schema: Mapping[str, Any], name: str, id_: int) -> Any:
    if "$ref" in schema:
        return _value(_schema(schema["$ref"].rpartition("/")[2]), name, id_)
    if "anyOf" in schema or "enum" in schema:
        return schema["enum"][0] if "enum" in schema else _value(schema["anyOf"][0], name, id_)
    kind = schema.get("type")
    if kind == "object":
        needed = schema.get("required", ())
        return {
            inner: _value(part, inner, id_)
            for inner, part in schema.get("properties", {}).items()
            if inner in needed or inner.endswith(("_id", "_ids"))
        }
    if kind == "array":
        least = max(schema.get("minItems", 0), name.endswith("_ids"))
        return [_value(schema["items"], name.removesuffix("s"), id_) for _ in range(least)]
    if kind == "integer":
        return id_ if name.endswith("id") else 1
    return {"boolean": True, "number": 1.0}.get(str(kind), _TEXTS.get(name, "abcdefgh"))


@cache
def _schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = spec.stored()["components"]["schemas"][name]
    return found
