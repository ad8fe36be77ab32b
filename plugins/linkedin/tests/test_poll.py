from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tanggap.sdk import (
    Account,
    IncomingPost,
    Page,
    PostDeleted,
    PostEdited,
    RateLimited,
    Unavailable,
    Unreadable,
)
from tanggap_linkedin.poll import fetch

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
FIXTURES = Path(__file__).parent / "fixtures"


def notification(name: str, **changes: object) -> dict[str, object]:
    body = json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))
    return {**body["notifications"][0], **changes}


def polled(account: Account, cursor: str | None, http: Any) -> Page:
    return fetch(account, cursor, http, clock=lambda: NOW)


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def test_first_poll_looks_back_48_hours(account: Account, scripted: Any, answer: Any) -> None:
    http = scripted(answer(200, {"elements": [notification("comment")]}))
    page = polled(account, None, http)
    begin, end = milliseconds(NOW - timedelta(hours=48)), milliseconds(NOW)
    assert f"timeRange=(start:{begin},end:{end})&start=0&count=50" in http.calls[0]["url"]
    assert "organizationalEntity=urn%3Ali%3Aorganization%3A5001" in http.calls[0]["url"]
    assert [type(event) for event in page.events] == [IncomingPost, IncomingPost]
    assert (page.cursor, page.more) == (str(end - 600_000), False)


def test_full_page_is_followed_by_the_next_of_the_same_span(
    account: Account, scripted: Any, answer: Any
) -> None:
    full = answer(200, {"elements": [notification("like")] * 50})
    rest = answer(200, {"elements": [notification("like")] * 3})
    http = scripted(full, rest)
    first = polled(account, "1793600000000", http)
    assert first.more
    second = fetch(account, first.cursor, http, clock=lambda: NOW + timedelta(hours=1))
    assert not second.more
    span = f"timeRange=(start:1793600000000,end:{milliseconds(NOW)})"
    assert all(span in call["url"] for call in http.calls)
    assert "&start=50&count=50" in http.calls[1]["url"]
    assert second.cursor == str(milliseconds(NOW) - 600_000)


def test_long_gap_is_cut_to_what_linkedin_keeps(
    account: Account, scripted: Any, answer: Any
) -> None:
    http = scripted(answer(200, {"elements": []}))
    polled(account, "1", http)
    assert f"(start:{milliseconds(NOW - timedelta(days=60))}," in http.calls[0]["url"]


@pytest.mark.parametrize("cursor", ["", "x", "1:2", "1:2:3:4", "-5", "²", "9" * 40])
def test_strange_cursor_starts_afresh(
    account: Account, scripted: Any, answer: Any, cursor: str
) -> None:
    http = scripted(answer(200, {"elements": []}))
    polled(account, cursor, http)
    assert f"(start:{milliseconds(NOW - timedelta(hours=48))}," in http.calls[0]["url"]


def test_oldest_notification_comes_first(account: Account, scripted: Any, answer: Any) -> None:
    edit, comment = notification("comment_edit"), notification("message_text")
    page = polled(account, None, scripted(answer(200, {"elements": [edit, comment]})))
    assert [type(event) for event in page.events] == [IncomingPost, PostEdited]


def test_elements_without_urns_are_skipped(account: Account, scripted: Any, answer: Any) -> None:
    broken = [{}, None, 7, notification("comment_delete", generatedActivity=None)]
    good = notification("comment_edit")
    page = polled(account, None, scripted(answer(200, {"elements": [*broken, good]})))
    assert sum(isinstance(event, Unreadable) for event in page.events) == 4
    assert sum(isinstance(event, PostEdited) for event in page.events) == 1


def test_missing_text_of_a_mention_is_looked_up(
    account: Account, scripted: Any, answer: Any
) -> None:
    bare = notification("share_mention_without_text")
    post = {"author": "urn:li:person:XyZ789demo", "commentary": r"Bagus sekali @[Nusakirim]"}
    post["commentary"] += r"(urn:li:organization:5001) \(serius\)"
    http = scripted(answer(200, {"elements": [bare]}), answer(200, post))
    mention, edit = polled(account, None, http).events
    assert isinstance(mention, IncomingPost)
    assert isinstance(edit, PostEdited)
    assert mention.text == edit.text == "Bagus sekali @Nusakirim (serius)"
    assert http.calls[1]["url"].endswith("/rest/posts/urn%3Ali%3Ashare%3A7470000000000000499")


def test_undecorated_comment_is_looked_up(account: Account, scripted: Any, answer: Any) -> None:
    bare = notification("comment", decoratedGeneratedActivity=None, decoratedSourcePost=None)
    comment = {"actor": "urn:li:person:AbC123demo", "message": {"text": "Halo"}}
    http = scripted(answer(200, {"elements": [bare]}), answer(200, comment))
    post, _ = polled(account, None, http).events
    assert isinstance(post, IncomingPost)
    assert (post.text, post.author_id) == ("Halo", "urn:li:person:AbC123demo")
    assert http.calls[1]["url"].endswith("activity%3A7470000000000000001/comments/77")


@pytest.mark.parametrize("status", [400, 403, 429, 500])
def test_refused_look_up_leaves_the_post_as_it_came(
    account: Account, scripted: Any, answer: Any, status: int
) -> None:
    bare = notification("share_mention_without_text")
    http = scripted(answer(200, {"elements": [bare]}), answer(status, {}))
    (mention,) = polled(account, None, http).events
    assert isinstance(mention, IncomingPost)
    assert mention.text == ""


def test_throttled_look_ups_are_not_gone_on_with(
    account: Account, scripted: Any, answer: Any
) -> None:
    bare = notification("share_mention_without_text")
    http = scripted(answer(200, {"elements": [bare] * 3}), answer(429, {"serviceErrorCode": 101}))
    assert len(polled(account, None, http).events) == 3
    assert len(http.calls) == 2


def test_post_that_is_gone_by_now_is_not_brought(
    account: Account, scripted: Any, answer: Any
) -> None:
    bare = notification("comment", decoratedGeneratedActivity=None)
    http = scripted(answer(200, {"elements": [bare]}), answer(404, {}))
    (event,) = polled(account, None, http).events
    assert isinstance(event, PostDeleted)


def test_edit_without_its_text_is_looked_up(account: Account, scripted: Any, answer: Any) -> None:
    bare = notification("comment_edit", decoratedGeneratedActivity=None)
    comment = {"actor": "urn:li:person:AbC123demo", "message": {"text": "Halo lagi"}}
    http = scripted(answer(200, {"elements": [bare]}), answer(200, comment))
    (event,) = polled(account, None, http).events
    assert isinstance(event, PostEdited)
    assert event.text == "Halo lagi"


@pytest.mark.parametrize("body", [{"elements": 7}, {"elements": {}}])
def test_unreadable_list_is_an_outage(
    account: Account, scripted: Any, answer: Any, body: object
) -> None:
    with pytest.raises(Unavailable):
        polled(account, None, scripted(answer(200, body)))


def test_throttled_poll_says_when_to_come_back(
    account: Account, scripted: Any, answer: Any
) -> None:
    with pytest.raises(RateLimited):
        polled(account, None, scripted(answer(429, {"serviceErrorCode": 101})))
