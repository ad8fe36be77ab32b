"""Nothing that came in is lost, and it can be tried again."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from factories import make_app, make_user
from fakes import post_event, signed
from tanggap.errors import NotFoundError
from tanggap.inbox.arrival import dead_letters
from tanggap.inbox.arrival.accept import accept
from tanggap.inbox.arrival.receive import receive_pending
from tanggap.inbox.services import Services
from tanggap.store.audit import AuditEntry
from tanggap.store.deliveries import DEAD, DONE, PENDING, Delivery


@pytest.fixture
def dead(services: Services) -> list[int]:
    """Make three dead letters."""
    with services.database.write() as session:
        make_app(services, session)
    for number in range(3):
        accept(services, "fake", signed(f"not JSON {number}".encode()))
    receive_pending(services)
    with services.database.read() as session:
        return list(session.scalars(select(Delivery.id).order_by(Delivery.id)))


def states(services: Services) -> list[str]:
    with services.database.read() as session:
        return list(session.scalars(select(Delivery.state).order_by(Delivery.id)))


def test_pages_are_newest_first_and_meet_without_gap_or_overlap(
    services: Services, dead: list[int]
) -> None:
    seen: list[int] = []
    before = None
    with services.database.read() as session:
        for _ in range(3):
            page = dead_letters.list_dead(session, before=before, limit=1)
            seen.extend(row.id for row in page.rows)
            before = page.before
        assert before is None
        assert dead_letters.count_dead(session) == 3
    assert seen == sorted(dead, reverse=True)


def test_replayed_letter_is_processed_again(services: Services, dead: list[int]) -> None:
    with services.database.write() as session:
        user = make_user(session)
        dead_letters.replay(session, dead[0], user_id=user.id)
    assert states(services) == [PENDING, DEAD, DEAD]
    receive_pending(services)
    assert states(services) == [DEAD, DEAD, DEAD], "its body is as unreadable as before"
    with services.database.read() as session:
        assert session.get_one(Delivery, dead[0]).attempts == 2
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "delivery.replayed")
        ).one()
        assert (entry.user_id, entry.object_id) == (user.id, str(dead[0]))


def test_letter_is_understood_once_the_plugin_is_mended(services: Services) -> None:
    with services.database.write() as session:
        make_app(services, session)
    accept(services, "fake", signed([post_event("p1")]))
    loaded = services.registry.channels.pop("fake")
    receive_pending(services)
    assert states(services) == [DEAD]
    services.registry.channels["fake"] = loaded
    with services.database.write() as session:
        assert dead_letters.replay_all(session, user_id=None) == 1
    receive_pending(services)
    assert states(services) == [DONE]


def test_replaying_all_leaves_other_deliveries_alone(services: Services, dead: list[int]) -> None:
    accept(services, "fake", signed([]))
    receive_pending(services)
    with services.database.write() as session:
        assert dead_letters.replay_all(session, user_id=None) == len(dead)
    assert states(services) == [PENDING, PENDING, PENDING, DONE]


def test_replaying_none_writes_no_audit_entry(services: Services) -> None:
    with services.database.write() as session:
        assert dead_letters.replay_all(session, user_id=None) == 0
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0


def test_delivery_that_is_not_dead_cannot_be_replayed(services: Services, dead: list[int]) -> None:
    with services.database.write() as session:
        dead_letters.replay(session, dead[0], user_id=None)
        session.flush()
        with pytest.raises(NotFoundError):
            dead_letters.replay(session, dead[0], user_id=None)
        with pytest.raises(NotFoundError):
            dead_letters.replay(session, 10**15, user_id=None)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"a":[1]}', '{\n  "a": [\n    1\n  ]\n}'),
        (b"\xff\x00", "\ufffd\x00"),
        (b"[" * 100_000, "[" * dead_letters.SHOWN_BYTES + "\n…"),
        (rb'{"a":"\ud800"}', '{\n  "a": "?"\n}'),
    ],
)
def test_any_body_can_be_shown(body: bytes, shown: str) -> None:
    assert dead_letters.shown_body(Delivery(body=body)) == shown
