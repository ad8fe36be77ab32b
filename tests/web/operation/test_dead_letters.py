"""The dead-letter page shows what came in, inert, and tries it again."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from factories import make_account, make_app
from fakes import post_event, signed
from tanggap.app import create_app
from tanggap.inbox.arrival import dead_letters
from tanggap.inbox.arrival.accept import accept
from tanggap.inbox.arrival.receive import receive_pending
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.audit import AuditEntry
from tanggap.store.deliveries import DONE, Delivery
from tanggap.store.posts import Post
from visitors import Visitor


@pytest.fixture
def admin(services: Services) -> Visitor:
    with services.database.write() as session:
        make_app(services, session)
    queue = open_queue(services.settings, services.keys, immediate=True)
    return Visitor(create_app(tasks=Tasks(services, queue))).sign_in(services)


def kill(services: Services, body: bytes) -> int:
    """Make a dead letter of a body, by taking its channel away for a moment."""
    accept(services, "fake", signed(body))
    loaded = services.registry.channels.pop("fake")
    receive_pending(services)
    services.registry.channels["fake"] = loaded
    with services.database.read() as session:
        return session.scalars(select(Delivery.id).order_by(Delivery.id.desc())).first() or 0


def test_page_without_dead_letters_says_so(admin: Visitor) -> None:
    assert "There are none" in admin.get("/admin/dead-letters").text


def test_payload_error_and_plugin_version_are_shown_inert(
    admin: Visitor, services: Services
) -> None:
    number = kill(services, b'{"text": "<script>alert(1)</script>{{ 7*7 }}"}')
    assert f"/admin/dead-letters/{number}" in admin.get("/admin/dead-letters").text
    page = admin.get(f"/admin/dead-letters/{number}").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in page
    assert "<script>alert" not in page
    assert "no plugin is loaded for channel" in page


def test_personal_data_is_covered_until_somebody_looks_which_is_noted(
    admin: Visitor, services: Services
) -> None:
    number = kill(services, b'{"text": "nomor saya 0812-3456-7890", "id": "1858012345678901234"}')
    page = admin.get(f"/admin/dead-letters/{number}").text
    assert "0812" not in page
    assert "••••-••••-••90" in page
    shown = admin.post(f"/admin/dead-letters/{number}/reveal")
    assert "0812-3456-7890" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    with services.database.read() as session:
        noted = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "delivery.revealed")
        ).all()
    assert [(one.user_id, one.object_id) for one in noted] == [(admin.user_id, str(number))]


def test_one_is_processed_again(admin: Visitor, services: Services) -> None:
    with services.database.write() as session:
        make_account(session, services)
    number = kill(services, signed([post_event("p1")]).body)
    answer = admin.post(f"/admin/dead-letters/{number}/replay")
    assert answer.status_code == 302
    with services.database.read() as session:
        assert session.get_one(Delivery, number).state == DONE
        assert session.scalars(select(Post.external_id)).all() == ["p1"]
    assert admin.post(f"/admin/dead-letters/{number}/replay").status_code == 404


def test_all_are_processed_again_and_counted(admin: Visitor, services: Services) -> None:
    kill(services, b'{"events": []}')
    kill(services, b'{"events": [] }')
    assert admin.post("/admin/dead-letters/replay").status_code == 302
    page = admin.get("/admin/dead-letters").text
    assert "2 deliveries are processed again." in page
    assert "There are none" in page


def test_older_ones_are_a_page_away(admin: Visitor, services: Services) -> None:
    first = kill(services, b"first")
    for number in range(dead_letters.PAGE):
        kill(services, str(number).encode())
    page = admin.get("/admin/dead-letters").text
    assert f'/admin/dead-letters/{first}"' not in page
    assert f"before={first + 1}" in page
    older = admin.get(f"/admin/dead-letters?before={first + 1}").text
    assert f'/admin/dead-letters/{first}"' in older


@pytest.mark.parametrize(
    "path",
    [
        "/admin/dead-letters/99",
        "/admin/dead-letters?before=x",
        f"/admin/dead-letters?before={9**30}",
    ],
)
def test_numbers_that_make_no_sense_are_no_error(admin: Visitor, path: str) -> None:
    assert admin.get(path).status_code in (200, 404)
