from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tanggap.sdk import (
    Event,
    IncomingPost,
    InvalidPayload,
    PostDeleted,
    Unreadable,
    WebhookRequest,
)
from tanggap_twitter.parse import EVENTS, parse

FIXTURES = sorted(p.stem for p in (Path(__file__).parent / "fixtures").glob("*.json"))
Delivery = Callable[..., WebhookRequest]
Read = Callable[[object], list[Event]]
Post = Callable[[object], IncomingPost]


@pytest.fixture
def read(delivery: Delivery) -> Read:
    return lambda content: list(parse(delivery(content)))


@pytest.fixture
def post(read: Read) -> Post:
    def last(content: object) -> IncomingPost:
        found = read(content)[-1]
        assert isinstance(found, IncomingPost)
        return found

    return last


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({}, "data"),
        ([], "body"),
        ({"data": None}, "data.event_type"),
        ({"data": {"event_type": 1}}, "data.event_type"),
        ({"data": {"event_type": "post.create", "payload": []}}, "data.payload"),
        (
            {"data": {"event_type": "post.mention.create", "filter": {}, "payload": {}}},
            "data.filter.user_id",
        ),
        (
            {
                "data": {
                    "event_type": "post.mention.create",
                    "filter": {"user_id": "7"},
                    "payload": {"id": "1", "author_id": "2", "text": None},
                }
            },
            "data.payload.text",
        ),
        ({"for_user_id": "1"}, "body"),
        ({"for_user_id": "1", "tweet_create_events": [{"id": 5}]}, "tweet_create_events[0].user"),
        ({"for_user_id": "1", "tweet_create_events": 5}, "tweet_create_events"),
    ],
)
def test_unreadable_body_names_the_field(read: Read, content: object, path: str) -> None:
    with pytest.raises(InvalidPayload) as caught:
        read(content)
    assert caught.value.path == path


@pytest.mark.parametrize("body", [b"", b"no", b"[" * 5000, b"\xff", b'{"data":' * 200 + b"1"])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidPayload):
        parse(WebhookRequest("POST", {}, {}, body))


def test_ids_beyond_double_precision_keep_every_digit(delivery: Delivery, post: Post) -> None:
    body = json.loads(delivery("mention").body)
    body["data"]["payload"]["id"] = 9_007_199_254_740_993_123
    body["data"]["payload"]["author_id"] = 2**63 - 1
    del body["data"]["payload"]["edit_history_tweet_ids"]
    found = post(body)
    assert found.external_id == "9007199254740993123"
    assert found.author_id == str(2**63 - 1)


def test_odd_decoration_costs_no_post(delivery: Delivery, post: Post) -> None:
    body = json.loads(delivery("mention").body)
    body["data"]["payload"] |= {
        "public_metrics": {"like_count": "many", "reply_count": None, "quote_count": "3"},
        "entities": {"mentions": [5, {"username": None}, {"username": "a"}]},
        "attachments": {"media_keys": {"a": 1}},
    }
    body["data"]["includes"] = {"users": [None, {"id": None}, {"id": 80002, "verified": "yes"}]}
    found = post(body)
    assert found.metrics == {"quotes": 3}
    assert found.mentions == ("a",)
    assert found.attachments == ()


def test_legacy_post_without_its_time_is_dated_by_its_id(delivery: Delivery, post: Post) -> None:
    body = json.loads(delivery("legacy_mention").body)
    entry = body["tweet_create_events"][0]
    entry["id_str"] = "1987654321098765000"
    for missing in (None, ...):
        entry["created_at"] = missing
        if missing is ...:
            del entry["created_at"]
        found = post(body)
        assert found.posted_at.year == 2025
        assert found.external_id == "1987654321098765000"


def test_legacy_message_of_a_picture_alone_has_no_text(delivery: Delivery, post: Post) -> None:
    body = json.loads(delivery("legacy_dm").body)
    del body["direct_message_events"][1:]
    body["direct_message_events"][0]["message_create"]["message_data"]["text"] = None
    assert post(body).text == ""


@pytest.mark.parametrize("text", ["\x00", "\ud800", "<script>", "{{ 7 * 7 }}", "\u202e\u200b", ""])
def test_hostile_text_is_handed_on_as_it_is(delivery: Delivery, post: Post, text: str) -> None:
    body = json.loads(delivery("mention").body)
    body["data"]["payload"]["text"] = text
    assert post(body).text == text


@pytest.mark.parametrize(
    "odd",
    [
        {"referenced_tweets": 5},
        {"referenced_tweets": [None, {"type": "replied_to"}, {"id": "5"}]},
        {"conversation_id": {"id": "5"}},
        {"in_reply_to_user_id": []},
        {"edit_history_tweet_ids": "5"},
        {"edit_history_tweet_ids": [None, {}]},
        {"note_tweet": {"entities": 5}},
        {"entities": []},
    ],
    ids=str,
)
def test_odd_link_to_another_post_costs_no_post(
    delivery: Delivery, post: Post, odd: dict[str, object]
) -> None:
    body = json.loads(delivery("mention").body)
    body["data"]["payload"] |= odd
    assert post(body).text.startswith("@nusakirim paket")


