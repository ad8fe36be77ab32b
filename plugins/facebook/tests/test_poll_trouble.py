from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tanggap.sdk import (
    Account,
    AuthExpired,
    Event,
    IncomingPost,
    PostHidden,
    Token,
    Unavailable,
    Unreadable,
)
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


def test_post_deleted_meanwhile_stops_nothing(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    http = scripted(edge(post("5001_1")), refusal(100, 33), EMPTY, EMPTY)
    drain(account, http)
    assert len(http.calls) == 4


@pytest.mark.parametrize("answer", [(100, None), (200, None), (10, None)])
def test_reviews_out_of_reach_stop_nothing(
    account: Account,
    scripted: Any,
    refusal: Callable[..., Any],
    answer: tuple[int, int | None],
) -> None:
    events, _ = drain(account, scripted(EMPTY, EMPTY, refusal(*answer)))
    assert events == []


def test_dead_token_stops_the_round(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    for before in ([], [EMPTY], [EMPTY, EMPTY]):
        with pytest.raises(AuthExpired):
            drain(account, scripted(*before, refusal(190, 463)))


def test_page_without_messaging_is_not_asked_for_conversations(
    account: Account, scripted: Any
) -> None:
    plain = Account("5001", "Acme", Token("t", scopes=("pages_show_list",)), account.app)
    http = scripted(EMPTY, EMPTY)
    drain(plain, http)
    assert paths(http) == ["5001/feed", "5001/ratings"]


def test_conversations_stop_at_the_first_old_one(account: Account, scripted: Any) -> None:
    http = scripted(
        EMPTY,
        edge(
            {"id": "t_1", "updated_time": ago(minutes=1)},
            {"id": "t_2", "updated_time": ago(days=30)},
            after="Q1",
        ),
        EMPTY,
        EMPTY,
    )
    drain(account, http)
    assert paths(http) == ["5001/feed", "5001/conversations", "t_1/messages", "5001/ratings"]


def test_kinds_of_posts_are_told_apart(account: Account, scripted: Any) -> None:
    media = {"media": {"image": {"src": "https://cdn.example/1.jpg"}}, "title": "Foto"}
    http = scripted(
        edge(
            post(
                "5001_3",
                "6004",
                attachments={"data": [media, 7, {"url": "https://news.example"}]},
                reactions={"summary": {"total_count": 4}},
                shares={"count": 2},
                comments={"summary": {"total_count": 0}},
                is_hidden=True,
            ),
            post("9009_4", "6005", comments={"summary": {"total_count": 0}}),
        ),
        EMPTY,
        EMPTY,
    )
    events, _ = drain(account, http)
    tagged, visitor = posts(events)
    assert (tagged.external_id, tagged.kind) == ("9009_4", "mention")
    assert (visitor.external_id, visitor.kind) == ("5001_3", "mention")
    assert visitor.metrics == {"likes": 4, "replies": 0, "shares": 2}
    assert [(a.kind, a.url) for a in visitor.attachments] == [
        ("image", "https://cdn.example/1.jpg"),
        ("link", "https://news.example"),
    ]
    assert PostHidden(account_id="5001", external_id="5001_3", hidden=True) in events


def test_own_messages_and_files_are_read(account: Account, scripted: Any) -> None:
    files = [
        {"name": "image-3", "image_data": {"url": "https://cdn.example/3.jpg"}},
        {"name": "bukti.pdf", "file_url": "https://cdn.example/4.pdf"},
    ]
    own = {"id": "m_2", "created_time": ago(minutes=1), "from": {"id": "5001"}, "message": "ya"}
    own |= {"to": {"data": [{"id": "24001"}]}, "attachments": {"data": files}}
    http = scripted(EMPTY, edge({"id": "t_1", "updated_time": ago(minutes=1)}), edge(own), EMPTY)
    events, _ = drain(account, http)
    (sent,) = posts(events)
    assert (sent.author_id, sent.recipient_id, sent.thread_id) == ("5001", "24001", "m:24001")
    assert [(a.kind, a.description) for a in sent.attachments] == [
        ("image", "image-3"),
        ("file", "bukti.pdf"),
    ]


def test_bad_entries_are_named_and_the_good_ones_go_on(account: Account, scripted: Any) -> None:
    http = scripted(
        edge(7, {"id": "5001_1"}, post("5001_2")),
        edge({"id": "2_1"}, comment("2_2", message=7), comment("2_3")),
        edge({"id": "t_1"}, 7),
        edge({"review_text": "x"}),
    )
    events, _ = drain(account, http)
    assert [p.external_id for p in posts(events)] == ["5001_2", "2_3"]
    assert len([e for e in events if isinstance(e, Unreadable)]) == 7


@pytest.mark.parametrize("body", [{"data": 7}, 7, {"data": [], "paging": 7}])
def test_unreadable_edge_is_an_outage(account: Account, scripted: Any, body: object) -> None:
    with pytest.raises(Unavailable):
        fetch(account, None, scripted(body))


@pytest.mark.parametrize("cursor", ["", "rubbish", "[]", "{}", '{"since":"x"}', '{"since":7}'])
def test_cursor_that_cannot_be_read_begins_anew(
    account: Account, scripted: Any, cursor: str
) -> None:
    events, _ = drain(account, scripted(edge(post("5001_1")), *[EMPTY] * 3), cursor)
    assert [p.external_id for p in posts(events)] == ["5001_1"]


def test_cursor_of_an_unknown_stage_begins_anew(account: Account, scripted: Any) -> None:
    value = {"since": NOW.isoformat(), "stage": "stories", "started": NOW.isoformat()}
    assert fetch(account, json.dumps(value), scripted(EMPTY)).more
