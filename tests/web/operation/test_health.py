"""What load balancers read."""

from __future__ import annotations

import pytest
from flask import Flask

from tanggap.app import create_app
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks


@pytest.fixture
def tasks(services: Services) -> Tasks:
    return Tasks(services, open_queue(services.settings, services.keys, immediate=True))


@pytest.fixture
def app(tasks: Tasks) -> Flask:
    return create_app(tasks=tasks)


def test_process_says_that_it_is_alive_without_signing_in(app: Flask) -> None:
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json["status"]) == (200, "ok")  # type: ignore[index]


def test_every_part_is_reported_ready(app: Flask) -> None:
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 200, answer.text
    assert answer.json["parts"].keys() == {"database", "queue", "model"}  # type: ignore[index]


def test_part_that_does_not_work_makes_503_with_its_reason(
    app: Flask, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> int:
        raise ConnectionError("connection refused")

    monkeypatch.setattr(tasks.huey, "pending_count", refuse)
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    parts = answer.json["parts"]  # type: ignore[index]
    assert parts["queue"] == {"ok": False, "reason": "it does not answer: connection refused"}
    assert parts["database"]["ok"]