IDS = st.integers(1, 2**64) | st.integers(1, 2**64).map(str)


@given(post_id=IDS, author_id=IDS, account_id=IDS)
def test_ids_of_any_size_come_as_number_or_text(
    post_id: int | str, author_id: int | str, account_id: int | str
) -> None:
    wanted = (str(account_id), str(post_id), str(author_id))
    for body in (
        activity("post.mention.create", account_id, new_post(post_id, author_id)),
        {"for_user_id": account_id, "tweet_create_events": [old_post(post_id, author_id)]},
        activity("dm.received", account_id, old_messages(post_id, author_id, account_id)),
        {"for_user_id": account_id, **old_messages(post_id, author_id, account_id)},
    ):
        (found,) = parse(WebhookRequest("POST", {}, {}, json.dumps(body).encode()))
        assert isinstance(found, IncomingPost)
        assert (found.account_id, found.external_id, found.author_id) == wanted
    gone = activity("post.delete", account_id, {"id": post_id, "author_id": account_id})
    (deleted,) = parse(WebhookRequest("POST", {}, {}, json.dumps(gone).encode()))
    assert isinstance(deleted, PostDeleted)
    assert deleted.external_id == str(post_id)


def activity(name: str, account_id: object, payload: object) -> dict[str, Any]:
    return {"data": {"filter": {"user_id": account_id}, "event_type": name, "payload": payload}}


def new_post(post_id: object, author_id: object) -> dict[str, Any]:
    when = "2026-11-02T08:15:00.000Z"
    return {"id": post_id, "author_id": author_id, "text": "halo", "created_at": when}


def old_post(post_id: object, author_id: object) -> dict[str, Any]:
    when = "Mon Nov 02 08:15:00 +0000 2026"
    return {"id": post_id, "user": {"id": author_id}, "text": "halo", "created_at": when}


def old_messages(message_id: object, sender: object, recipient: object) -> dict[str, Any]:
    created = {
        "target": {"recipient_id": recipient},
        "sender_id": sender,
        "message_data": {"text": "halo"},
    }
    return {
        "direct_message_events": [
            {
                "type": "message_create",
                "id": message_id,
                "created_timestamp": "1793606400000",
                "message_create": created,
            }
        ]
    }


@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from([None, 5, {}, [], {"id": 1.5}, {"id": "7"}])),
        min_size=1,
        max_size=30,
    )
)
def test_good_entries_of_a_batch_go_on_whatever_the_bad_ones_are(
    batch: list[tuple[bool, object]],
) -> None:
    """Whichever place the bad ones have, each is named and costs no other."""
    entries = [
        old_post(number + 1, "80002") if good else bad for number, (good, bad) in enumerate(batch)
    ]
    body = {"for_user_id": "70001", "tweet_create_events": entries}
    try:
        events = parse(WebhookRequest("POST", {}, {}, json.dumps(body).encode()))
    except InvalidPayload as error:
        assert not any(good for good, _ in batch)
        assert error.path.startswith("tweet_create_events[0]")
        return
    for number, ((good, _), event) in enumerate(zip(batch, events, strict=True)):
        if good:
            assert isinstance(event, IncomingPost)
            assert event.external_id == str(number + 1)
        else:
            assert isinstance(event, Unreadable)
            assert event.path.startswith(f"tweet_create_events[{number}]")


def test_huge_list_is_read(read: Read) -> None:
    entries = [old_post(number, "80002") for number in range(1, 5001)]
    events = read({"for_user_id": "70001", "tweet_create_events": [*entries, *[None] * 5000]})
    assert len(events) == 10_000


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["1", "70001", "replied_to", "2026-11-02T08:15:00Z", "message_create"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict):
        for key in value:
            found += places(value[key], (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            found += places(entry, (*path, index))
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), name=st.sampled_from(FIXTURES))
def test_no_change_of_a_fixture_raises_anything_but_invalid_payload(
    data: st.DataObject, name: str
) -> None:
    body = json.loads((Path(__file__).parent / f"fixtures/{name}.json").read_text())
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(places(body)[1:] or [("data",)]))
        holder = body
        for step in way:
            holder = holder[step]
        holder[last] = data.draw(JSON)
    check(body)


@settings(max_examples=100, deadline=None)
@given(body=JSON | st.dictionaries(st.sampled_from(["data", "for_user_id", *sorted(EVENTS)]), JSON))
def test_no_json_raises_anything_but_invalid_payload(body: Any) -> None:
    check(body)


def check(body: Any) -> None:
    try:
        events = parse(WebhookRequest("POST", {}, {}, json.dumps(body).encode()))
    except InvalidPayload as error:
        assert error.path
        return
    for event in events:
        if isinstance(event, IncomingPost):
            assert event.external_id
            assert event.author_id
            assert event.posted_at.tzinfo is not None
