from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tanggap.sdk import (
    Event,
    Ignored,
    IncomingPost,
    InvalidPayload,
    Unreadable,
    WebhookRequest,
)
from tanggap_facebook.webhook import EVENTS, parse

PAGE = "5001"
T = 1793606400
Delivery = Callable[..., WebhookRequest]


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def one(delivery: Delivery, content: object) -> Event:
    (event,) = parse(delivery(content))
    return event


def written(delivery: Delivery, content: object) -> IncomingPost:
    event = one(delivery, content)
    assert isinstance(event, IncomingPost)
    return event


def change(value: object, field: str = "feed") -> dict[str, Any]:
    entry = {"id": PAGE, "time": T, "changes": [{"field": field, "value": value}]}
    return {"object": "page", "entry": [entry]}


@pytest.mark.parametrize(
    ("fixture", "event", "known"),
    [
        ("reaction", "feed.reaction", True),
        ("like", "feed.like", True),
        ("rating_like", "ratings.like", True),
        ("own_unpublished", "feed.status.add", True),
        ("own_photo_edited", "feed.photo.edited", True),
        ("changed_fields", "changed_fields", True),
        ("leadgen", "leadgen", True),
        ("message_reaction", "messaging.reaction", True),
        ("message_read", "messaging.read", True),
        ("message_delivery", "messaging.delivery", True),
        ("policy_enforcement", "messaging.policy-enforcement", True),
        ("handover", "messaging.pass_thread_control", True),
        ("instagram", "object.instagram", True),
        ("object_user", "object.user", True),
        ("change_without_value", "changed_fields", True),
        ("event_add", "feed.event", True),
        ("album_add", "feed.album", True),
        ("referral", "messaging.referral", True),
        ("optin", "messaging.optin", True),
        ("app_roles", "messaging.app_roles", True),
        ("account_linking", "messaging.account_linking", True),
        ("take_thread_control", "messaging.take_thread_control", True),
        ("request_thread_control", "messaging.request_thread_control", True),
        ("reaction_removed", "messaging.reaction", True),
        ("unknown_field", "holograms", False),
        ("unknown_item", "feed.hologram", False),
        ("unknown_verb", "feed.comment.sparkle", False),
        ("messenger_novelty", "messaging.hologram", False),
    ],
)
def test_what_the_inbox_has_no_use_for_is_counted(
    delivery: Delivery, fixture: str, event: str, known: bool
) -> None:
    assert one(delivery, fixture) == Ignored(event=event, known=known)


def test_every_fixture_is_of_declared_events() -> None:
    for path in (Path(__file__).parent / "fixtures").glob("*.json"):
        events = parse(WebhookRequest("POST", {}, {}, path.read_bytes()))
        for event in events:
            assert not isinstance(event, Ignored) or (event.event in EVENTS) == event.known, path


def test_bad_entries_leave_the_good_ones_standing(delivery: Delivery) -> None:
    events = parse(delivery("batch_with_bad_entries"))
    assert [e.text for e in events if isinstance(e, IncomingPost)] == ["satu", "dua", "tiga"]
    assert [e.path for e in events if isinstance(e, Unreadable)] == [
        "entry[0].changes[1].value.comment_id",
        "entry[0].changes[2].value.message",
        "entry[0].changes[3]",
        "entry[1].id",
        "entry[2]",
    ]


def test_several_pages_and_lanes_in_one_body_are_all_read(delivery: Delivery) -> None:
    events = parse(delivery("several_entries"))
    assert [getattr(event, "account_id", None) for event in events] == [
        PAGE,
        None,
        "5002",
        PAGE,
        PAGE,
    ]
    assert [e.text for e in events if isinstance(e, IncomingPost)] == ["satu", "dua", "tiga"]


def test_missing_time_of_a_comment_is_when_it_was_sent(delivery: Delivery) -> None:
    value = {"item": "comment", "verb": "add", "comment_id": "700_801", "from": {"id": "1"}}
    assert written(delivery, change(value)).posted_at == at(T)


@pytest.mark.parametrize("time", [T, T * 1000, str(T), "2026-11-02T08:00:00+0000"])
def test_times_come_in_seconds_milliseconds_and_iso(delivery: Delivery, time: object) -> None:
    value = {"item": "comment", "verb": "add", "comment_id": "1_2", "created_time": time}
    assert written(delivery, change(value)).posted_at == at(T)


def test_ids_beyond_53_bits_stay_exact(delivery: Delivery) -> None:
    value = {"item": "comment", "verb": "add", "comment_id": "1_2", "sender_id": 2**63 + 1}
    assert written(delivery, change(value)).author_id == "9223372036854775809"


def test_script_addresses_never_become_links(delivery: Delivery) -> None:
    value: dict[str, object] = {"item": "photo", "verb": "add", "post_id": "5001_7"}
    value |= {"link": "javascript:alert(1)"}
    value |= {"permalink_url": "javascript:alert(2)", "message": "x", "from": {"id": "1"}}
    post = written(delivery, change(value))
    assert (post.attachments, post.url) == ((), "https://www.facebook.com/5001_7")


def test_a_thousand_updates_in_one_body_are_all_read(delivery: Delivery) -> None:
    base = json.loads(delivery("comment_add").body)["entry"][0]["changes"][0]
    values = [{**base["value"], "comment_id": f"700_{n}"} for n in range(1000)]
    entry = {"id": PAGE, "time": T, "changes": [{"field": "feed", "value": v} for v in values]}
    events = parse(delivery({"object": "page", "entry": [entry]}))
    assert len({e.external_id for e in events if isinstance(e, IncomingPost)}) == 1000


def test_empty_batch_is_no_event(delivery: Delivery) -> None:
    assert list(parse(delivery({"object": "page", "entry": []}))) == []


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ([], "body"),
        ({}, "object"),
        ({"object": "page"}, "entry"),
        ({"object": "page", "entry": {}}, "entry"),
        ({"object": "page", "entry": [7]}, "entry[0]"),
        ({"object": "page", "entry": [{"id": PAGE, "changes": 7}]}, "entry[0].changes"),
        (change({"item": "comment"}), "entry[0].changes[0].value.verb"),
        (change({"item": 7}), "entry[0].changes[0].value.item"),
        (change(7), "entry[0].changes[0].value"),
    ],
)
def test_body_with_nothing_to_read_names_the_field(
    delivery: Delivery, content: object, path: str
) -> None:
    with pytest.raises(InvalidPayload) as caught:
        parse(delivery(content))
    assert caught.value.path == path


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"[" * 100_000, b'{"a":' * 70 + b"1"])
def test_body_that_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidPayload):
        parse(WebhookRequest("POST", {}, {}, body))
