"""Outgoing webhooks: delivered at least once, tried again, paused with notice, sent again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from listeners import Listener
from outgoing import endpoint, make_case, make_due, messages, tries, wish
from tanggap.inbox.endpoints import endpoint_delivery, endpoints
from tanggap.inbox.endpoints.endpoint_delivery import Courier, work_on
from tanggap.inbox.events.endpoint_events import note_events
from tanggap.inbox.operation.sweep import find_unfinished
from tanggap.inbox.services import Services
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.endpoints import (
    DELIVERED,
    FAILED,
    PAUSED,
    PENDING,
)
from tanggap.store.notifications import Notification


def test_failed_try_comes_again_later_under_the_same_id(
    allowed: Services, listener: Listener, admin: int
) -> None:
    made, _ = endpoints.create_endpoint(allowed, wish(listener), admin)
    with allowed.database.write() as session:
        endpoints.send_test(session, made.id, admin)
    listener.status = 500
    Courier(allowed).deliver_due()
    message = messages(allowed)[0]
    assert (message.state, message.attempts) == (PENDING, 1)
    assert message.next_try_at > utcnow() + timedelta(seconds=2)
    assert len(listener.heard) == 1
    listener.status = 200
    make_due(allowed)
    Courier(allowed).deliver_due()
    assert messages(allowed)[0].state == DELIVERED
    assert len({heard.headers["webhook-id"] for heard in listener.heard}) == 1
    assert len({heard.body for heard in listener.heard}) == 1
    assert endpoint(allowed).failures == 0


def test_endpoint_says_when_to_come_again(
    allowed: Services, listener: Listener, admin: int
) -> None:
    made, _ = endpoints.create_endpoint(allowed, wish(listener), admin)
    with allowed.database.write() as session:
        endpoints.send_test(session, made.id, admin)
    listener.status, listener.headers = 429, {"Retry-After": "3600"}
    Courier(allowed).deliver_due()
    assert messages(allowed)[0].next_try_at > utcnow() + timedelta(minutes=59)


def test_redirects_are_not_followed(allowed: Services, listener: Listener, admin: int) -> None:
    made, _ = endpoints.create_endpoint(allowed, wish(listener), admin)
    with allowed.database.write() as session:
        endpoints.send_test(session, made.id, admin)
    listener.status, listener.headers = 302, {"Location": listener.url}
    Courier(allowed).deliver_due()
    assert len(listener.heard) == 1
    assert tries(allowed)[0].status == 302
    assert messages(allowed)[0].state == PENDING


@pytest.mark.parametrize("manner", ["silent", "dribbles"])
def test_slow_endpoint_is_cut_off(
    allowed: Services, listener: Listener, admin: int, manner: str
) -> None:
    made, _ = endpoints.create_endpoint(allowed, wish(listener), admin)
    with allowed.database.write() as session:
        endpoints.send_test(session, made.id, admin)
    setattr(listener, manner, True)
    Courier(allowed).deliver_due()
    found = tries(allowed)[0]
    assert found.status is None
    assert found.error == "no answer within 1 seconds"


def test_endpoint_that_is_gone_is_paused_at_once(
    allowed: Services, listener: Listener, admin: int
) -> None:
    made, _ = endpoints.create_endpoint(allowed, wish(listener), admin)
    with allowed.database.write() as session:
        endpoints.send_test(session, made.id, admin)
    listener.status = 410
    Courier(allowed).deliver_due()
    assert (endpoint(allowed).state, endpoint(allowed).paused_for) == (PAUSED, "gone")


def test_endpoint_that_fails_again_and_again_is_paused_with_notice_and_resumed(
    allowed: Services, listener: Listener, admin: int
) -> None:
    case = make_case(allowed)
    made, _ = endpoints.create_endpoint(allowed, wish(listener), admin)
    with allowed.database.write() as session:
        for number in range(5):
            event = {"type": "case.opened", "conversation_id": case.id, "occasion": number}
            note_events(session, [event])
    listener.status = 503
    Courier(allowed).deliver_due()
    assert len(listener.heard) == 3
    assert endpoint(allowed).state == PAUSED
    with allowed.database.read() as session:
        told = session.scalars(select(Notification)).all()
        kept = session.scalars(
            select(AuditEntry.action).where(AuditEntry.object_type == "endpoint")
        ).all()
    assert [(one.kind, one.user_id, one.text) for one in told] == [
        ("endpoint_paused", admin, "Gudang data")
    ]
    assert "endpoint.paused" in kept
    make_due(allowed)
    Courier(allowed).deliver_due()
    assert len(listener.heard) == 3, "a paused endpoint is left alone"
    listener.status = 200
    with allowed.database.write() as session:
        endpoints.resume_endpoint(session, made.id, admin)
    Courier(allowed).deliver_due()
    assert {one.state for one in messages(allowed)} == {DELIVERED}


def test_message_fails_for_good_after_the_last_try_and_is_replayed(
    allowed: Services, listener: Listener, admin: int
) -> None:
    patient = replace(allowed, settings=replace(allowed.settings, endpoint_failures=1_000))
    made, _ = endpoints.create_endpoint(patient, wish(listener), admin)
    with patient.database.write() as session:
        endpoints.send_test(session, made.id, admin)
    listener.status = 500
    for _ in range(len(endpoint_delivery.WAITS) + 1):
        make_due(patient)
        Courier(patient).deliver_due()
    message = messages(patient)[0]
    assert (message.state, message.attempts) == (FAILED, 10)
    make_due(patient)
    Courier(patient).deliver_due()
    assert len(listener.heard) == 10
    listener.status = 200
    with patient.database.write() as session:
        assert endpoints.list_endpoints(session)[0].failed == 1
        assert endpoint_delivery.replay_failed(session, made.id, admin) == 1
    Courier(patient).deliver_due()
    assert messages(patient)[0].state == DELIVERED
    with patient.database.write() as session:
        endpoint_delivery.replay(session, message.id, admin)
    Courier(patient).deliver_due()
    assert len({heard.headers["webhook-id"] for heard in listener.heard}) == 1
    assert len(listener.heard) == 12


def test_message_of_a_worker_that_died_is_sent_again_under_the_same_id(
    allowed: Services, listener: Listener, admin: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = endpoints.create_endpoint(allowed, wish(listener), admin)
    with allowed.database.write() as session:
        endpoints.send_test(session, made.id, admin)

    def die(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(endpoint_delivery, "_note", die)
        with pytest.raises(KeyboardInterrupt):
            work_on(allowed, messages(allowed)[0].id)
    assert len(listener.heard) == 1
    Courier(allowed).deliver_due()
    assert len(listener.heard) == 1, "its lease holds"
    make_due(allowed)
    assert find_unfinished(allowed).messages
    Courier(allowed).deliver_due()
    assert len({heard.headers["webhook-id"] for heard in listener.heard}) == 1
    assert messages(allowed)[0].state == DELIVERED


def test_message_that_cannot_be_written_is_no_fault_of_its_endpoint(
    allowed: Services, listener: Listener, admin: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = endpoints.create_endpoint(allowed, wish(listener), admin)
    with allowed.database.write() as session:
        endpoints.send_test(session, made.id, admin)

    def broken(*_args: object, **_kwargs: object) -> bytes:
        raise ValueError("odd")

    monkeypatch.setattr(endpoint_delivery, "body_of", broken)
    Courier(allowed).deliver_due()
    assert messages(allowed)[0].state == FAILED
    assert endpoint(allowed).failures == 0
    assert tries(allowed)[0].error == "ValueError: odd"
