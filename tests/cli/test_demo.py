"""One command shows everything, and leaves nothing running."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import Result
from sqlalchemy import select

from tanggap.cli.demo import Stage, _play
from tanggap.cli.processes import Children
from tanggap.inbox.arrival import demo
from tanggap.inbox.services import Services
from tanggap.settings import Settings
from tanggap.store.accounts import ACTIVE, Account
from tanggap.store.db import Database, open_database

Run = Callable[..., Result]
PATIENCE = 120.0
DAY = Path(__file__).parents[2] / "demo" / "day.jsonl"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "demo"


@pytest.fixture
def start(folder: Path, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    running: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        place = ["--data-dir", str(folder), "--info", str(tmp_path / "info.json"), "--port", "0"]
        process = subprocess.Popen(
            [sys.executable, "-m", "tanggap.cli", "demo", *place, *arguments],
            env={**os.environ, "TANGGAP_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:9/x"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def stored(folder: Path) -> Database:
    return open_database(Settings(data_dir=folder))


def answers(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), 2).close()
    except OSError:
        return False
    return True


@pytest.mark.slow
def test_day_is_played_to_its_end_on_accounts_connected_for_real(
    start: Callable[..., subprocess.Popen[str]], folder: Path, tmp_path: Path
) -> None:
    output, _ = start("--speed", "max", "--no-wait").communicate(timeout=PATIENCE)
    stage = json.loads((tmp_path / "info.json").read_text())
    assert "could not be played" not in output
    assert all(login["password"] in output for login in stage["logins"])
    database = stored(folder)
    with database.read() as session:
        accounts = session.scalars(select(Account)).all()
        now = demo.tally(session)
    database.close()
    assert {account.channel for account in accounts} == set(stage["simulators"])
    assert all(account.state == ACTIVE and account.webhook_subscribed_at for account in accounts)
    assert now.waiting == 0
    assert now.posts.keys() == set(stage["simulators"])
    assert now.posts.total() >= 150
    assert not any(map(answers, [stage["url"], *stage["simulators"].values()]))


def announced(process: subprocess.Popen[str], info: Path) -> dict[str, Any]:
    """Wait until the demo runs, and return where."""
    deadline = time.monotonic() + PATIENCE
    while not info.exists() or not info.read_text().endswith("}"):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.1)
    stage: dict[str, Any] = json.loads(info.read_text())
    return stage


def test_demo_that_is_ended_as_its_day_begins_waits_for_the_day_to_stop(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = threading.Thread.start

    def begin_and_be_ended(thread: threading.Thread) -> None:
        begin(thread)
        if thread.name == "day":
            raise KeyboardInterrupt

    steps = demo.read_script(DAY)
    with demo.running_simulators() as simulators:
        addresses = {key: platform.base_url for key, platform in simulators.items()}
        monkeypatch.setattr(threading.Thread, "start", begin_and_be_ended)
        with pytest.raises(KeyboardInterrupt):
            _play(Stage("", [], addresses), services, Children(tmp_path), steps, 1.0, no_wait=True)
        assert "day" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.slow
def test_demo_that_is_ended_early_leaves_nothing_running(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = start("--speed", "100")
    stage = announced(process, tmp_path / "info.json")
    assert answers(stage["url"])
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, output
    assert "Traceback" not in output
    assert not any(map(answers, [stage["url"], *stage["simulators"].values()]))


def test_folder_of_something_else_is_left_alone(run: Run, folder: Path) -> None:
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    result = run("demo", "--data-dir", str(folder))
    assert result.exit_code == 1
    assert "holds something else" in result.output
    assert (folder / "thesis.txt").exists()


@pytest.mark.parametrize("speed", ["fast", "0", "-1", "nan"])
def test_speed_that_makes_no_sense_is_refused(run: Run, speed: str) -> None:
    assert run("demo", "--speed", speed).exit_code == 2
