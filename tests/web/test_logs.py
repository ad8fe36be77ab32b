"""Log lines: one shape, with the id of the request, never with local variables."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from flask import Flask

from tanggap.settings import Settings
from tanggap.web.logs import configure_logging


@pytest.fixture
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def fail() -> None:
    secret = "hunter2"
    raise RuntimeError(f"{len(secret)} characters")


@pytest.mark.usefixtures("_restored")
@pytest.mark.parametrize("log_format", ["json", "console"])
def test_error_is_logged_with_its_traceback_and_without_local_variables(
    capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure_logging(Settings(log_format=log_format))
    try:
        fail()
    except RuntimeError:
        structlog.get_logger("tanggap.test").exception("it broke")
    written = capsys.readouterr().err
    assert "RuntimeError: 7 characters" in written
    assert "hunter2'" not in written.replace('secret = "hunter2"', "")


@pytest.mark.usefixtures("_restored")
def test_json_lines_bear_the_request_and_foreign_lines_look_the_same(
    capsys: pytest.CaptureFixture[str], app: Flask
) -> None:
    configure_logging(Settings(log_format="json"))
    answer = app.test_client().get("/login")
    logging.getLogger("gunicorn.error").warning("worker %s", 7)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    request = next(line for line in lines if line["event"] == "request")
    assert request["request_id"] == answer.headers["X-Request-ID"]
    assert (request["path"], request["status"], request["level"]) == ("/login", 200, "info")
    assert lines[-1]["event"] == "worker 7"


@pytest.mark.usefixtures("_restored")
def test_queue_that_is_away_is_told_once_and_not_by_every_thread_all_the_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure_logging(Settings(log_format="json"))
    worker = logging.getLogger("huey.consumer.Worker")
    for number in range(9):
        worker.error("Error reading from queue")
        worker.error("Unhandled error of task %s", number)
    monkeypatch.setattr("tanggap.web.logs.SELDOM_SECONDS", 0.0)
    worker.error("Error reading from queue")
    events = [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]
    assert events.count("Error reading from queue") == 2
    assert len(events) == 11
