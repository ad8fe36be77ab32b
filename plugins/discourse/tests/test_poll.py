"""Walking down two lists of newest posts, to the last one known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tanggap.sdk import Account, Event, IncomingPost, PostEdited, Unreadable
from tanggap.sdk.testing import FakeHttp
from tanggap_discourse.poll import PAGE_SIZE, Cursor, fetch

KNOWN = Cursor(last=(100, 50)).write()
NOTHING: dict[str, Any] = {"private_posts": []}


def post(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "topic_id": 17,
        "post_number": number,
        "user_id": 80001,
        "raw": f"Paket {number} belum sampai",
        "created_at": "2026-11-02T12:00:00Z",
        "updated_at": "2026-11-02T12:30:00Z",
        "category_id": 4,
        **more,
    }


def latest(*numbers: int) -> dict[str, Any]:
    return {"latest_posts": [post(number) for number in numbers]}


def drain(account: Account, cursor: str | None, http: FakeHttp) -> tuple[list[Event], str | None]:
    events: list[Event] = []
    more = True
    while more:
        page = fetch(account, cursor, http)
        events += page.events
        cursor, more = page.cursor, page.more
    return events, cursor


def test_first_look_takes_one_page_of_each_list(account: Account) -> None:
    http = FakeHttp(latest(300, 299), {"private_posts": [post(298)]})
    events, cursor = drain(account, None, http)
    assert len(events) == 3
    assert Cursor.read(cursor).last == (300, 298)
    assert [call["url"].rpartition("/")[2] for call in http.calls] == [
        "posts.json",
        "private-posts.json",
    ]


def test_walk_goes_down_to_the_last_known_post(account: Account) -> None:
    http = FakeHttp(latest(140, 130), latest(120, 110), latest(100, 90), NOTHING)
    events, cursor = drain(account, KNOWN, http)
    befores = [call["params"] and call["params"]["before"] for call in http.calls]
    assert befores == [None, "130", "110", None]
    assert Cursor.read(cursor).last == (140, 50)
    assert len(events) == 6


def test_walk_that_was_broken_off_goes_on_where_it_stood(account: Account) -> None:
    page = fetch(account, KNOWN, FakeHttp(latest(140, 130)))
    assert page.more
    assert Cursor.read(page.cursor).last == (100, 50)
    _, cursor = drain(account, page.cursor, FakeHttp(latest(120, 99), NOTHING))
    assert Cursor.read(cursor).last == (140, 50)


def test_empty_window_of_an_older_forum_is_stepped_over(account: Account) -> None:
    http = FakeHttp(latest(260), latest(), latest(), latest(), latest(100), NOTHING)
    _, cursor = drain(account, KNOWN, http)
    befores = [call["params"]["before"] for call in http.calls[1:5]]
    assert befores == [str(260 - steps * PAGE_SIZE) for steps in range(4)]
    assert Cursor.read(cursor).last == (260, 50)


def test_list_without_a_post_keeps_what_is_known(account: Account) -> None:
    _, cursor = drain(account, KNOWN, FakeHttp(latest(), NOTHING))
    assert Cursor.read(cursor).last == (100, 50)


def test_edit_of_a_recent_post_is_seen_by_polling(account: Account) -> None:
    edited = {"latest_posts": [post(100, version=2, raw="Paket 4411 belum sampai")]}
    events, _ = drain(account, KNOWN, FakeHttp(edited, NOTHING))
    assert [e.text for e in events if isinstance(e, PostEdited)] == ["Paket 4411 belum sampai"]


def test_bad_post_of_a_page_does_not_cost_the_others(account: Account) -> None:
    page = {"latest_posts": [post(102), {"id": 101}, post(100)]}
    events, _ = drain(account, KNOWN, FakeHttp(page, NOTHING))
    assert [type(event) for event in events] == [IncomingPost, Unreadable, IncomingPost]


def test_other_categories_are_left_out_and_messages_are_not(account: Account) -> None:
    chosen = replace(account, config={**account.config, "categories": "7,9"})
    page = {"latest_posts": [post(102, category_id=7), post(101, category_id=4)]}
    message = {"private_posts": [post(103, category_id=None)]}
    events, _ = drain(chosen, Cursor(last=(100, 102)).write(), FakeHttp(page, message))
    assert sorted(e.external_id for e in events if isinstance(e, IncomingPost)) == [
        "17/102",
        "17/103",
    ]


NONSENSE = (
    None,
    "",
    "[]",
    "[0,[1,2],null]",
    "[2,[1,2],null,0]",
    "[0,[1],null,0]",
    '[0,"ab",null,0]',
    "[0,[1,true],null,0]",
    "[0,[1,2],-1,0]",
    "[0,[1,2],null,1.5]",
    "[" * 3000,
)


@pytest.mark.parametrize("text", NONSENSE)
def test_cursor_that_makes_no_sense_starts_afresh(text: str | None) -> None:
    assert Cursor.read(text) == Cursor()


def test_cursor_is_what_was_written() -> None:
    cursor = Cursor(1, (5, None), before=3, top=9)
    assert Cursor.read(cursor.write()) == cursor
