from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tanggap.sdk import Account, AccountRevoked, IncomingPost, PostDeleted

Write = Callable[..., str]


def test_kinds_arrive_as_what_they_are(subscribed: Account, inbox: Any, write: Write) -> None:
    news = write("Promo ongkir", "post", by="brand")
    write("mahal", "reply", in_reply_to=news)
    write("lihat ini", "quote", in_reply_to=news)
    write("RT @nusakirim: Promo ongkir", "repost", in_reply_to=news)
    write("@nusakirim resi saya?", "mention")
    write("halo", "message")
    kinds = [post.kind for post in inbox.posts() if post.external_id != news]
    assert kinds == ["reply", "quote", "repost", "mention", "message"]
    assert inbox.posts()[0].author_id == "70001"


def test_complaint_that_goes_on_stays_in_its_conversation(
    subscribed: Account, inbox: Any, write: Write
) -> None:
    first = write("@nusakirim paket saya?", "mention", key="a")
    write("@nusakirim halo?? sudah 3 hari", "mention", in_reply_to="a")
    write("setuju", "reply", by="budi", in_reply_to="a")
    one, parent, two = inbox.posts()
    assert (one.external_id, parent.external_id) == (first, first)
    assert two.thread_id == one.thread_id
    assert two.in_reply_to == first


def test_edit_gets_a_new_id_and_old_ones_find_it(
    subscribed: Account, inbox: Any, write: Write, control: Any
) -> None:
    first = write("@nusakirim paket saya?", "mention", key="a")
    edited = control("POST", "posts/a/edit", {"text": "@nusakirim sudah sampai"})
    control("POST", "flush")
    event = inbox.events[-1]
    assert isinstance(event, IncomingPost)
    assert (event.external_id, event.previous_ids) == (edited["id"], (first,))
    assert event.text == "@nusakirim sudah sampai"


def test_only_our_own_deletions_are_told(
    subscribed: Account, inbox: Any, write: Write, control: Any
) -> None:
    theirs, ours = write("@nusakirim halo"), write("Promo", "post", by="brand")
    control("DELETE", f"posts/{theirs}")
    control("DELETE", f"posts/{ours}")
    control("POST", "flush")
    deleted = [event for event in inbox.events if isinstance(event, PostDeleted)]
    assert [event.external_id for event in deleted] == [ours]


def test_forged_webhook_is_refused_and_a_double_one_is_read_twice(
    subscribed: Account, inbox: Any, write: Write, control: Any
) -> None:
    control("POST", "faults", {"kind": "bad_signature"})
    write("@nusakirim palsu")
    assert (inbox.refused, inbox.events) == (1, [])
    control("POST", "faults", {"kind": "duplicate_webhooks"})
    write("@nusakirim dua kali")
    assert len(inbox.posts()) == 2


def test_withdrawn_permission_is_told_and_ends_the_events(
    subscribed: Account, inbox: Any, write: Write, control: Any
) -> None:
    control("POST", "faults", {"kind": "auth_revoked"})
    write("@nusakirim masih dengar?")
    (event,) = inbox.events
    assert isinstance(event, AccountRevoked)
    assert event.account_id == "70001"


def test_metrics_show_in_what_is_read(
    nusakirim: Account, http: Any, x: Any, write: Write, control: Any
) -> None:
    post = write("@nusakirim viral", "mention", key="v")
    control("POST", "posts/v/metrics", {"likes": 1200, "reposts": 340})
    answered = http.request(
        "GET",
        f"{x.base_url}/2/tweets/{post}",
        params={"tweet.fields": "public_metrics"},
        headers={"Authorization": f"Bearer {nusakirim.token.access_token}"},
    )
    assert set(answered.json()["data"]) == {
        "id",
        "text",
        "edit_history_tweet_ids",
        "public_metrics",
    }
    assert answered.json()["data"]["public_metrics"]["like_count"] == 1200
    assert answered.headers["x-rate-limit-remaining"] == "899"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/2/users/me", None, 401),
        ("GET", "/2/webhooks", None, 401),
        ("POST", "/2/tweets", {"text": "a"}, 401),
        ("POST", "/2/oauth2/token", None, 401),
        ("GET", "/i/oauth2/authorize", None, 400),
        ("GET", "/2/nothing", None, 404),
    ],
)
def test_strangers_are_refused(x: Any, method: str, path: str, body: object, status: int) -> None:
    with httpx.Client(base_url=x.base_url, trust_env=False) as client:
        assert client.request(method, path, json=body).status_code == status


