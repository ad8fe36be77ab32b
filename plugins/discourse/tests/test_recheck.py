from __future__ import annotations

import pytest

from tanggap.sdk import PostDeleted, PostKind, RateLimited
from tanggap.sdk.testing import Answer, FakeHttp, make_account
from tanggap_discourse import recheck, tanggap_channels

(CHANNEL,) = tanggap_channels()
ACCOUNT = make_account(
    CHANNEL, "forum.example.com:7", config={"url": "https://forum.example.com", "username": "n"}
)
POSTS: dict[str, PostKind] = {
    "4/1": "comment",
    "4/2": "comment",
    "4/3": "comment",
    "odd": "comment",
}


def test_posts_that_are_missing_or_seen_by_staff_alone_are_gone() -> None:
    http = FakeHttp({"id": 1}, Answer(404, {}), {"id": 3, "deleted_at": "2026-11-02T08:00:00Z"})
    page = recheck.look_up(ACCOUNT, POSTS, http)
    gone = [event.external_id for event in page.events if isinstance(event, PostDeleted)]
    assert gone == ["4/2", "4/3"]


def test_throttle_is_told() -> None:
    with pytest.raises(RateLimited):
        recheck.look_up(ACCOUNT, POSTS, FakeHttp(Answer(429, {})))
