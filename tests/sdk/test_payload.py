"""Reading untrusted JSON: whatever comes, only `InvalidPayload` with a path goes out."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.sdk import InvalidPayload, Payload, read_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
READS = (
    lambda p: p.text("a", "b"),
    lambda p: p.text_or("", "a"),
    lambda p: p.id("a"),
    lambda p: p.id_or_none("a", "b"),
    lambda p: p.integer("a"),
    lambda p: p.integer_or(0, "a"),
    lambda p: p.boolean_or(False, "a"),
    lambda p: p.mapping("a").keys(),
    lambda p: [entry.value for entry in p.items("a")],
    lambda p: p.moment("a"),
    lambda p: p.epoch("a", unit=1000),
    lambda p: p.has("a", "b", "c"),
    lambda p: p.at("a").keys(),
)


@given(JSON, st.sampled_from(READS), st.booleans())
def test_no_read_raises_anything_else(value: object, read: object, nest: bool) -> None:
    payload = Payload({"a": value} if nest else value)
    try:
        read(payload)  # type: ignore[operator]
    except InvalidPayload as error:
        assert error.path
        assert error.expected


@given(st.binary(max_size=200))
def test_bytes_that_are_not_json_are_an_invalid_payload(body: bytes) -> None:
    try:
        read_json(body)
    except InvalidPayload as error:
        assert error.path == "body"


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 5_000, b"[" * 80 + b"]" * 80])
def test_absurd_nesting_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidPayload):
        read_json(body)


def test_fault_names_the_whole_path() -> None:
    payload = read_json(json.dumps({"data": {"users": [{"id": 1}, {"id": []}]}}).encode())
    with pytest.raises(InvalidPayload, match=r"data\.users\[1\]\.id: expected an id"):
        [user.id("id") for user in payload.items("data", "users")]


def test_ids_beyond_53_bits_keep_every_digit() -> None:
    assert read_json(b'{"id": 9007199254740993}').id("id") == "9007199254740993"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-02T08:00:00Z",
        "2026-11-02T08:00:00.000Z",
        "2026-11-02T15:00:00+0700",
        "2026-11-02T08:00:00",
    ],
)
def test_times_are_read_as_utc_however_they_are_written(text: str) -> None:
    assert Payload({"at": text}).moment("at") == datetime(2026, 11, 2, 8, tzinfo=UTC)


def test_epochs_in_seconds_and_milliseconds() -> None:
    payload = Payload({"s": 1793606400, "ms": "1793606400000"})
    assert payload.epoch("s") == payload.epoch("ms", unit=1000)


def test_true_is_not_a_number() -> None:
    with pytest.raises(InvalidPayload):
        Payload({"n": True}).integer("n")
