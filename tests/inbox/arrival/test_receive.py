"""Webhook calls: what is refused, what is stored, and that nothing is stored twice."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from factories import make_account, make_app
from fakes import FakePlatform, post_event, signed
from queries import counted
from tanggap.inbox.arrival.accept import accept
from tanggap.inbox.arrival.receive import receive_pending
from tanggap.inbox.services import Services
from tanggap.sdk.types import WebhookRequest
from tanggap.store.deliveries import DEAD, DONE, PENDING, Delivery
from tanggap.store.posts import Post


@pytest.fixture(autouse=True)
def connected(services: Services) -> None:
    with services.database.write() as session:
        make_app(services, session)
        make_account(session, services)


def states(services: Services) -> list[str]:
    with services.database.read() as session:
        return list(session.scalars(select(Delivery.state).order_by(Delivery.id)))


def posts(services: Services) -> int:
    with services.database.read() as session:
        return session.scalar(select(func.count()).select_from(Post)) or 0


def test_verified_body_is_stored_raw_before_the_answer(services: Services) -> None:
    request = signed([post_event("1")])
    assert accept(services, "fake", request).status == 200
    with services.database.read() as session:
        delivery = session.scalars(select(Delivery)).one()
        assert (delivery.body, delivery.state) == (request.body, PENDING)
        assert delivery.plugin_version == "fake 1.0"
    assert posts(services) == 0


@pytest.mark.parametrize("header", [{}, {"x-signature": "00" * 32}, {"x-signature": "é"}])
def test_body_that_is_not_signed_leaves_nothing_behind(
    services: Services, header: dict[str, str]
) -> None:
    body = json.dumps({"events": [post_event("1")]}).encode()
    result = accept(services, "fake", WebhookRequest("POST", header, {}, body))
    assert result.status == 403
    assert states(services) == []


def test_unknown_channel_and_channel_without_app_are_not_found(services: Services) -> None:
    assert accept(services, "nowhere", signed([])).status == 404


def test_challenge_is_answered_and_a_wrong_one_refused(services: Services) -> None:
    asked = WebhookRequest("GET", {}, {"challenge": "123"}, b"")
    answer = accept(services, "fake", asked)
    assert (answer.status, answer.body, answer.content_type) == (200, "123", "text/plain")
    assert accept(services, "fake", WebhookRequest("GET", {}, {}, b"")).status == 403


def test_same_body_again_is_acknowledged_and_not_stored_again(services: Services) -> None:
    request = signed([post_event("1")])
    stored = [accept(services, "fake", request).stored for _ in range(3)]
    assert stored == [True, False, False]
    assert states(services) == [PENDING]


def test_what_the_channel_reads_of_headers_and_query_is_kept_and_nothing_else(
    services: Services,
) -> None:
    loaded = services.registry.channels["fake"]
    webhook = loaded.channel.webhook
    assert webhook is not None
    keeping = replace(loaded.channel, webhook=replace(webhook, keeps=("x-event", "account")))
    services.registry.channels["fake"] = replace(loaded, channel=keeping)
    sent = signed([post_event("1")])
    for account in ("7", "8", "8"):
        headers = {**sent.headers, "x-event": "made\x00", "cookie": "secret"}
        query = {"account": account, "token": "secret"}
        assert accept(services, "fake", replace(sent, headers=headers, query=query)).status == 200
    with services.database.read() as session:
        kept = [(row.headers, row.query) for row in session.scalars(select(Delivery))]
    assert kept == [({"x-event": "made\ufffd"}, {"account": number}) for number in ("7", "8")]


def test_same_post_in_two_bodies_is_one_post(services: Services) -> None:
    accept(services, "fake", signed([post_event("1")]))
    accept(services, "fake", signed([post_event("1"), post_event("2")]))
    assert receive_pending(services) == 2
    assert posts(services) == 2
    assert states(services) == [DONE, DONE]
    assert receive_pending(services) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"\xff\xfe",
        b"[" * 5_000,
        b'{"events": 7}',
        b"7",
        b'{"events": [{"type": "boom"}]}',
    ],
)
def test_verified_body_that_cannot_be_read_becomes_a_dead_letter(
    services: Services, body: bytes
) -> None:
    assert accept(services, "fake", signed(body)).status == 200
    assert receive_pending(services) == 1
    with services.database.read() as session:
        delivery = session.scalars(select(Delivery)).one()
        assert (delivery.state, delivery.body) == (DEAD, body)
        assert delivery.error


def test_good_entries_of_a_batch_go_on_and_the_bad_one_is_named(services: Services) -> None:
    accept(services, "fake", signed([post_event("1"), {"type": "post"}, post_event("2")]))
    receive_pending(services)
    assert posts(services) == 2
    with services.database.read() as session:
        delivery = session.scalars(select(Delivery)).one()
    assert delivery.state == DEAD
    assert "events[1].id" in delivery.error


def test_batch_costs_the_same_statements_whatever_its_size(services: Services) -> None:
    costs = []
    for size in (5, 50):
        for number in range(size):
            event = post_event(f"{size}-{number}", author=f"cust{number}")
            accept(services, "fake", signed([event]))
        with counted(services.database) as statements:
            receive_pending(services)
        costs.append(len(statements))
    assert costs[1] <= costs[0] <= 50


def test_large_bodies_are_processed_a_few_at_a_time(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tanggap.inbox.arrival.receive.BATCH_BYTES", 500)
    for number in range(5):
        accept(services, "fake", signed([post_event(str(number), "x" * 200)]))
    assert [receive_pending(services) for _ in range(3)] == [2, 2, 1]
    assert states(services) == [DONE] * 5


def test_unknown_event_is_counted_and_no_error(services: Services) -> None:
    accept(services, "fake", signed([{"type": "follow"}]))
    receive_pending(services)
    assert states(services) == [DONE]


def test_one_bad_delivery_does_not_hold_up_its_neighbours(services: Services) -> None:
    accept(services, "fake", signed([post_event("1")]))
    accept(services, "fake", signed(b"nonsense"))
    accept(services, "fake", signed([post_event("2")]))
    receive_pending(services)
    assert states(services) == [DONE, DEAD, DONE]
    assert posts(services) == 2


def test_dead_letter_that_is_pending_again_is_processed(
    services: Services, platform: FakePlatform
) -> None:
    accept(services, "fake", signed([post_event("1")]))
    loaded = services.registry.channels.pop("fake")
    receive_pending(services)
    assert states(services) == [DEAD]
    services.registry.channels["fake"] = loaded
    with services.database.write() as session:
        session.scalars(select(Delivery)).one().state = PENDING
    receive_pending(services)
    assert states(services) == [DONE]
    assert posts(services) == 1


@pytest.mark.parametrize(
    "text",
    [
        "a\x00b",
        "lone \ud800 surrogate",
        "\u202eevil",
        "<script>alert(1)</script>",
        "{{ 7*7 }}",
        "x" * 100_000,
    ],
)
def test_hostile_text_is_stored(services: Services, text: str) -> None:
    accept(services, "fake", signed([post_event("1", text)]))
    receive_pending(services)
    assert states(services) == [DONE]
    with services.database.read() as session:
        stored = session.scalars(select(Post)).one().text
    assert len(stored) == len(text)
    assert "\x00" not in stored


def test_ids_no_platform_would_send_are_left_out(services: Services) -> None:
    accept(services, "fake", signed([post_event("1" * 300), post_event("2")]))
    receive_pending(services)
    assert posts(services) == 1
