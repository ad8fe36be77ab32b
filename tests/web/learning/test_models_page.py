"""The models page: what serves, how a candidate does, and decisions with who and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bundles import make_bundle, write_comparison
from factories import make_account
from fakes import incoming
from tanggap.app import create_app
from tanggap.inbox.bundles import models_folder
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services, open_services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.audit import AuditEntry
from tanggap.store.users import AGENT, SUPERVISOR
from visitors import Visitor


@pytest.fixture
def own(services: Services, tmp_path: Path) -> Iterator[Services]:
    first = make_bundle(tmp_path / "first", "first")
    settings = replace(services.settings, model_dir=str(first))
    home = models_folder(settings)
    good = make_bundle(home / "good", "good", words={"mati": "praise"})
    write_comparison(good, first)
    bad = make_bundle(home / "bad", "bad", words={"mati": "none"})
    write_comparison(bad, first, verdict="worse", sentence="bad is worse than first: 0.5.")
    (home / "broken").mkdir()
    opened = open_services(settings, registry=services.registry, http=services.http)
    with opened.database.write() as session:
        make_account(session, opened)
    yield opened
    opened.close()


@pytest.fixture
def tasks(own: Services) -> Tasks:
    return Tasks(own, open_queue(own.settings, own.keys, immediate=True))


@pytest.fixture
def admin(own: Services, tasks: Tasks) -> Visitor:
    return Visitor(create_app(tasks=tasks)).sign_in(own)


def receive(own: Services, tasks: Tasks, *texts: str) -> None:
    events = [incoming(text, text, thread_id=text) for text in texts]
    with own.database.write() as session:
        record_events(session, make_account(session, external_id="b"), events, source="poll")
    tasks.sweep()


def page(visitor: Visitor) -> str:
    return visitor.get("/admin/models").text


def test_page_shows_what_serves_and_what_stands_against_the_others(admin: Visitor) -> None:
    shown = page(admin)
    for text in (
        "<code>first</code>",
        "the one of the settings",
        "The candidate is better.",
        "bad is worse than first: 0.5.",
        "cannot be used",
        "no gate set is frozen yet",
    ):
        assert text in shown
    assert "Back to" not in shown


def test_candidate_is_activated_and_taken_back_with_a_name(admin: Visitor, own: Services) -> None:
    assert admin.post("/admin/models/activate", {"version": "good"}).status_code == 303
    shown = page(admin)
    assert "good labels the posts from now on." in shown
    assert "Back to first" in shown
    admin.post("/admin/models/rollback", {"reason": "customers complained"})
    assert "first labels the posts again." in page(admin)
    with own.database.read() as session:
        entries = list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [(entry.action, entry.user_id) for entry in entries[-2:]] == [
        ("model.activated", admin.user_id),
        ("model.rolled_back", admin.user_id),
    ]
    assert entries[-1].detail["reason"] == "customers complained"


def test_worse_one_needs_a_reason(admin: Visitor) -> None:
    admin.post("/admin/models/activate", {"version": "bad"})
    shown = page(admin)
    assert "bad labels the posts from now on." not in shown
    admin.post("/admin/models/activate", {"version": "bad", "reason": "new labels matter more"})
    shown = page(admin)
    assert "bad labels the posts from now on." in shown
    assert "forced" in shown
    assert "new labels matter more" in shown


def test_shadow_run_is_shown_with_its_disagreements(
    admin: Visitor, own: Services, tasks: Tasks
) -> None:
    admin.post("/admin/models/shadow", {"version": "good"})
    receive(own, tasks, "internet mati <b>sekali</b>", "wkwk")
    shown = page(admin)
    for text in ("2 posts compared.", "They agree", "50.0 %", "internet mati &lt;b&gt;sekali"):
        assert text in shown
    admin.post("/admin/models/shadow")
    assert "good does not run any more." in page(admin)


def test_page_speaks_indonesian(admin: Visitor) -> None:
    admin.post("/language", {"language": "id"})
    shown = page(admin)
    assert "Model mana yang melabeli kiriman" in shown
    assert "Tetap aktifkan" in shown


def test_path_is_no_version(admin: Visitor, own: Services) -> None:
    for wanted in (str(own.settings.model_dir), "../first", "x", ""):
        assert admin.post("/admin/models/activate", {"version": wanted}).status_code == 404
    with own.database.read() as session:
        assert session.scalars(select(AuditEntry)).all() == []


def test_supervisors_look_and_agents_do_not(own: Services, tasks: Tasks) -> None:
    app = create_app(tasks=tasks)
    supervisor = Visitor(app).sign_in(own, SUPERVISOR)
    assert "Activate all the same" not in page(supervisor)
    assert supervisor.post("/admin/models/activate", {"version": "good"}).status_code == 403
    assert Visitor(app).sign_in(own, AGENT).get("/admin/models").status_code == 403


def test_lost_bundle_is_said_and_can_be_left(admin: Visitor, own: Services) -> None:
    admin.post("/admin/models/activate", {"version": "good"})
    (models_folder(own.settings) / "good" / "bundle.json").unlink()
    shown = page(admin)
    assert "lost" in shown
    assert "bundle.json" in shown
    admin.post("/admin/models/rollback", {"reason": "lost"})
    assert "first labels the posts again." in page(admin)
