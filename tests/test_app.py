"""The application as processes start it."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from tanggap.app import BLUEPRINTS, create_app
from tanggap.settings import Settings

ROOT = Path(__file__).parents[1]


def test_application_opens_its_own_services_from_settings(settings: Settings) -> None:
    app = create_app(settings)
    assert app.test_client().get("/healthz").status_code == 200
    app.extensions["tanggap"].services.close()


def test_every_blueprint_is_registered_once(settings: Settings) -> None:
    app = create_app(settings)
    assert len(BLUEPRINTS) == len(set(BLUEPRINTS))
    assert {one.name for one in BLUEPRINTS} <= set(app.blueprints)
    app.extensions["tanggap"].services.close()


def test_server_runs_as_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANGGAP_BIND", "127.0.0.1:9")
    monkeypatch.setenv("TANGGAP_WEB_THREADS", "5")
    config = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    assert (config["bind"], config["threads"]) == ("127.0.0.1:9", 5)
    assert (config["worker_class"], config["max_requests"]) == (
        "tanggap.web.http_worker.LingeringWorker",
        0,
    )
    assert config["control_socket_disable"]
