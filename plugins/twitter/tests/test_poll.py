from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tanggap.sdk import (
    Account,
    AppCredentials,
    Event,
    Ignored,
    IncomingPost,
    RateLimited,
    Token,
    Unreadable,
)
from tanggap_twitter.poll import Cursor, fetch

RITA = {"id": "80002", "name": "Rita Demo", "username": "rita_demo"}


def drain(account: Account, cursor: str | None, http: Any) -> tuple[list[Event], str]:
    events: list[Event] = []
    for _ in range(100):
        page = fetch(account, cursor, http)
        events.extend(page.events)
        assert page.cursor is not None
        cursor = page.cursor
        if not page.more:
            return events, cursor
    raise AssertionError("the poll never ends")


def posts(events: list[Event]) -> list[str]:
    return [e.external_id for e in events if isinstance(e, IncomingPost)]


def mention(post_id: str, **more: object) -> dict[str, object]:
    return {
        "id": post_id,
        "text": f"post {post_id}",
        "author_id": "80002",
        "created_at": "2026-11-02T10:20:00.000Z",
        "conversation_id": post_id,
        **more,
    }


def test_mentions_are_drained_page_by_page_then_messages(
    account: Account, scripted: Any, answer: Any
) -> None:
    big = 1987654321098765000
    message = {
        "id": str(big),
        "event_type": "MessageCreate",
        "text": "Ada kabar?",
        "sender_id": "80002",
        "dm_conversation_id": "70001-80002",
        "created_at": "2026-11-02T11:00:00.000Z",
    }
    http = scripted(
        answer(
            200,
            {
                "data": [mention(str(big + 3)), mention(str(big + 2))],
                "includes": {"users": [RITA]},
                "meta": {"result_count": 2, "next_token": "n1"},
            },
        ),
        answer(200, {"data": [mention(str(big + 1))], "meta": {"result_count": 1}}),
        answer(200, {"meta": {"result_count": 0}}),
        answer(200, {"data": [message], "meta": {"result_count": 1}}),
    )
    events, cursor = drain(account, None, http)
    assert posts(events) == [str(big + 2), str(big + 3), str(big + 1), str(big)]
    assert "start_time" in http.calls[0]["params"]
    assert http.calls[1]["params"]["pagination_token"] == "n1"
    assert http.calls[2]["url"].endswith("/2/tweets/search/recent")
    assert http.calls[3]["url"].endswith("/2/dm_events")
    here = Cursor.read(cursor)
    assert (here.step, here.post, here.message) == ("mentions", big + 3, big)


def test_next_poll_starts_a_little_before_the_newest_post(
    account: Account, scripted: Any, answer: Any
) -> None:
    newest = 1987654321098765000
    http = scripted(answer(200, {"meta": {"result_count": 0}}))
    page = fetch(account, Cursor(post=newest).write(), http)
    assert page.more
    assert http.calls[0]["params"]["since_id"] == str(newest - (120_000 << 22))
    assert Cursor.read(page.cursor).post == newest


def test_message_poll_stops_at_what_it_knows(account: Account, scripted: Any, answer: Any) -> None:
    newest = 1987654321098765000
    entries = [
        {"id": str(newest + 1), "event_type": "ParticipantsJoin"},
        {"id": "5", "text": "old"},
    ]
    http = scripted(answer(200, {"data": entries, "meta": {"next_token": "n"}}))
    page = fetch(account, Cursor("messages", message=newest).write(), http)
    assert not page.more
    assert page.events == [Ignored(event="dm_events.ParticipantsJoin")]
    assert Cursor.read(page.cursor).message == newest + 1


def test_bad_entry_of_a_page_stops_no_other(account: Account, scripted: Any, answer: Any) -> None:
    body = {"data": [mention("9"), {"id": "8", "text": 5, "author_id": "1"}, None], "errors": [{}]}
    events = fetch(account, None, scripted(answer(200, body))).events
    assert [type(event) for event in events] == [Unreadable, Unreadable, IncomingPost]


def test_context_that_is_on_the_page_itself_is_not_told_twice(
    account: Account, scripted: Any, answer: Any
) -> None:
    reply = mention("9", referenced_tweets=[{"type": "replied_to", "id": "8"}])
    body = {"data": [reply, mention("8")], "includes": {"tweets": [mention("8"), mention("7")]}}
    events = fetch(account, None, scripted(answer(200, body))).events
    kinds = {e.external_id: e.kind for e in events if isinstance(e, IncomingPost)}
    assert len(events) == 3
    assert kinds == {"7": "post", "8": "mention", "9": "mention"}


def test_edited_post_brings_the_ids_it_had_before(
    account: Account, scripted: Any, answer: Any
) -> None:
    body = {"data": [mention("90", edit_history_tweet_ids=["50", "90"])]}
    (edited,) = fetch(account, Cursor(post=60).write(), scripted(answer(200, body))).events
    assert isinstance(edited, IncomingPost)
    assert (edited.external_id, edited.previous_ids) == ("90", ("50",))
    assert edited.edited_at is not None


def test_token_without_message_scope_polls_mentions_only(
    account: Account, scripted: Any, answer: Any
) -> None:
    without_quotes = AppCredentials({"find_quotes": ""}, {})
    narrow = replace(account, token=Token("t", scopes=("tweet.read",)), app=without_quotes)
    http = scripted(answer(200, {"meta": {"result_count": 0}}))
    page = fetch(narrow, None, http)
    assert not page.more
    assert Cursor.read(page.cursor).step == "mentions"


@pytest.mark.parametrize("text", ["", "no json", "[]", '{"post":"x"}', '{"post":null}', "5", None])
def test_foreign_cursor_starts_anew(text: str | None) -> None:
    assert Cursor.read(text) == Cursor()


def test_rate_limit_keeps_the_place(account: Account, scripted: Any, answer: Any) -> None:
    with pytest.raises(RateLimited):
        fetch(account, Cursor("messages").write(), scripted(answer(429, {})))


def test_simulator_is_drained_without_loss_or_end(
    nusakirim: Account, http: Any, write: Callable[..., str]
) -> None:
    written = [write(f"@nusakirim halo {n}") for n in range(103)]
    private = write("pesan", kind="message")
    events, cursor = drain(nusakirim, None, http)
    assert sorted(posts(events)) == sorted([*written, private])
    late = write("@nusakirim satu lagi", "mention")
    events, cursor = drain(nusakirim, cursor, http)
    assert late in posts(events)
    assert json.loads(cursor)["post"] == int(late)


def test_simulator_speaks_the_newer_names_too(
    nusakirim: Account, http: Any, write: Callable[..., str], x: Any
) -> None:
    news = write("Promo", "post", by="brand")
    reply = write("mahal", "reply", in_reply_to=news)
    config = {**x.app_config, "field_names": "post"}
    account = replace(nusakirim, app=AppCredentials(config, x.app_secrets))
    events, _ = drain(account, None, http)
    parent, found = events
    assert isinstance(parent, IncomingPost)
    assert isinstance(found, IncomingPost)
    assert (parent.external_id, parent.author_id) == (news, "70001")
    assert (found.external_id, found.kind, found.in_reply_to) == (reply, "reply", news)
    assert found.author_name == "Rita Demo"
    assert found.metrics["reposts"] == 0
