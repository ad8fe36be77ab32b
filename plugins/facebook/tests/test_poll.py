from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tanggap.sdk import (
    Account,
    Event,
    IncomingPost,
    PostEdited,
    PostHidden,
    RateLimited,
)
from tanggap.sdk.testing import Answer
from tanggap_facebook.cursor import FIRST_LOOK, OVERLAP, REREAD
from tanggap_facebook.poll import fetch

NOW = datetime.now(UTC).replace(microsecond=0)
EMPTY: dict[str, object] = {"data": []}


def ago(**given: float) -> str:
    return (NOW - timedelta(**given)).strftime("%Y-%m-%dT%H:%M:%S+0000")


def post(name: str, author: str = "5001", **given: Any) -> dict[str, Any]:
    made = {"id": name, "message": "Promo", "created_time": ago(days=1), "from": {"id": author}}
    return {**made, "updated_time": ago(minutes=5), **given}


def comment(name: str, **given: Any) -> dict[str, Any]:
    made = {"id": name, "message": "Mana?", "created_time": ago(minutes=5)}
    return {**made, "from": {"id": "6002", "name": "Rita Demo"}, **given}


def edge(*entries: object, after: str | None = None) -> dict[str, object]:
    body: dict[str, object] = {"data": list(entries)}
    if after is not None:
        address = "https://graph.facebook.com/v26.0/x?access_token=demo-page-token"
        body["paging"] = {"cursors": {"after": after}, "next": address}
    return body


def drain(account: Account, http: Any, cursor: str | None = None) -> tuple[list[Event], str]:
    events: list[Event] = []
    while True:
        page = fetch(account, cursor, http)
        events += page.events
        assert page.cursor is not None
        assert "demo-page-token" not in page.cursor
        cursor = page.cursor
        if not page.more:
            return events, cursor


def paths(http: Any) -> list[str]:
    return [call["url"].removeprefix("https://graph.facebook.com/v26.0/") for call in http.calls]


def posts(events: list[Event]) -> list[IncomingPost]:
    return [event for event in events if isinstance(event, IncomingPost)]


def test_round_walks_feed_comments_conversations_and_reviews(
    account: Account, scripted: Any
) -> None:
    http = scripted(
        edge(post("5001_700")),
        edge(comment("700_801")),
        edge({"id": "t_1", "updated_time": ago(minutes=3)}),
        edge(
            {
                "id": "m_1",
                "created_time": ago(minutes=3),
                "from": {"id": "24001", "name": "Rita Demo"},
                "to": {"data": [{"id": "5001"}]},
                "message": "halo",
            }
        ),
        edge(
            {
                "created_time": ago(minutes=2),
                "recommendation_type": "POSITIVE",
                "review_text": "bagus",
                "reviewer": {"id": "6002", "name": "Rita Demo"},
                "open_graph_story": {"id": "9100"},
            }
        ),
    )
    events, cursor = drain(account, http)
    assert paths(http) == [
        "5001/feed",
        "5001_700/comments",
        "5001/conversations",
        "t_1/messages",
        "5001/ratings",
    ]
    assert [(p.external_id, p.kind, p.thread_id) for p in posts(events)] == [
        ("5001_700", "post", "5001_700"),
        ("700_801", "comment", "700_801"),
        ("m_1", "message", "m:24001"),
        ("9100", "review", "9100"),
    ]
    assert datetime.fromisoformat(json.loads(cursor)["since"]) == NOW - timedelta(minutes=2)


def test_next_round_starts_where_the_last_one_ended(account: Account, scripted: Any) -> None:
    _, cursor = drain(account, scripted(edge(post("5001_700")), EMPTY, EMPTY, EMPTY))
    http = scripted(edge(post("5001_699", updated_time=ago(days=2))), EMPTY, EMPTY)
    events, _ = drain(account, http, cursor)
    assert (events, paths(http)) == ([], ["5001/feed", "5001/conversations", "5001/ratings"])


def test_first_round_looks_back_a_week(account: Account, scripted: Any) -> None:
    late = NOW - FIRST_LOOK - OVERLAP
    inside = (late + timedelta(hours=1)).isoformat()
    outside = (late - timedelta(hours=1)).isoformat()
    http = scripted(
        edge(
            post("5001_1", "6004", created_time=inside, updated_time=inside),
            post("5001_2", "6004", created_time=outside, updated_time=outside),
        ),
        EMPTY,
        EMPTY,
        EMPTY,
    )
    events, _ = drain(account, http)
    assert [p.external_id for p in posts(events)] == ["5001_1"]


def test_cursor_never_passes_the_start_of_its_round(account: Account, scripted: Any) -> None:
    ahead = (NOW + timedelta(hours=5)).isoformat()
    _, cursor = drain(account, scripted(edge(post("5001_700", updated_time=ahead)), *[EMPTY] * 3))
    assert datetime.fromisoformat(json.loads(cursor)["since"]) <= datetime.now(UTC)


def test_quiet_page_keeps_its_cursor(account: Account, scripted: Any) -> None:
    _, first = drain(account, scripted(EMPTY, EMPTY, EMPTY))
    _, second = drain(account, scripted(EMPTY, EMPTY, EMPTY), first)
    assert first == second


