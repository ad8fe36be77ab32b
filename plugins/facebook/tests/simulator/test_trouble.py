from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tanggap.sdk import (
    Account,
    AuthExpired,
    Channel,
    Gone,
    IncomingPost,
    RateLimited,
    Rejected,
    Unavailable,
)
from tanggap_facebook.simulator import SimulatedFacebook


def test_what_webhooks_lost_is_polled_without_a_gap(script: Any, inbox: Any, drain: Any) -> None:
    script.write("Promo", "post", "brand", key="promo")
    _, cursor = drain()
    script.fault("drop_webhooks", times=1000)
    top = script.write("Halo", "comment", "ani", in_reply_to="promo")
    wanted = {top, script.write("Sama", "reply", "budi", in_reply_to=top)}
    wanted |= {script.write(f"Halo {n}", "comment", f"p{n}", in_reply_to=top) for n in range(130)}
    wanted |= {script.write("Tutup?", "post", "rita"), script.write("coba", "mention", "tom")}
    wanted |= {script.write("halo", "message", "ani"), script.write("ada?", "message", "ani")}
    wanted |= {script.write("Bagus", "review", "budi")}
    events, _ = drain(cursor)
    polled = {event.external_id for event in events if isinstance(event, IncomingPost)}
    assert wanted <= polled
    assert script.call("GET", "deliveries")["dropped"] == len(wanted)
    assert len(inbox.posts()) == 1


def test_polled_and_delivered_posts_are_the_same(script: Any, inbox: Any, drain: Any) -> None:
    script.write("Promo", "post", "brand", key="promo")
    top = script.write("Mana?", "comment", "rita", in_reply_to="promo")
    script.write("Sama", "reply", "tom", in_reply_to=top)
    script.write("halo", "message", "ani")
    script.write("Tutup?", "post", "rita")
    script.flush()
    events, _ = drain()

    def core(post: IncomingPost) -> tuple[object, ...]:
        return (
            post.external_id,
            post.author_id,
            post.kind,
            post.thread_id,
            post.in_reply_to,
            post.visibility,
            post.text,
        )

    polled = {core(event) for event in events if isinstance(event, IncomingPost)}
    assert polled == {core(post) for post in inbox.posts()}


def test_long_feed_is_polled_page_by_page(script: Any, drain: Any) -> None:
    wanted = {script.write(f"Halo {n}", "post", "rita") for n in range(230)}
    events, _ = drain()
    assert {e.external_id for e in events if isinstance(e, IncomingPost)} == wanted


def test_faults_show_as_the_errors_they_are(script: Any, sending: Callable[..., str]) -> None:
    asked = script.write("Tutup?", "post", "rita")
    script.fault("rate_limit", target="reply")
    with pytest.raises(RateLimited) as limited:
        sending(asked, "Buka, Kak", thread_id=asked)
    assert limited.value.retry_after == timedelta(minutes=1)
    script.fault("server_error", target="reply")
    with pytest.raises(Unavailable):
        sending(asked, "Buka, Kak", thread_id=asked)
    script.call("DELETE", f"posts/{asked}")
    with pytest.raises(Gone):
        sending(asked, "Buka, Kak", thread_id=asked)
    script.fault("auth_revoked")
    with pytest.raises(AuthExpired) as dead:
        sending(asked, "Buka, Kak", thread_id=asked)
    assert dead.value.cause == "revoked"


def test_reply_of_unknown_outcome_is_found_again(
    script: Any, sending: Callable[..., str], finding: Callable[..., str | None]
) -> None:
    asked = script.write("Tutup?", "post", "rita")
    script.fault("timeout_after_accept", target="reply", seconds=0)
    with pytest.raises(Unavailable) as caught:
        sending(asked, "Buka, Kak", thread_id=asked)
    assert caught.value.reached
    (sent,) = [p["id"] for p in script.call("GET", "posts")["posts"] if p["via_api"]]
    assert finding(asked, "Buka, Kak", thread_id=asked) == sent


def test_forged_webhook_is_refused_and_double_one_comes_twice(
    script: Any, inbox: Any, nusakirim: Account
) -> None:
    script.fault("bad_signature")
    script.write("palsu", "post", "rita")
    script.fault("duplicate_webhooks")
    twice = script.write("asli", "post", "rita")
    script.flush()
    assert inbox.refused == 1
    assert [post.external_id for post in inbox.posts()] == [twice, twice]


def test_reconnected_page_must_be_subscribed_again(
    nusakirim: Account, script: Any, inbox: Any, http: Any, connect: Callable[..., list[Account]]
) -> None:
    script.fault("auth_revoked")
    script.write("hilang", "post", "rita")
    (again,) = connect(choose=["1005001"])
    assert again.external_id == nusakirim.external_id
    assert inbox.webhook.subscribe
    inbox.webhook.subscribe(again, inbox.url, http)
    seen = script.write("terkirim", "post", "rita")
    script.flush()
    assert [post.external_id for post in inbox.posts()] == [seen]


def test_wrong_callback_fails_the_handshake(
    channel: Channel, http: Any, facebook: SimulatedFacebook, connect: Callable[..., list[Account]]
) -> None:
    (found, _) = connect()
    assert channel.webhook
    assert channel.webhook.subscribe
    with pytest.raises(Rejected) as caught:
        channel.webhook.subscribe(found, f"{facebook.base_url}/_control/app", http)
    assert caught.value.code == "2200"
