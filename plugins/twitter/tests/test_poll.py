from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tanggap.sdk import (
    Account,
    AppCredentials,
    AuthExpired,
    Event,
    Ignored,
    IncomingPost,
    RateLimited,
    Token,
    Unavailable,
    Unreadable,
)
from tanggap_twitter import reads
from tanggap_twitter.cursor import STEPS, Cursor, Step
from tanggap_twitter.poll import fetch, quotes_query
from tanggap_twitter.posts import SNOWFLAKE_BITS, SNOWFLAKE_EPOCH_MS

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


def id_of(moment: datetime) -> int:
    return (int(moment.timestamp() * 1000) - SNOWFLAKE_EPOCH_MS) << SNOWFLAKE_BITS


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


def test_quotes_are_searched_for_where_nobody_mentions_us(
    account: Account, scripted: Any, answer: Any
) -> None:
    ours = mention("1987654321098765000", author_id="70001", text="Promo")
    quote = mention("1987654321098765005", referenced_tweets=[{"type": "quoted", "id": ours["id"]}])
    body = {"data": [quote], "includes": {"users": [RITA], "tweets": [ours]}}
    page = fetch(account, Cursor("quotes").write(), scripted(answer(200, body)))
    parent, found = page.events
    assert isinstance(parent, IncomingPost)
    assert isinstance(found, IncomingPost)
    assert (found.kind, found.quoted_id) == ("quote", parent.external_id)
    assert Cursor.read(page.cursor).quote == 1987654321098765005
    assert page.more


def test_search_is_for_posts_that_carry_our_address() -> None:
    assert quotes_query("nusakirim") == (
        '(url:"x.com/nusakirim/status" OR url:"twitter.com/nusakirim/status") is:quote '
        "-from:nusakirim -is:retweet"
    )


def test_search_goes_back_no_further_than_x_allows(
    account: Account, scripted: Any, answer: Any
) -> None:
    now = datetime.now(UTC)
    for known, asked in ((id_of(now - timedelta(days=1)), "since_id"), (1, "start_time")):
        http = scripted(answer(200, {"meta": {"result_count": 0}}))
        page = fetch(account, Cursor("quotes", quote=known).write(), http)
        params = http.calls[0]["params"]
        assert {"since_id", "start_time"} & set(params) == {asked}
        assert Cursor.read(page.cursor).quote == known
    start = datetime.fromisoformat(params["start_time"])
    assert now - timedelta(days=7) < start < now - timedelta(days=6, hours=23)


@pytest.mark.parametrize(("status", "body"), [(403, {}), (400, {}), (404, "no json")])
def test_app_that_may_not_search_polls_on_without(
    account: Account, scripted: Any, answer: Any, status: int, body: object
) -> None:
    page = fetch(account, Cursor("quotes", post=5).write(), scripted(answer(status, body)))
    assert page.events == [Ignored(event="search.refused")]
    assert (page.more, Cursor.read(page.cursor).step) == (True, "messages")


def test_trouble_of_a_search_is_no_refusal(account: Account, scripted: Any, answer: Any) -> None:
    for status, expected in ((401, AuthExpired), (429, RateLimited), (503, Unavailable)):
        with pytest.raises(expected):
            fetch(account, Cursor("quotes").write(), scripted(answer(status, {})))


def test_page_that_x_has_forgotten_is_asked_for_from_the_start(
    account: Account, scripted: Any, answer: Any
) -> None:
    for step in STEPS:
        http = scripted(answer(400, {}), answer(200, {"meta": {"result_count": 0}}))
        fetch(account, Cursor(step, post=9, newest=8, token="old").write(), http)
        assert http.calls[0]["params"]["pagination_token"] == "old"
        assert "pagination_token" not in http.calls[1]["params"]


def test_every_read_is_counted_at_its_price(account: Account, scripted: Any, answer: Any) -> None:
    def cost(step: Step, body: object) -> Decimal:
        page = fetch(account, Cursor(step).write(), scripted(answer(200, body)))
        every = [one for ids in page.read_ids.values() for one in ids]
        assert len(set(every)) == len(every)
        sums = (reads.PRICES_USD[kind] * len(ids) for kind, ids in page.read_ids.items())
        return sum(sums, Decimal(0))

    two = {"data": [mention("9"), mention("8")], "includes": {"tweets": [mention("7")]}}
    assert cost("mentions", two) == Decimal("0.007")
    assert cost("quotes", {"data": [mention("9")]}) == Decimal("0.005")
    assert cost("messages", {"data": [{"id": "6"}, {"id": "5"}, {}]}) == Decimal("0.020")
    assert cost("mentions", {"meta": {"result_count": 0}}) == 0


def test_same_read_is_named_alike_on_every_page(
    account: Account, scripted: Any, answer: Any
) -> None:
    body = {"data": [mention("9")]}
    first, again = (fetch(account, None, scripted(answer(200, body))) for _ in range(2))
    assert first.read_ids == again.read_ids == {"owned": ("9",)}


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


def test_simulator_gives_back_what_was_lost_while_webhooks_were_away(
    subscribed: Account, inbox: Any, http: Any, write: Callable[..., str], control: Any
) -> None:
    news = write("Promo", "post", by="brand")
    _, cursor = drain(subscribed, None, http)
    before = len(inbox.posts())
    control("POST", "faults", {"kind": "drop_webhooks", "times": 1000})
    lost = {
        write("@nusakirim halo"),
        write("mahal", "reply", in_reply_to=news),
        write("lihat ini", "quote", in_reply_to=news),
        write("halo", "message"),
    }
    write("RT @nusakirim: Promo", "repost", in_reply_to=news)
    assert len(inbox.posts()) == before
    events, cursor = drain(subscribed, cursor, http)
    found = {e.external_id: e.kind for e in events if isinstance(e, IncomingPost)}
    assert lost <= set(found)
    assert sorted(found[one] for one in lost) == ["mention", "message", "quote", "reply"]
    assert drain(subscribed, cursor, http)[1] == cursor


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
