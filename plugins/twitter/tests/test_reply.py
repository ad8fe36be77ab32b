from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from tanggap.sdk import Account, AppCredentials, RateLimited, Rejected, Reply, Unavailable
from tanggap_twitter import reply as replying

NOW = datetime.now(UTC)


def public(to: str, text: str = "Baik kak, kami cek ^AB", *, retry: bool = False) -> Reply:
    tried = datetime.now(UTC) if retry else None
    return Reply(to=to, text=text, idempotency_key="k1", author_id="80001", first_tried_at=tried)


def private(to: str, text: str = "Nomor resinya? ^AB", *, retry: bool = False) -> Reply:
    tried = datetime.now(UTC) if retry else None
    return Reply(
        to=to,
        text=text,
        idempotency_key="k2",
        author_id="80001",
        visibility="private",
        first_tried_at=tried,
    )


def test_reply_names_the_post_it_answers(account: Account, scripted: Any, answer: Any) -> None:
    http = scripted(answer(201, {"data": {"id": "99", "text": "x"}}))
    sent = replying.send(account, public("5"), http)
    assert http.calls[0]["json"] == {
        "text": "Baik kak, kami cek ^AB",
        "reply": {"in_reply_to_tweet_id": "5"},
    }
    assert (sent.external_id, sent.url) == ("99", "https://x.com/nusakirim/status/99")


def test_private_answer_goes_to_the_author(account: Account, scripted: Any, answer: Any) -> None:
    http = scripted(answer(201, {"data": {"dm_conversation_id": "1-2", "dm_event_id": "98"}}))
    sent = replying.send(account, private("5"), http)
    assert http.calls[0]["url"].endswith("/2/dm_conversations/with/80001/messages")
    assert (sent.external_id, sent.url) == ("98", None)


@pytest.mark.parametrize(
    ("facts", "route"),
    [
        ({"thread_id": "dm:70001-80001"}, "/2/dm_conversations/with/80001/messages"),
        (
            {"thread_id": "dm:70001-80001", "author_id": "70001"},
            "/2/dm_conversations/with/80001/messages",
        ),
        (
            {"thread_id": "dm:1987654321098760000"},
            "/2/dm_conversations/1987654321098760000/messages",
        ),
        ({"thread_id": "1987654321098765001"}, "/2/dm_conversations/with/80001/messages"),
    ],
    ids=str,
)
def test_message_goes_into_the_conversation_it_belongs_to(
    account: Account, scripted: Any, answer: Any, facts: dict[str, str], route: str
) -> None:
    http = scripted(answer(201, {"data": {"dm_event_id": "98"}}), answer(200, {}))
    reply = replace(private("5", retry=True), **facts)
    replying.send(account, reply, http)
    assert urlsplit(http.calls[0]["url"]).path == route
    replying.find_sent(account, reply, http)
    assert urlsplit(http.calls[1]["url"]).path == route.replace("/messages", "/dm_events")


def test_unexplained_refusal_names_the_likely_reasons(
    account: Account, scripted: Any, answer: Any
) -> None:
    refused = answer(403, {"detail": "demo: not permitted"})
    with pytest.raises(Rejected, match=r"demo: not permitted.*self-serve.*text sent before"):
        replying.send(account, public("5"), scripted(refused))
    with pytest.raises(Rejected, match=r"demo: not permitted.*close their direct messages"):
        replying.send(account, private("5"), scripted(refused))


def test_second_cashtag_is_refused_before_it_is_sent_on_self_serve_plans(
    account: Account, scripted: Any, answer: Any
) -> None:
    text = "harga $BBCA dan $TLKM."
    with pytest.raises(Rejected) as caught:
        replying.send(account, public("5", text), scripted())
    assert caught.value.code == "cashtags"
    sent = answer(201, {"data": {"id": "99"}})
    replying.send(account, public("5", "harga $BBCA $5 a$b"), scripted(sent))
    enterprise = replace(account, app=AppCredentials({"plan": "enterprise"}, {}))
    replying.send(enterprise, public("5", text), scripted(sent))


def test_accepted_text_without_an_id_is_of_unknown_outcome(
    account: Account, scripted: Any, answer: Any
) -> None:
    bodies: tuple[object, ...] = ({}, {"data": {"id": None}}, {"data": []})
    for body in bodies:
        with pytest.raises(Unavailable) as caught:
            replying.send(account, public("5"), scripted(answer(201, body)))
        assert caught.value.reached


def test_forbidden_character_is_refused_before_it_is_sent(account: Account, scripted: Any) -> None:
    with pytest.raises(Rejected, match=r"U\+FEFF"):
        replying.send(account, public("5", "halo\ufeff"), scripted())


@pytest.mark.parametrize(
    ("sent", "listed"),
    [
        ("Cek & kabari <segera>", "Cek &amp; kabari &lt;segera&gt;"),
        ("Baik kak", "@rita_demo @budi Baik kak"),
        ("Lihat https://nusakirim.co.id/lacak?resi=1 ya", "Lihat https://t.co/AbC123 ya"),
        ("dua  spasi\nbaris", "dua spasi baris"),
    ],
)
def test_sent_reply_is_found_whatever_x_made_of_its_text(
    account: Account, scripted: Any, answer: Any, sent: str, listed: str
) -> None:
    other = {"id": "1", "text": sent, "referenced_tweets": [{"type": "replied_to", "id": "6"}]}
    ours = {"id": "2", "text": listed, "referenced_posts": [{"type": "replied_to", "id": "5"}]}
    broken = {"id": "3", "referenced_tweets": 5}
    http = scripted(
        answer(200, {"data": [other, broken, None], "meta": {"next_token": "n"}}),
        answer(200, {"data": [ours]}),
    )
    found = replying.find_sent(account, public("5", sent, retry=True), http)
    assert found is not None
    assert found.external_id == "2"
    assert "start_time" in http.calls[0]["params"]
    assert http.calls[1]["params"]["pagination_token"] == "n"


