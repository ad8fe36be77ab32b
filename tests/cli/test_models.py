"""`tanggap models`: which one serves, the way back, a candidate beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from rich.console import Console
from sqlalchemy import select

from bundles import make_bundle, write_comparison
from fakes import incoming
from tanggap.inbox.learning.shadow import Shadow
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import open_services
from tanggap.inbox.triage.triage import triage_pending
from tanggap.settings import Settings
from tanggap.store.accounts import Account
from tanggap.store.audit import AuditEntry
from tanggap.store.db import open_database

Run = Callable[..., Result]


@pytest.fixture
def first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ready: Run) -> Path:
    folder = make_bundle(tmp_path / "first", "first")
    monkeypatch.setenv("TANGGAP_MODEL_DIR", str(folder))
    return folder


@pytest.fixture
def second(tmp_path: Path, first: Path) -> Path:
    folder = make_bundle(tmp_path / "second", "second", words={"mati": "praise"})
    write_comparison(folder, first)
    return folder


def test_versions_are_listed_whole_on_a_narrow_screen(
    run: Run, tmp_path: Path, first: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tanggap.cli.models.console", Console(width=80))
    folder = make_bundle(tmp_path / "second", "2026.11.23-97c03e82", words={"mati": "praise"})
    write_comparison(folder, first)
    assert run("models", "activate", str(folder)).exit_code == 0
    assert "2026.11.23-97c03e82" in run("models", "list").output


def test_candidate_is_listed_activated_and_rolled_back(
    run: Run, second: Path, data_dir: Path
) -> None:
    done = run("models", "activate", str(second))
    assert done.exit_code == 0, done.output
    assert "second serves now; before it was first." in done.output
    assert "The candidate is better." in done.output
    listed = run("models", "list").output
    assert "active" in listed
    assert "`tanggap models rollback` leads back to first" in listed
    assert "version second" in run("doctor").output
    done = run("models", "rollback", "--reason", "too eager")
    assert "first serves again; second does not any more." in done.output
    assert run("models", "rollback").exit_code == 1
    database = open_database(Settings(data_dir=data_dir))
    with database.read() as session:
        entries = list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    database.close()
    assert entries[-1].action == "model.rolled_back"
    assert entries[-1].detail["reason"] == "too eager"
    assert "@" in entries[-1].detail["by"]


def test_worse_candidate_needs_force_and_a_reason(run: Run, second: Path, first: Path) -> None:
    write_comparison(second, first, verdict="worse", sentence="second is worse.")
    refused = run("models", "activate", str(second))
    assert refused.exit_code == 1
    assert "second is worse" in refused.output
    assert "--force" in refused.output
    assert run("models", "activate", str(second), "--force").exit_code == 2
    done = run("models", "activate", str(second), "--force", "--reason", "new products")
    assert done.exit_code == 0
    assert "Forced, although second is worse." in done.output


def test_gate_set_is_frozen_by_its_contents(run: Run, second: Path, tmp_path: Path) -> None:
    gate = tmp_path / "gate.jsonl"
    gate.write_text("{}\n", "utf-8")
    assert "gate.jsonl (" in run("models", "gate", str(gate)).output
    refused = run("models", "activate", str(second))
    assert "another gate set" in refused.output


def test_candidate_beside_the_active_one_is_reported(
    run: Run, second: Path, first: Path, data_dir: Path
) -> None:
    assert run("models", "report").exit_code == 1
    assert "held against every new post" in run("models", "shadow", str(second)).output
    services = open_services(Settings(data_dir=data_dir, model_dir=str(first)))
    with services.database.write() as session:
        account = Account(channel="fake", external_id="brand", name="B", handle="b")
        session.add(account)
        session.flush()
        texts = ("internet mati [bold red]\x1b[31m", "kapan buka", "wkwk")
        events = [incoming(str(n), text, thread_id=str(n)) for n, text in enumerate(texts)]
        record_events(session, account, events, source="poll")
    triage_pending(services)
    Shadow(services).run()
    services.close()
    report = run("models", "report").output
    assert "second: 3 posts compared." in report
    assert "It agrees on 1 (33.3%" in report
    assert "internet mati [bold red][31m" in report
    assert "\x1b" not in report
    assert "second does not run any more" in run("models", "shadow", "off").output


def test_broken_bundles_are_listed_with_their_reason(run: Run, first: Path, data_dir: Path) -> None:
    (data_dir / "models" / "half").mkdir(parents=True)
    listed = run("models", "list")
    assert listed.exit_code == 0
    assert "broken" in listed.output


def test_old_schema_is_refused_with_the_way_out(run: Run) -> None:
    assert "tanggap db upgrade" in run("models", "list").output
