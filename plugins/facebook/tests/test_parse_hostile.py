from __future__ import annotations

import copy
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tanggap.sdk import Event, InvalidPayload, Unreadable, WebhookRequest
from tanggap_facebook.webhook import EVENTS, parse

FIXTURES = [json.loads(p.read_text()) for p in sorted(Path(__file__).parent.glob("fixtures/*"))]

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**62, max_value=2**80)
    | st.floats()
    | st.text(alphabet=st.characters(), max_size=20)
    | st.sampled_from(["5001", "5001_700", "700_801", "add", "comment", "1793606400", "-1"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        inner = [p for key, child in value.items() for p in places(child, (*path, key))]
    elif isinstance(value, list):
        inner = [p for n, child in enumerate(value) for p in places(child, (*path, n))]
    else:
        inner = []
    return [path, *inner] if path else inner


# Our own names of fields, and numbers: nothing a stranger wrote gets into a log by them.
NAMES = re.compile(r"[a-z_-]+(\[\d+\])?(\.[a-z_-]+(\[\d+\])?)*")
PLACES = [(n, place) for n, fixture in enumerate(FIXTURES) for place in places(fixture)]


def read(value: object) -> None:
    body = json.dumps(value).encode()
    for event in events_of(body):
        name = getattr(event, "event", None)
        assert name is None or (name.isascii() and len(name) <= 80)
        assert not isinstance(event, Unreadable) or NAMES.fullmatch(event.path)


def events_of(body: bytes) -> Sequence[Event]:
    """Read a body; `InvalidPayload` is the only way it may fail, with a field that we name."""
    try:
        return parse(WebhookRequest("POST", {}, {}, body))
    except InvalidPayload as error:
        assert NAMES.fullmatch(error.path)
        return ()


@given(st.sampled_from(PLACES), VALUES)
def test_any_value_in_any_field_is_read_or_refused(
    place: tuple[int, tuple[Any, ...]], value: object
) -> None:
    number, path = place
    body = copy.deepcopy(FIXTURES[number])
    parent = body
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    read(body)


@given(VALUES)
def test_any_json_is_read_or_refused(value: object) -> None:
    read(value)
    read({"object": "page", "entry": value})
    read({"object": "page", "entry": [{"id": "5001", "time": value, "changes": [value]}]})


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    events_of(body)


def test_endless_lists_and_ids_do_no_harm() -> None:
    message = {"mid": "m" * 300, "attachments": [{"type": "image"}] * 100_000}
    event = {"sender": {"id": "1"}, "recipient": {"id": "5001"}, "timestamp": 1}
    read(
        {"object": "page", "entry": [{"id": "5001", "messaging": [{**event, "message": message}]}]}
    )
    value = {"item": "comment", "verb": "add", "comment_id": "9" * 4000, "created_time": 10**4000}
    read(
        {
            "object": "page",
            "entry": [{"id": "5001", "changes": [{"field": "feed", "value": value}]}],
        }
    )


def test_events_are_declared_by_name() -> None:
    assert {"feed.comment.add", "mention.post.add", "ratings.rating.add"} <= EVENTS
    assert {"messaging.message", "messaging.postback", "standby.message"} <= EVENTS