def test_message_search_ends_where_the_first_try_began(
    account: Account, scripted: Any, answer: Any
) -> None:
    old = (NOW - timedelta(hours=1)).isoformat()
    entries = [
        {"id": "3", "sender_id": "80001", "text": "Nomor resinya? ^AB", "created_at": "?"},
        {"id": "2", "sender_id": "70001", "text": "lain", "created_at": NOW.isoformat()},
        {"id": "1", "sender_id": "70001", "text": "Nomor resinya? ^AB", "created_at": old},
    ]
    http = scripted(answer(200, {"data": entries, "meta": {"next_token": "n"}}))
    assert replying.find_sent(account, private("5", retry=True), http) is None


def test_round_trip_of_a_reply(
    subscribed: Account, inbox: Any, http: Any, write: Callable[..., str], control: Any
) -> None:
    asked = write("@nusakirim paket & resi saya?")
    (mention,) = inbox.posts()
    assert (mention.external_id, mention.text) == (asked, "@nusakirim paket & resi saya?")
    sent = replying.send(subscribed, public(mention.external_id), http)
    control("POST", "flush")
    echo = inbox.posts()[-1]
    assert (echo.external_id, echo.author_id, echo.kind) == (sent.external_id, "70001", "reply")
    assert (echo.in_reply_to, echo.thread_id) == (asked, mention.thread_id)
    assert replying.find_sent(subscribed, public(asked, retry=True), http) == sent


def test_round_trip_of_a_message(
    subscribed: Account, inbox: Any, http: Any, write: Callable[..., str], control: Any
) -> None:
    asked = write("nomor saya 0812", "message")
    (message,) = inbox.posts()
    assert message.visibility == "private"
    sent = replying.send(subscribed, private(asked), http)
    control("POST", "flush")
    echo = inbox.posts()[-1]
    assert (echo.external_id, echo.recipient_id) == (sent.external_id, message.author_id)
    assert echo.thread_id == message.thread_id == "dm:70001-80001"
    assert replying.find_sent(subscribed, private(asked, retry=True), http) == sent


def test_reply_that_got_lost_on_the_way_back_is_found(
    nusakirim: Account, http: Any, write: Callable[..., str], control: Any
) -> None:
    asked = write("@nusakirim halo")
    retry = public(asked, retry=True)
    assert replying.find_sent(nusakirim, retry, http) is None
    control("POST", "faults", {"kind": "timeout_after_accept", "target": "reply", "seconds": 0})
    with pytest.raises(Unavailable) as caught:
        replying.send(nusakirim, public(asked), http)
    assert caught.value.reached
    assert replying.find_sent(nusakirim, retry, http) is not None


def test_simulator_refuses_what_x_refuses(
    nusakirim: Account, http: Any, write: Callable[..., str], control: Any
) -> None:
    asked = write("@nusakirim halo")
    replying.send(nusakirim, public(asked), http)
    unasked = write("tidak menyebut siapa pun", "post")
    gone = write("@nusakirim hapus", "mention")
    control("DELETE", f"posts/{gone}")
    for reply, words in (
        (public(asked), "duplicate content"),
        (public(asked, "a" * 281), "too long"),
        (public(asked, "$AAA $BBB"), "one cashtag"),
        (public(unasked), "have not been mentioned"),
        (public(gone), "deleted or not visible"),
        (public("12345"), "deleted or not visible"),
    ):
        with pytest.raises(Rejected, match=words):
            replying.send(nusakirim, reply, http)


def test_simulator_limits_messages_to_fifteen_in_a_quarter_of_an_hour(
    nusakirim: Account, http: Any, write: Callable[..., str]
) -> None:
    asked = write("halo", "message")
    for number in range(15):
        replying.send(nusakirim, private(asked, f"jawaban {number}"), http)
    with pytest.raises(RateLimited) as caught:
        replying.send(nusakirim, private(asked, "satu lagi"), http)
    assert timedelta(minutes=14) < caught.value.retry_after <= timedelta(minutes=15, seconds=2)


def test_faults_reach_the_plugin_as_what_they_are(
    nusakirim: Account, http: Any, write: Callable[..., str], control: Any
) -> None:
    asked = write("@nusakirim halo")
    for kind, expected in (("rate_limit", RateLimited), ("server_error", Unavailable)):
        control("POST", "faults", {"kind": kind, "target": "reply"})
        with pytest.raises(expected):
            replying.send(nusakirim, public(asked), http)
    assert replying.send(nusakirim, public(asked), http).external_id


def test_closed_messages_are_refused_by_the_simulator(
    nusakirim: Account, http: Any, x: Any, write: Callable[..., str]
) -> None:
    asked = write("halo", "message")
    x.world.by_handle("rita_demo").extra["messages"] = "closed"
    with pytest.raises(Rejected, match="close their direct messages"):
        replying.send(nusakirim, private(asked), http)