def test_old_post_with_new_comment_is_walked(account: Account, scripted: Any) -> None:
    old_own = post("5001_1", created_time=ago(days=40))
    old_visitor = post("5001_2", "6004", created_time=ago(days=40))
    http = scripted(
        edge(old_own, old_visitor),
        edge(comment("1_5")),
        edge(comment("2_6", parent={"id": "2_4"}), comment("2_1", created_time=ago(days=39))),
        EMPTY,
        EMPTY,
    )
    events, _ = drain(account, http)
    assert [(p.external_id, p.in_reply_to) for p in posts(events)] == [
        ("5001_1", None),
        ("1_5", "5001_1"),
        ("2_6", "2_4"),
    ]


def test_post_without_comments_costs_no_call(account: Account, scripted: Any) -> None:
    quiet = post("5001_1", comments={"data": [], "summary": {"total_count": 0}})
    http = scripted(edge(quiet), EMPTY, EMPTY)
    drain(account, http)
    assert paths(http) == ["5001/feed", "5001/conversations", "5001/ratings"]


def test_comments_are_walked_to_the_first_known_one_only(account: Account, scripted: Any) -> None:
    http = scripted(
        edge(post("5001_1")),
        edge(comment("1_9"), after="Q1"),
        edge(after="Q2"),
        edge(comment("1_8"), comment("1_1", created_time=ago(days=30)), after="Q3"),
        EMPTY,
        EMPTY,
    )
    events, _ = drain(account, http)
    assert [p.external_id for p in posts(events)] == ["5001_1", "1_9", "1_8"]
    assert [call["params"].get("after") for call in http.calls[1:4]] == [None, "Q1", "Q2"]


def test_feed_pages_by_time(account: Account, scripted: Any) -> None:
    address = "https://graph.facebook.com/v26.0/5001/feed?access_token=demo-page-token&limit=100"
    more = {"next": f"{address}&until=1793606400&__paging_token=enc_x"}
    http = scripted(
        {"data": [post("5001_2")], "paging": more},
        edge(comment("2_1")),
        edge(post("5001_1", updated_time=ago(days=20))),
        EMPTY,
        EMPTY,
    )
    drain(account, http)
    assert paths(http)[:3] == ["5001/feed", "5001_2/comments", "5001/feed"]
    asked = http.calls[2]["params"]
    assert (asked["until"], asked["__paging_token"]) == ("1793606400", "enc_x")
    assert "access_token" not in asked


def test_interrupted_round_goes_on_where_it_stopped(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    first = fetch(account, None, scripted(edge(post("5001_1"), post("5001_2"))))
    with pytest.raises(RateLimited):
        fetch(account, first.cursor, scripted(refusal(80001)))
    http = scripted(edge(comment("1_5")), edge(comment("2_5")), EMPTY, EMPTY)
    events, _ = drain(account, http, first.cursor)
    assert [p.external_id for p in posts(events)] == ["1_5", "2_5"]


def test_edited_comment_of_the_last_day_is_seen_in_every_round(
    account: Account, scripted: Any
) -> None:
    quiet = post("5001_1", updated_time=ago(hours=5))
    _, cursor = drain(account, scripted(edge(post("5001_2")), EMPTY, EMPTY, EMPTY))
    late = comment("1_5", created_time=ago(hours=6), message="Mana? Resi 4411", is_hidden=True)
    old = comment("1_1", created_time=(NOW - REREAD - timedelta(hours=1)).isoformat())
    http = scripted(edge(quiet), edge(late, old, after="Q1"), EMPTY, EMPTY)
    events, _ = drain(account, http, cursor)
    assert posts(events) == []
    edits = {e.external_id: e.text for e in events if isinstance(e, PostEdited)}
    assert edits == {"5001_1": "Promo", "1_5": "Mana? Resi 4411", "1_1": "Mana?"}
    assert PostHidden(account_id="5001", external_id="1_5", hidden=True) in events


def test_edit_of_a_new_comment_comes_after_it(account: Account, scripted: Any) -> None:
    http = scripted(edge(post("5001_1")), edge(comment("1_5", is_hidden=False)), EMPTY, EMPTY)
    events, _ = drain(account, http)
    assert [type(e).__name__ for e in events if getattr(e, "external_id", "") == "1_5"] == [
        "IncomingPost",
        "PostHidden",
        "PostEdited",
        "PostHidden",
    ]


def test_own_answers_are_never_edited_by_reading_them(account: Account, scripted: Any) -> None:
    own = comment("1_6", **{"from": {"id": "5001"}})
    events, _ = drain(account, scripted(edge(post("5001_1")), edge(own), EMPTY, EMPTY))
    assert "1_6" not in {e.external_id for e in events if isinstance(e, PostEdited)}


def test_round_pauses_when_the_calls_are_nearly_used_up(account: Account, scripted: Any) -> None:
    usage = {"X-App-Usage": json.dumps({"call_count": 95, "total_time": 1, "total_cputime": 1})}
    body = edge(post("5001_1"))
    page = fetch(account, None, scripted(Answer(200, body, usage)))
    assert not page.more
    http = scripted(edge(comment("1_5")), EMPTY, EMPTY)
    events, _ = drain(account, http, page.cursor)
    assert [p.external_id for p in posts(events)] == ["1_5"]
