"""A database that is away is told as such, to whoever asks for whatever."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from tanggap.inbox.services import Services
from tanggap.store.db import Database
from visitors import Visitor, pages

SAID = "The database cannot be used at the moment."


class Outage:
    """Takes the database away, and brings it back."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def begin(self) -> None:
        """Refuse every session from now on, as a server that was stopped does."""

        def refuse(_database: Database) -> None:
            cause = ConnectionError("connection refused: secret detail")
            raise OperationalError("SELECT 1", {}, cause)

        self._monkeypatch.setattr(Database, "_open", refuse)

    def end(self) -> None:
        """Let sessions be opened again."""
        self._monkeypatch.undo()


@pytest.fixture
def admin(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services)


@pytest.fixture
def outage() -> Iterator[Outage]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield Outage(monkeypatch)


def test_every_page_says_that_the_database_is_away(
    app: Flask, admin: Visitor, outage: Outage
) -> None:
    addresses = dict(pages(app))
    outage.begin()
    answers = {
        name: admin.client.get(address, headers={"Accept": "text/html"})
        for name, address in addresses.items()
    }
    away = {name for name, answer in answers.items() if answer.status_code == 503}
    assert {name for name, answer in answers.items() if answer.status_code == 500} == set()
    assert {"inbox.index", "accounts.index", "auth.login", "public_page.show"} <= away
    for name in away - {"health.readyz"}:
        assert SAID in answers[name].text or "tidak dapat dipakai" in answers[name].text, name
        assert "secret detail" not in answers[name].text
        assert "Retry-After" in answers[name].headers, name
    outage.end()
    assert admin.get("/inbox").status_code == 200


def test_scripts_and_programs_are_told_in_their_own_shape(admin: Visitor, outage: Outage) -> None:
    outage.begin()
    script = admin.client.get("/live", headers={"Accept": "application/json"})
    assert (script.status_code, script.json["error"]["code"]) == (503, "service_unavailable")  # type: ignore[index]
    program = admin.client.get("/api/v1/me", headers={"Authorization": "Bearer tgp_1_x"})
    assert program.status_code == 503
    assert program.json["code"] == "service_unavailable"  # type: ignore[index]


def test_language_of_a_person_who_was_known_already_is_kept(
    app: Flask, admin: Visitor, outage: Outage
) -> None:
    def broken() -> str:
        outage.begin()
        raise OperationalError("SELECT 1", {}, ConnectionError("gone"))

    app.view_functions["notifications.index"] = broken
    assert SAID in admin.get("/notifications").text
