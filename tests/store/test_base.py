"""JSON columns hold whatever JSON can say, and come back as they went."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tanggap.store.base import from_json, to_json


@pytest.mark.parametrize(
    "value",
    [
        {"teks": "Hälo 👋", "angka": [1, 2.5, None, True]},
        {"setengah": "\ud800"},
        {"besar": 2**70},
        {"": {"dalam": [[[]]]}},
        "garis\nbaru",
        None,
    ],
)
def test_value_comes_back_as_it_was_written(value: Any) -> None:
    assert from_json(to_json(value)) == value


def test_moments_and_days_are_written_as_iso_8601() -> None:
    moment = datetime(2026, 11, 23, 1, 2, 3, 450_000, tzinfo=UTC)
    assert from_json(to_json([moment, date(2026, 11, 23)])) == [
        "2026-11-23T01:02:03.450000+00:00",
        "2026-11-23",
    ]


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(TypeError, match="object cannot be written"):
        to_json({"object": object()})
