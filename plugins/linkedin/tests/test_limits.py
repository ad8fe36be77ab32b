from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.sdk import Channel
from tanggap_linkedin.limits import measure, pause, until_quota_reset

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def test_comment_may_have_1250_characters(channel: Channel) -> None:
    assert channel.replying is not None
    assert channel.replying.max_length == 1250
    assert channel.replying.private_max_length is None


@pytest.mark.parametrize(
    ("text", "length"), [("", 0), ("terima kasih", 12), ("é", 1), ("🙏", 2), ("\ud800", 1)]
)
def test_length_is_counted_in_utf16_units(text: str, length: int) -> None:
    assert measure(text) == length


@given(st.text(alphabet=st.characters()), st.text(alphabet=st.characters()))
def test_lengths_add_up(left: str, right: str) -> None:
    assert measure(left) + measure(right) == measure(left + right)


def test_daily_quota_comes_back_at_midnight_utc() -> None:
    assert until_quota_reset(NOON) == timedelta(hours=12)
    jakarta = datetime(2026, 11, 2, 6, 30, tzinfo=timezone(timedelta(hours=7)))
    assert until_quota_reset(jakarta) == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("retry_after", "message", "wait"),
    [
        ("", "Resource level throttle APPLICATION DAY limit for calls", timedelta(hours=12)),
        ("", "Comment create throttled", timedelta(minutes=1)),
        ("30", "APPLICATION DAY limit", timedelta(seconds=30)),
        ("later", "", timedelta(minutes=1)),
        ("9" * 30, "", timedelta(minutes=1)),
    ],
)
def test_pause_after_a_throttle(retry_after: str, message: str, wait: timedelta) -> None:
    assert pause(retry_after, message, NOON) == wait
