"""Outgoing webhooks: noted with the event, signed, delivered at least once, paused with notice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from sqlalchemy import select, update
from standardwebhooks import Webhook, WebhookVerificationError

from factories import make_account, make_conversation, make_post, make_user
from fakes import incoming
from listeners import Listener, free_port, listening
from tanggap.inbox import conversations, endpoint_delivery, endpoints
from tanggap.inbox.alerts import NewAlert, raise_alerts
from tanggap.inbox.endpoint_delivery import Courier, work_on
from tanggap.inbox.endpoint_events import TEST, TYPES, note_events
from tanggap.inbox.endpoint_sender import HEAD_LONGEST
from tanggap.inbox.endpoints import UnfitEndpointError, Wish
from tanggap.inbox.receive import receive_pending
from tanggap.inbox.record import record_events
from tanggap.inbox.services import Services
from tanggap.inbox.sweep import find_unfinished, tidy
from tanggap.inbox.triage import triage_pending
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.endpoints import (
    DELIVERED,
    FAILED,
    PAUSED,
    PENDING,
    Endpoint,
    EndpointAttempt,
    EndpointMessage,
)
from tanggap.store.notifications import Notification
from tanggap.store.posts import Post
from tanggap.store.sight import Sight, limited_to
from tanggap.store.users import ADMIN

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs" / "webhooks-out.schema.json").read_text("utf-8")
)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


@pytest.fixture
def admin(services: Services) -> int:
    with services.database.write() as session:
        return make_user(session, role=ADMIN).id


@pytest.fixture
def allowed(services: Services, listener: Listener) -> Services:
    """Services that may call the listener, and pause after three failures."""
    settings = replace(
        services.settings,
        private_hosts=(listener.host,),
        endpoint_failures=3,
        http_timeout_seconds=1,
    )
    return replace(services, settings=settings)


def wish(listener: Listener, **values: Any) -> Wish:
    given: dict[str, Any] = {"name": "Gudang data", "url": listener.url, "events": TYPES}
    return Wish(**given | values)


def make_case(services: Services) -> Conversation:
    with services.database.write() as session:
        conversation = make_conversation(session, make_account(session, services))
        conversation.label = "complaint"
        make_post(session, conversation, "nomor saya 0812-3456-7890, tolong")
        return conversation


def messages(services: Services) -> list[EndpointMessage]:
    with services.database.read() as session:
        return list(session.scalars(select(EndpointMessage).order_by(EndpointMessage.id)))


def tries(services: Services) -> list[EndpointAttempt]:
    with services.database.read() as session:
        return list(session.scalars(select(EndpointAttempt).order_by(EndpointAttempt.id)))


def endpoint(services: Services) -> Endpoint:
    with services.database.read() as session:
        return session.scalars(select(Endpoint)).one()


def make_due(services: Services) -> None:
    with services.database.write() as session:
        session.execute(update(EndpointMessage).values(next_try_at=utcnow()))


def test_message_is_signed_as_standard_webhooks_are(
    allowed: Services, listener: Listener, admin: int
) -> None:
    case = make_case(allowed)
    _, secret = endpoints.create_endpoint(allowed, wish(listener), admin)
    with allowed.database.write() as session:
        conversations.claim(session, case.id, admin)
    Courier(allowed).deliver_due()
    heard = listener.heard[0]
    body = Webhook(secret).verify(heard.body, heard.headers)
    assert heard.headers["webhook-id"] == messages(allowed)[0].uid
    assert body["type"] == "case.assigned"
    assert body["data"]["conversation"]["id"] == case.id
    assert messages(allowed)[0].state == DELIVERED
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(heard.body + b" ", heard.headers)


def test_message_is_written_with_its_event_or_not_at_all(
    allowed: Services, listener: Listener, admin: int
) -> None:
    case = make_case(allowed)
    endpoints.create_endpoint(allowed, wish(listener), admin)
    with allowed.database.write() as session:
        conversations.claim(session, case.id, admin)
        session.rollback()
    assert messages(allowed) == []


def test_endpoint_is_told_of_what_it_asks_for_and_once(
    allowed: Services, listener: Listener, admin: int
) -> None:
    case = make_case(allowed)
    endpoints.create_endpoint(allowed, wish(listener, events=["case.resolved"]), admin)
    with allowed.database.write() as session:
        conversations.claim(session, case.id, admin)
        conversations.set_state(session, case.id, admin, 2, "resolved")
        event = {"type": "case.resolved", "conversation_id": case.id, "occasion": "revision:2"}
        note_events(session, [event, event])
    assert [one.type for one in messages(allowed)] == ["case.resolved"]


def test_every_type_of_message_is_as_its_schema_says(
    allowed: Services, listener: Listener, admin: int
) -> None:
    case = make_case(allowed)
    made, _ = endpoints.create_endpoint(allowed, wish(listener, with_texts=True), admin)
    with allowed.database.write() as session:
        post = session.scalars(select(Post)).one()
        objects = {"clock": "first_answer-1-20261122T000000", "alert": "1", "reply": "1"}
        raise_alerts(session, [NewAlert(key="k", text="ramai", conversation_id=case.id)])
        note_events(
            session,
            [
                {
                    "type": type_,
                    "conversation_id": case.id,
                    "post_id": post.id if type_.startswith("post.") else None,
                    "object_id": objects.get(type_.partition(".")[0], ""),
                    "occasion": f"o{number}",
                }
                for number, type_ in enumerate(TYPES)
            ],
        )
        endpoints.send_test(session, made.id, admin)
    Courier(allowed).deliver_due()
    bodies = [json.loads(heard.body) for heard in listener.heard]
    assert {body["type"] for body in bodies} == {*TYPES, TEST}
    for body in bodies:
        jsonschema.validate(body, SCHEMA)
    assert "0812" not in str(bodies)
    assert "•••" in str(bodies)


def test_texts_and_names_stay_in_the_house_unless_asked_for(
    allowed: Services, listener: Listener, admin: int
) -> None:
    case = make_case(allowed)
    endpoints.create_endpoint(allowed, wish(listener), admin)
    with allowed.database.write() as session:
        post = session.scalars(select(Post)).one()
        told = {"type": "post.edited", "conversation_id": case.id, "post_id": post.id}
        note_events(session, [told | {"occasion": 1}])
    Courier(allowed).deliver_due()
    told_body = listener.heard[0].body.decode()
    assert "tolong" not in told_body
    assert "Pelanggan" not in told_body
    jsonschema.validate(json.loads(told_body), SCHEMA)


def test_posts_that_come_in_are_told_when_they_are_triaged(
    allowed: Services, listener: Listener, admin: int
) -> None:
    endpoints.create_endpoint(allowed, wish(listener), admin)
    with allowed.database.write() as session:
        account = make_account(session, allowed)
    with allowed.database.write() as session:
        record_events(session, account, [incoming("p1", "internet mati")], source="webhook")
    assert receive_pending(allowed) == 0
    triage_pending(allowed)
    assert {"post.triaged", "case.opened"} <= {one.type for one in messages(allowed)}


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


def test_new_secret_signs_beside_the_old_one_for_a_day(
    allowed: Services, listener: Listener, admin: int
) -> None:
    made, old = endpoints.create_endpoint(allowed, wish(listener), admin)
    with allowed.database.write() as session:
        new = endpoints.rotate_secret(session, allowed.vault, made.id, admin)
        endpoints.send_test(session, made.id, admin)
    Courier(allowed).deliver_due()
    heard = listener.heard[0]
    assert Webhook(new).verify(heard.body, heard.headers)
    signatures = heard.headers["webhook-signature"].split(" ")
    assert len(signatures) == 2
    assert Webhook(old).verify(heard.body, heard.headers | {"webhook-signature": signatures[1]})
    with allowed.database.write() as session:
        row = session.get_one(Endpoint, made.id)
        held = allowed.vault.open(row.sealed_secrets)
        past = (utcnow() - timedelta(seconds=1)).isoformat()
        row.sealed_secrets = allowed.vault.seal(held | {"until": past})
        assert endpoints.secrets_of(allowed.vault, row) == [new]


def test_log_keeps_heads_and_covers_what_is_secret(
    allowed: Services, listener: Listener, admin: int
) -> None:
    made, secret = endpoints.create_endpoint(allowed, wish(listener), admin)
    listener.headers = {"Set-Cookie": "session=abc", "X-Api-Key": "def", "X-Long": "y" * 5_000}
    with allowed.database.write() as session:
        endpoints.send_test(session, made.id, admin)
    Courier(allowed).deliver_due()
    with allowed.database.read() as session:
        message, found = endpoint_delivery.tries_of(session, messages(allowed)[0].id)
        rows, after = endpoint_delivery.list_messages(session, made.id)
        kept = str([entry.detail for entry in session.scalars(select(AuditEntry))])
    heads = found[0].request_head + found[0].response_head
    assert message.uid in heads
    assert "hidden" not in heads
    assert "session=abc" not in heads
    assert "def" not in heads.splitlines()
    assert "v1," not in heads
    assert len(found[0].response_head) <= HEAD_LONGEST
    assert [row.id for row in rows] == [message.id]
    assert after is None
    assert secret not in kept
    assert "hidden" not in kept
    assert secret.encode() not in endpoint(allowed).sealed_secrets


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "ftp://contoh.example/",
        "http://93.184.215.14/",
        "https://127.0.0.1/",
        "https://10.0.0.1/hook",
        "https://[::1]/hook",
        "https://169.254.169.254/latest",
        "https://user:password@93.184.215.14/",
        "https://93.184.215.14/#part",
        "https://93.184.215.14/" + "x" * 2_000,
        "https:///hook",
        "javascript:alert(1)",
    ],
)
def test_address_that_must_not_be_called_is_refused(services: Services, url: str) -> None:
    with pytest.raises(UnfitEndpointError) as refused:
        endpoints.fit_url(services.settings, url)
    assert refused.value.field == "url"


def test_address_that_turns_private_later_is_not_called(
    allowed: Services, listener: Listener, admin: int
) -> None:
    made, _ = endpoints.create_endpoint(allowed, wish(listener), admin)
    with allowed.database.write() as session:
        endpoints.send_test(session, made.id, admin)
    careful = replace(allowed, settings=replace(allowed.settings, private_hosts=()))
    Courier(careful).deliver_due()
    assert listener.heard == []
    assert "only https" in tries(allowed)[0].error


def test_endpoint_at_which_nobody_listens_is_a_failure(services: Services, admin: int) -> None:
    host = f"127.0.0.1:{free_port()}"
    settings = replace(services.settings, private_hosts=(host,))
    lonely = replace(services, settings=settings)
    asked = Wish(name="x", url=f"http://{host}/", events=["case.opened"])
    made, _ = endpoints.create_endpoint(lonely, asked, admin)
    with services.database.write() as session:
        endpoints.send_test(session, made.id, admin)
    Courier(lonely).deliver_due()
    assert "ConnectError" in tries(services)[0].error


def test_settings_of_an_endpoint_are_checked(services: Services, admin: int) -> None:
    good = Wish(name="a", url="https://93.184.215.14/hook", events=["case.opened"])
    for field, bad in (
        ("name", replace(good, name=" ")),
        ("name", replace(good, name="x" * 81)),
        ("events", replace(good, events=[])),
        ("events", replace(good, events=["nonsense"])),
    ):
        with pytest.raises(UnfitEndpointError) as refused:
            endpoints.create_endpoint(services, bad, admin)
        assert refused.value.field == field
    made, _ = endpoints.create_endpoint(services, good, admin)
    endpoints.change_endpoint(services, made.id, replace(good, name="b"), admin)
    assert endpoint(services).name == "b"
    with services.database.write() as session:
        endpoints.remove_endpoint(session, made.id, admin)
    with services.database.read() as session:
        assert session.scalars(select(Endpoint)).all() == []


def test_old_messages_are_forgotten(allowed: Services, listener: Listener, admin: int) -> None:
    made, _ = endpoints.create_endpoint(allowed, wish(listener), admin)
    with allowed.database.write() as session:
        endpoints.send_test(session, made.id, admin)
        session.execute(update(EndpointMessage).values(occurred_at=utcnow() - timedelta(days=31)))
    with allowed.database.write() as session:
        tidy(session)
    assert messages(allowed) == []


def test_what_a_limited_person_does_is_told_too(
    allowed: Services, listener: Listener, admin: int
) -> None:
    case = make_case(allowed)
    endpoints.create_endpoint(allowed, wish(listener), admin)
    with (
        limited_to(Sight(account_ids=(case.account_id,))),
        allowed.database.write() as session,
    ):
        conversations.claim(session, case.id, admin)
    Courier(allowed).deliver_due()
    assert [one.type for one in messages(allowed)] == ["case.assigned"]
    assert len(listener.heard) == 1
