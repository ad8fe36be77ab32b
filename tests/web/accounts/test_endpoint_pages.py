"""Administrators set up outgoing webhooks, see what they were told, and let them hear again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select
from standardwebhooks import Webhook

from listeners import Listener, listening
from tanggap.app import create_app
from tanggap.inbox.endpoints import endpoints
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.conversations import Conversation
from tanggap.store.endpoints import PAUSED, Endpoint, EndpointMessage
from tanggap.store.users import ADMIN, SUPERVISOR
from tanggap.web.context import tasks
from visitors import Visitor


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


@pytest.fixture
def app(services: Services, listener: Listener) -> Flask:
    settings = replace(services.settings, private_hosts=(listener.host,), endpoint_failures=2)
    allowed = replace(services, settings=settings)
    return create_app(tasks=Tasks(allowed, open_queue(settings, services.keys, immediate=True)))


@pytest.fixture
def admin(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services, ADMIN)


def make(admin: Visitor, listener: Listener, **values: object) -> str:
    form = {"name": "Gudang data", "url": listener.url, "event": ["case.opened", "case.resolved"]}
    answer = admin.post("/admin/webhooks/new", {**form, **values})
    found = re.search(r'id="secret" value="(whsec_[^"]+)"', answer.text)
    assert found is not None, answer.text
    return found[1]


def test_secret_is_shown_once_and_a_test_is_delivered(admin: Visitor, listener: Listener) -> None:
    secret = make(admin, listener)
    assert secret not in admin.get("/admin/webhooks").text
    assert secret not in admin.get("/admin/webhooks/1").text
    assert admin.post("/admin/webhooks/1/test").status_code == 303
    heard = listener.heard[0]
    assert Webhook(secret).verify(heard.body, heard.headers)["type"] == "webhook.test"
    log = admin.get("/admin/webhooks/1/log").text
    assert "delivered" in log
    message = admin.get("/admin/webhooks/messages/1").text
    assert "webhook-id: msg_" in message
    assert "key=hidden" not in message
    assert "v1," not in message


def test_what_people_do_in_the_browser_is_told_at_once(
    admin: Visitor, listener: Listener, case: Conversation
) -> None:
    make(admin, listener)
    admin.post(f"/inbox/{case.id}/claim")
    assert listener.heard == [], "nobody asked for that"
    admin.post(f"/inbox/{case.id}/state", {"revision": "2", "state": "resolved"})
    assert [json.loads(one.body)["type"] for one in listener.heard] == ["case.resolved"]


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"event": []},
        {"url": "http://contoh.example/"},
        {"url": "https://10.0.0.1/"},
        {"url": "javascript:alert(1)"},
    ],
)
def test_webhook_that_does_not_fit_is_refused_with_what_was_typed(
    admin: Visitor, listener: Listener, change: dict[str, object]
) -> None:
    form = {"name": "Gudang", "url": listener.url, "event": ["case.opened"], **change}
    answer = admin.post("/admin/webhooks/new", form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "whsec_" not in answer.text


def test_webhook_is_changed_paused_resumed_and_removed(
    admin: Visitor, services: Services, listener: Listener
) -> None:
    make(admin, listener)
    form = {"name": "Tiket", "url": listener.url, "event": ["alert.raised"], "with_texts": "1"}
    assert admin.post("/admin/webhooks/1", form).status_code == 303
    page = admin.get("/admin/webhooks").text
    assert "Tiket" in page
    assert "with texts and names" in page
    assert "key=hidden" not in page
    admin.post("/admin/webhooks/1/pause")
    assert "paused by a person" in admin.get("/admin/webhooks").text
    admin.post("/admin/webhooks/1/resume")
    assert "paused by a person" not in admin.get("/admin/webhooks").text
    assert "whsec_" in admin.post("/admin/webhooks/1/secret").text
    admin.post("/admin/webhooks/1/remove")
    with services.database.read() as session:
        assert session.scalars(select(Endpoint)).all() == []


def test_pause_stands_in_a_banner_and_on_the_bell_and_what_failed_is_sent_again(
    app: Flask, admin: Visitor, services: Services, listener: Listener
) -> None:
    make(admin, listener)
    listener.status = 410
    admin.post("/admin/webhooks/1/test")
    page = admin.get("/inbox").text
    assert "this outgoing webhook is paused" in page
    assert "An outgoing webhook is paused" in admin.get("/notifications").text
    led = admin.get("/notifications/1")
    assert led.headers["Location"].endswith("/admin/webhooks")
    assert (
        "this outgoing webhook" not in Visitor(app).sign_in(services, SUPERVISOR).get("/inbox").text
    )
    with services.database.write() as session:
        session.scalars(select(EndpointMessage)).one().state = "failed"
    listener.status = 200
    admin.post("/admin/webhooks/1/resume")
    assert "1 message failed" in admin.get("/admin/webhooks").text
    admin.post("/admin/webhooks/1/replay")
    assert "1 message failed" not in admin.get("/admin/webhooks").text
    admin.post("/admin/webhooks/messages/1/replay")
    assert len(listener.heard) == 3
    assert len({heard.headers["webhook-id"] for heard in listener.heard}) == 1
    assert "this outgoing webhook is paused" not in admin.get("/inbox").text


def test_what_people_do_in_the_browser_is_told_by_the_next_sweep(
    app: Flask, admin: Visitor, listener: Listener, case: Conversation
) -> None:
    make(admin, listener)
    revision = re.search(r'name="revision" value="(\d+)"', admin.get(f"/inbox/{case.id}").text)
    assert revision is not None
    admin.post(f"/inbox/{case.id}/state", {"state": "resolved", "revision": revision[1]})
    with app.app_context():
        held = tasks()
    held.sweep()
    assert [heard.body[:24] for heard in listener.heard] == [b'{"type":"case.resolved",']


def test_hostile_names_are_shown_as_text(
    admin: Visitor, services: Services, listener: Listener
) -> None:
    make(admin, listener, name='"><img src=x onerror=alert(1)>')
    with services.database.write() as session:
        row = session.scalars(select(Endpoint)).one()
        row.state, row.paused_for = PAUSED, endpoints.BY_FAILURES
    for path in ("", "/1", "/1/log"):
        page = admin.get(f"/admin/webhooks{path}").text
        assert "<img" not in page
    assert "<img" not in admin.get("/inbox").text
