"""What platforms are answered, whatever they send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from factories import make_account, make_app
from fakes import post_event, signed
from tanggap.app import create_app
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.sdk.types import WebhookRequest
from tanggap.store.deliveries import DEAD, DONE, Delivery
from tanggap.store.posts import TRIAGE_DONE, Post


@pytest.fixture
def app(services: Services) -> Flask:
    small = replace(services, settings=replace(services.settings, max_delivery_bytes=4_000))
    queue = open_queue(small.settings, small.keys, immediate=True)
    with services.database.write() as session:
        make_app(services, session)
        make_account(session, services)
    return create_app(tasks=Tasks(small, queue))


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


def deliver(client: FlaskClient, call: WebhookRequest) -> TestResponse:
    return client.post("/hooks/fake", data=call.body, headers=dict(call.headers))


def deliveries(services: Services) -> list[Delivery]:
    with services.database.read() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def post_count(services: Services) -> int:
    with services.database.read() as session:
        return session.scalar(select(func.count()).select_from(Post)) or 0


def test_signed_delivery_is_answered_200_and_becomes_a_labelled_post(
    client: FlaskClient, services: Services
) -> None:
    answer = deliver(client, signed([post_event("p1", "mati lampu min")]))
    assert answer.status_code == 200
    (delivery,) = deliveries(services)
    assert delivery.state == DONE
    with services.database.read() as session:
        assert session.scalars(select(Post.triage)).one() == TRIAGE_DONE


def test_same_body_again_is_answered_200_and_stored_once(
    client: FlaskClient, services: Services
) -> None:
    call = signed([post_event("p1")])
    assert [deliver(client, call).status_code for _ in range(3)] == [200, 200, 200]
    assert len(deliveries(services)) == 1
    assert post_count(services) == 1


@pytest.mark.parametrize("headers", [{}, {"x-signature": "0" * 64}, {"x-signature": "é"}])
def test_delivery_that_is_not_verified_is_refused_and_not_stored(
    client: FlaskClient, services: Services, headers: dict[str, str]
) -> None:
    body = json.dumps({"events": [post_event("p1")]})
    answer = client.post("/hooks/fake", data=body, headers=headers)
    assert answer.status_code == 403
    assert deliveries(services) == []


def test_body_over_the_limit_is_refused_and_not_stored(
    client: FlaskClient, services: Services
) -> None:
    answer = deliver(client, signed(b"x" * 4_001))
    assert answer.status_code == 413
    assert deliveries(services) == []


def test_body_over_the_limit_is_refused_also_when_its_length_is_not_told(
    client: FlaskClient, services: Services
) -> None:
    answer = client.open(
        "/hooks/fake",
        method="POST",
        input_stream=BytesIO(b"x" * 4_001),
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413
    assert deliveries(services) == []


def test_body_that_does_not_come_is_given_up_and_not_stored(
    client: FlaskClient, services: Services
) -> None:
    class Slow(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionResetError

        readinto = read  # type: ignore[assignment]

    answer = client.open(
        "/hooks/fake",
        method="POST",
        input_stream=Slow(),
        headers={"Content-Length": "100"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 408
    assert deliveries(services) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"no json", b"[]", b"[" * 3_000, b'{"events": 7}', b"\xff\xfe\x00", b'{"events": [[]]}'],
)
def test_verified_body_that_is_not_understood_is_kept_as_a_dead_letter(
    client: FlaskClient, services: Services, body: bytes
) -> None:
    assert deliver(client, signed(body)).status_code == 200
    (delivery,) = deliveries(services)
    assert (delivery.state, bytes(delivery.body)) == (DEAD, body)
    assert delivery.error
    assert delivery.plugin_version == "fake 1.0"


def test_event_that_nobody_knows_is_no_error(client: FlaskClient, services: Services) -> None:
    assert deliver(client, signed([{"type": "weather"}])).status_code == 200
    assert deliveries(services)[0].state == DONE


def test_bug_in_a_plugin_is_a_dead_letter_and_harms_no_other_delivery(
    client: FlaskClient, services: Services
) -> None:
    assert deliver(client, signed([{"type": "boom"}])).status_code == 200
    assert deliver(client, signed([post_event("p1")])).status_code == 200
    assert [delivery.state for delivery in deliveries(services)] == [DEAD, DONE]


def test_challenge_is_answered_in_the_plugins_words(client: FlaskClient) -> None:
    answer = client.get("/hooks/fake?challenge=abc")
    assert (answer.status_code, answer.text) == (200, "abc")
    assert answer.content_type == "text/plain"


def test_challenge_without_its_token_is_refused(client: FlaskClient) -> None:
    assert client.get("/hooks/fake").status_code == 403


@pytest.mark.parametrize("channel", ["nowhere", "..%2f", "x" * 500])
def test_unknown_channel_is_not_found(client: FlaskClient, channel: str) -> None:
    assert client.post(f"/hooks/{channel}", data=b"{}").status_code == 404


def test_other_methods_are_not_allowed(client: FlaskClient) -> None:
    assert client.put("/hooks/fake").status_code == 405


def test_delivery_leaves_no_cookie(client: FlaskClient) -> None:
    assert "Set-Cookie" not in deliver(client, signed([post_event("p1")])).headers
