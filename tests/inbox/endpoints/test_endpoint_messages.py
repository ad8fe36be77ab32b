"""Outgoing webhooks: noted with the event, signed, and as their schema says."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
from sqlalchemy import select, update
from standardwebhooks import Webhook, WebhookVerificationError

from factories import make_account, make_conversation, make_post
from fakes import incoming
from listeners import Listener
from outgoing import make_case, messages, wish
from tanggap.inbox.arrival.receive import receive_pending
from tanggap.inbox.cases import conversations
from tanggap.inbox.endpoints import endpoints
from tanggap.inbox.endpoints.endpoint_delivery import Courier
from tanggap.inbox.events.endpoint_events import TEST, TYPES, note_events
from tanggap.inbox.follow_up import ratings
from tanggap.inbox.handover import handover
from tanggap.inbox.operation.sweep import tidy
from tanggap.inbox.posts import joins
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.rulebook.alerts import NewAlert, raise_alerts
from tanggap.inbox.services import Services
from tanggap.inbox.triage.triage import triage_pending
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.endpoints import (
    DELIVERED,
    EndpointMessage,
)
from tanggap.store.posts import Post
from tanggap.store.sight import Sight, limited_to

NEWS = ("case.rated", "case.handover", "case.joined")
SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs" / "webhooks-out.schema.json").read_text("utf-8")
)


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


def test_private_leg_score_and_merge_are_told_with_what_they_are_about(
    allowed: Services, listener: Listener, admin: int
) -> None:
    case = make_case(allowed)
    endpoints.create_endpoint(allowed, wish(listener, events=NEWS), admin)
    with allowed.database.write() as session:
        row = session.get_one(Conversation, case.id)
        other = make_conversation(session, row.account, author=row.author)
        make_post(session, other, "modem rusak")
        ratings.rate(session, case.id, 5, by="person", user_id=admin)
        handover.invite(session, case.id, utcnow(), admin)
    with allowed.database.write() as session:
        revision = session.get_one(Conversation, case.id).revision
        joins.merge(session, case.id, other.id, admin, revision)
    Courier(allowed).deliver_due()
    told = [json.loads(one.body) for one in listener.heard]
    bodies = {body["type"]: body["data"] for body in told}
    assert bodies["case.rated"]["rating"] == {"id": 1, "score": 5, "by": "person"}
    assert bodies["case.handover"]["conversation"]["handover"] == "invited"
    assert bodies["case.joined"]["join"]["other_id"] == other.id
    for body in told:
        jsonschema.validate(body, SCHEMA)


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


def test_old_messages_are_forgotten(allowed: Services, listener: Listener, admin: int) -> None:
    made, _ = endpoints.create_endpoint(allowed, wish(listener), admin)
    with allowed.database.write() as session:
        endpoints.send_test(session, made.id, admin)
        session.execute(update(EndpointMessage).values(occurred_at=utcnow() - timedelta(days=31)))
    with allowed.database.write() as session:
        tidy(session)
    assert messages(allowed) == []
