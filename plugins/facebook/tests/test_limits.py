from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.sdk import Channel
from tanggap_facebook.limits import MAX_COMMENT, MAX_MESSAGE, measure


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("terima kasih", 12),
        ("\N{FACE WITH TEARS OF JOY}", 1),
        ("https://example.com/a-long-address", 34),
        ("e\N{COMBINING ACUTE ACCENT}", 2),
        ("\ud83d", 1),
    ],
)
def test_length_counts_code_points(text: str, length: int) -> None:
    assert measure(text) == length


@given(st.text(), st.text())
def test_length_adds_up(one: str, other: str) -> None:
    assert measure(one + other) == measure(one) + measure(other)


def test_comments_are_longer_than_messages(channel: Channel) -> None:
    assert channel.replying is not None
    assert channel.replying.max_length == MAX_COMMENT == 8000
    assert channel.replying.private_max_length == MAX_MESSAGE == 2000
    assert channel.replying.measure is measure