def own_request(x: Any, account: Account, http: Any) -> Callable[..., httpx.Response]:
    def call(method: str, path: str, **given: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {account.token.access_token}"}
        answered: httpx.Response = http.request(
            method, f"{x.base_url}{path}", headers=headers, **given
        )
        return answered

    return call


def test_replies_under_our_posts_can_be_hidden_and_ours_deleted(
    nusakirim: Account, http: Any, x: Any, write: Write
) -> None:
    call = own_request(x, nusakirim, http)
    news = write("Promo", "post", by="brand")
    spam = write("judi", "reply", in_reply_to=news)
    other = write("@nusakirim halo")
    assert call("PUT", f"/2/tweets/{spam}/hidden", json={"hidden": True}).json() == {
        "data": {"hidden": True}
    }
    assert x.world.post(spam).hidden
    assert call("PUT", f"/2/tweets/{other}/hidden", json={"hidden": True}).status_code == 403
    assert call("DELETE", f"/2/tweets/{other}").status_code == 404
    assert call("DELETE", f"/2/tweets/{news}").json() == {"data": {"deleted": True}}
    assert call("GET", f"/2/tweets/{news}").status_code == 404
    both = call("GET", "/2/tweets", params={"ids": f"{news},{other}"}).json()
    assert [post["id"] for post in both["data"]] == [other]
    assert both["errors"][0]["resource_id"] == news


def test_pages_need_sensible_parameters(nusakirim: Account, http: Any, x: Any) -> None:
    call = own_request(x, nusakirim, http)
    for params in ({"max_results": "1"}, {"pagination_token": "!!"}, {"max_results": "101"}):
        assert call("GET", "/2/users/70001/mentions", params=params).status_code == 400
    assert call("GET", "/2/users/7/mentions").status_code == 403
    assert call("GET", "/2/tweets", params={"ids": ",".join(["1"] * 101)}).status_code == 400


def test_every_webhook_of_the_simulator_is_read_without_loss(
    subscribed: Account, inbox: Any, write: Write
) -> None:
    texts = ["@nusakirim <b>&amp;</b>", "@nusakirim \u202e 🙏🏽\x00", "@nusakirim\n" * 50]
    for text in texts:
        write(text)
    assert [post.text for post in inbox.posts()] == texts
    assert all(isinstance(event, IncomingPost) for event in inbox.events)


def test_search_finds_what_was_asked_for(
    nusakirim: Account, http: Any, x: Any, write: Write
) -> None:
    call = own_request(x, nusakirim, http)
    news = write("Promo ongkir", "post", by="brand")
    named = write("@nusakirim resi saya?")
    reply = write("mahal", "reply", in_reply_to=news)
    quote = write("lihat ini", "quote", in_reply_to=news)
    write("RT @nusakirim: Promo", "repost", in_reply_to=news)
    write("halo", "message")

    def found(query: str) -> set[str]:
        body = call("GET", "/2/tweets/search/recent", params={"query": query}).json()
        return {post["id"] for post in body.get("data", [])}

    assert found("(@nusakirim OR to:nusakirim) -from:nusakirim -is:retweet") == {named, reply}
    assert found('url:"x.com/nusakirim/status" is:quote') == {quote}
    assert found(f"conversation_id:{news} is:reply") == {reply}
    assert found("promo ONGKIR") == {news}
    assert found('"promo ongkir" from:nusakirim') == {news}
    assert found("tidak_ada") == set()


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"query": ""},
        {"query": "a" * 513},
        {"query": "(a OR"},
        {"query": "a)"},
        {"query": "OR"},
        {"query": "has:unicorns"},
        {"query": "a", "max_results": "5"},
        {"query": "a", "since_id": "1"},
        {"query": "a", "start_time": "2020-01-01T00:00:00Z"},
    ],
    ids=str,
)
def test_search_refuses_what_x_refuses(
    nusakirim: Account, http: Any, x: Any, params: dict[str, str]
) -> None:
    call = own_request(x, nusakirim, http)
    answered = call("GET", "/2/tweets/search/recent", params=params)
    assert answered.status_code == 400
    assert answered.json()["type"].endswith("/invalid-request")


def test_conversation_can_be_written_to_and_read_by_its_name(
    nusakirim: Account, http: Any, x: Any, write: Write
) -> None:
    call = own_request(x, nusakirim, http)
    write("halo", "message")
    name = "70001-80001"
    sent = call("POST", f"/2/dm_conversations/{name}/messages", json={"text": "hai"})
    assert sent.json()["data"]["dm_conversation_id"] == name
    listed = call("GET", f"/2/dm_conversations/{name}/dm_events").json()["data"]
    assert [message["text"] for message in listed] == ["hai", "halo"]
    assert call("POST", "/2/dm_conversations/1-2/messages", json={"text": "a"}).status_code == 404


def test_likes_and_moving_subscriptions_need_what_x_needs(
    subscribed: Account, http: Any, x: Any, write: Write
) -> None:
    call = own_request(x, subscribed, http)
    post = write("@nusakirim halo")
    liked = call("POST", "/2/users/70001/likes", json={"tweet_id": post})
    assert liked.status_code == 403
    (first, *_) = x.activities.subscriptions
    path = f"/2/activity/subscriptions/{first}"
    assert call("PUT", path, json={"tag": "baru"}).json()["data"]["tag"] == "baru"
    assert call("PUT", path, json={"webhook_id": "1"}).status_code == 404
    assert call("PUT", "/2/activity/subscriptions/1", json={}).status_code == 404


def test_every_answer_of_the_api_tells_its_limit(
    subscribed: Account, http: Any, x: Any, write: Write
) -> None:
    call = own_request(x, subscribed, http)
    for method, path in (
        ("GET", "/2/users/me"),
        ("GET", "/2/webhooks"),
        ("GET", "/2/tweets/1"),
        ("POST", "/2/oauth2/token"),
    ):
        headers = call(method, path).headers
        assert 0 <= int(headers["x-rate-limit-remaining"]) < int(headers["x-rate-limit-limit"])
        assert int(headers["x-rate-limit-reset"]) > x.clock().timestamp()
