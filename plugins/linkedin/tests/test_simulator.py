"""The plugin against its simulator over loopback: the contract both must keep."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tanggap.sdk import (
    Account,
    AppCredentials,
    AuthExpired,
    AuthorizeRequest,
    Channel,
    CodeExchange,
    Gone,
    Http,
    IncomingPost,
    InvalidConfig,
    PostDeleted,
    PostEdited,
    RateLimited,
    Rejected,
    Reply,
    Target,
    Unavailable,
)
from tanggap.sdk.simulator import SimulatedPlatform, approve
from tanggap_linkedin import health, moderation, oauth, webhook
from tanggap_linkedin.poll import fetch
from tanggap_linkedin.reply import find_sent, send
from tanggap_linkedin.simulator import SimulatedLinkedIn

Connect = Callable[[], list[Account]]


def answer_to(event: IncomingPost, text: str = "Baik, kami periksa. ^AL", **more: Any) -> Reply:
    return Reply(
        to=event.external_id,
        text=text,
        idempotency_key="k1",
        author_id=event.author_id,
        thread_id=event.thread_id,
        **more,
    )


def test_signing_in_lists_both_pages(connect: Connect) -> None:
    first, second = connect()
    assert (first.external_id, first.name) == ("urn:li:organization:5001", "Nusakirim")
    assert (second.handle, second.token.refresh_token) == ("nusapay", first.token.refresh_token)


def test_declined_consent_and_strange_scope_come_back_as_errors(
    channel: Channel, simulated_app: AppCredentials
) -> None:
    asked = AuthorizeRequest(redirect_uri="http://127.0.0.1/back", state="s")
    address = oauth.authorize_url(simulated_app, asked)
    declined = parse_qs(urlsplit(approve(address, decision="deny")).query)
    assert declined == {"error": ["user_cancelled_authorize"], "state": ["s"]}


def test_code_works_once_and_only_with_the_right_secret_and_address(
    simulated_app: AppCredentials, http: Http
) -> None:
    back = "http://127.0.0.1/back"

    def code() -> str:
        asked = AuthorizeRequest(redirect_uri=back, state="s")
        url = approve(oauth.authorize_url(simulated_app, asked))
        return parse_qs(urlsplit(url).query)["code"][0]

    good = CodeExchange(code=code(), redirect_uri=back)
    oauth.exchange(simulated_app, good, http)
    with pytest.raises(AuthExpired):
        oauth.exchange(simulated_app, good, http)
    with pytest.raises(Rejected):
        oauth.exchange(simulated_app, CodeExchange(code=code(), redirect_uri=back + "2"), http)
    wrong = AppCredentials(simulated_app.config, {"client_secret": "wrong"})
    with pytest.raises(InvalidConfig):
        oauth.exchange(wrong, CodeExchange(code=code(), redirect_uri=back), http)


def test_comment_arrives_signed_and_its_answer_reaches_the_platform(
    subscribed: Account, inbox: Any, post: Any, control: Any, http: Http
) -> None:
    published = post("Kabar baru", "post", by="brand")
    comment_id = post("Apakah bisa kirim motor?", "comment", parent=published)
    source, comment = inbox.events
    assert isinstance(source, IncomingPost)
    assert isinstance(comment, IncomingPost)
    assert source.author_id == source.account_id == subscribed.external_id
    assert comment.external_id == comment_id
    assert comment.in_reply_to == source.external_id
    sent = send(subscribed, answer_to(comment), http)
    control("POST", "flush")
    echo = inbox.last_post()
    assert (echo.external_id, echo.author_id) == (sent.external_id, subscribed.external_id)
    assert echo.thread_id == comment.external_id
    stored = control("GET", "posts")["posts"][-1]
    assert (stored["id"], stored["ours"]) == (sent.external_id, True)
    assert stored["in_reply_to"] == comment_id
    assert find_sent(subscribed, answer_to(comment), http) == sent


def test_answer_to_a_nested_reply_joins_the_thread(
    subscribed: Account, inbox: Any, post: Any, http: Http
) -> None:
    published = post("Kabar baru", "post", by="brand")
    top = post("Belum sampai", "comment", parent=published)
    post("Sama, saya juga", "reply", parent=top, by="budi.s")
    nested = inbox.last_post()
    assert nested.thread_id == nested.in_reply_to == top
    send(subscribed, answer_to(nested), http)
    forgotten = Reply(
        to=nested.external_id, text="Lagi ^AL", idempotency_key="k2", author_id=nested.author_id
    )
    send(subscribed, forgotten, http)


def test_mention_and_mention_in_a_comment_are_answered(
    subscribed: Account, mention: IncomingPost, inbox: Any, post: Any, http: Http
) -> None:
    assert mention.text == "Kecewa dengan Nusakirim"
    sent = send(subscribed, answer_to(mention), http)
    assert find_sent(subscribed, answer_to(mention), http) == sent
    post("Nusakirim saja", "mention", parent="m1", by="budi.s")
    comment = inbox.last_post()
    assert comment.kind == "mention"
    send(subscribed, answer_to(comment), http)


def test_edits_deletions_and_reshares_arrive(
    subscribed: Account, inbox: Any, post: Any, control: Any
) -> None:
    published = post("Kabar baru", "post", by="brand", key="news")
    comment = post("Salah ketik", "comment", parent="news", key="c1")
    post("Ini tidak benar", "quote", parent=published)
    assert inbox.last_post().kind == "quote"
    post("(dibagikan)", "repost", parent=published)
    assert (inbox.last_post().kind, inbox.last_post().text) == ("repost", "")
    control("POST", "posts/c1/edit", {"text": "Sudah benar"})
    control("POST", "posts/c1/metrics", {"likes": 3})
    control("DELETE", "posts/c1")
    control("POST", "flush")
    edited, _, deleted = inbox.events[-3:]
    assert isinstance(edited, PostEdited)
    assert isinstance(deleted, PostDeleted)
    assert (edited.external_id, edited.text) == (comment, "Sudah benar")
    assert deleted.external_id == comment


@pytest.mark.usefixtures("subscribed")
def test_forged_delivery_is_refused_and_doubled_one_is_the_same(
    inbox: Any, post: Any, control: Any
) -> None:
    control("POST", "faults", {"kind": "bad_signature"})
    post("Kecewa dengan Nusakirim", "mention")
    assert (inbox.refused, inbox.events) == (1, [])
    control("POST", "faults", {"kind": "duplicate_webhooks"})
    post("Kecewa lagi", "mention")
    first, second = inbox.events
    assert first == second


def test_lost_webhooks_are_polled_without_double_or_loss(
    nusakirim: Account, post: Any, http: Http
) -> None:
    published = post("Kabar baru", "post", by="brand")
    written = [post(f"Pertanyaan {n}", "comment", parent=published) for n in range(60)]
    cursor, more, found = None, True, []
    while more:
        page = fetch(nusakirim, cursor, http)
        found += [e for e in page.events if isinstance(e, IncomingPost) and e.kind == "comment"]
        cursor, more = page.cursor, page.more
    assert sorted(event.external_id for event in found) == sorted(written)
    assert not any(event.author_name for event in found)


def test_subscribing_needs_a_callback_that_answers(
    nusakirim: Account, linkedin: SimulatedLinkedIn, http: Http
) -> None:
    with pytest.raises(Rejected):
        webhook.subscribe(nusakirim, linkedin.base_url + "/nothing-here", http)


def test_lost_permission_ends_calls_and_subscription_until_reconnected(
    subscribed: Account, connect: Connect, control: Any, http: Http
) -> None:
    assert health.check(subscribed, http).status == "ok"
    control("POST", "faults", {"kind": "auth_revoked"})
    with pytest.raises(AuthExpired) as raised:
        health.check(subscribed, http)
    assert raised.value.cause == "revoked"
    again = connect()[0]
    assert again.external_id == subscribed.external_id
    assert health.check(again, http).status == "degraded"


def test_expired_token_is_refreshed(nusakirim: Account, control: Any, http: Http) -> None:
    control("POST", "faults", {"kind": "auth_expired"})
    with pytest.raises(AuthExpired) as raised:
        fetch(nusakirim, None, http)
    assert raised.value.cause == "expired"
    token = oauth.refresh(nusakirim, http)
    renewed = Account(nusakirim.external_id, nusakirim.name, token, nusakirim.app)
    assert fetch(renewed, None, http).events == []


def test_missing_scope_is_told_from_a_bad_token(simulated_app: AppCredentials, http: Http) -> None:
    scopes = {"scopes": "r_organization_social_feed"}
    app = AppCredentials({**simulated_app.config, **scopes}, simulated_app.secrets)
    asked = AuthorizeRequest(redirect_uri="http://127.0.0.1/back", state="s")
    back = parse_qs(urlsplit(approve(oauth.authorize_url(app, asked))).query)
    given = CodeExchange(code=back["code"][0], redirect_uri="http://127.0.0.1/back")
    token = oauth.exchange(app, given, http)
    with pytest.raises(AuthExpired) as raised:
        oauth.list_accounts(app, token, http)
    assert raised.value.cause == "missing_scope"


def test_retired_version_is_refused(nusakirim: Account, http: Http) -> None:
    app = AppCredentials({**nusakirim.app.config, "api_version": "202401"}, nusakirim.app.secrets)
    old = Account(nusakirim.external_id, nusakirim.name, nusakirim.token, app)
    with pytest.raises(Rejected, match="API version") as raised:
        fetch(old, None, http)
    assert raised.value.code == "426/NONEXISTENT_VERSION"


@pytest.mark.parametrize(
    "trouble", [("rate_limit", RateLimited), ("server_error", Unavailable)], ids=str
)
def test_trouble_on_sending_is_told_apart(
    subscribed: Account, mention: IncomingPost, control: Any, http: Http, trouble: Any
) -> None:
    fault, error = trouble
    control("POST", "faults", {"kind": fault, "target": "reply"})
    with pytest.raises(error):
        send(subscribed, answer_to(mention), http)
    assert find_sent(subscribed, answer_to(mention), http) is None
    send(subscribed, answer_to(mention), http)


def test_reply_lost_on_the_way_back_is_found(
    subscribed: Account, mention: IncomingPost, control: Any, http: Http
) -> None:
    fault = {"kind": "timeout_after_accept", "target": "reply", "seconds": 0.05}
    control("POST", "faults", fault)
    with pytest.raises(Unavailable) as raised:
        send(subscribed, answer_to(mention), http)
    assert raised.value.reached
    assert find_sent(subscribed, answer_to(mention), http) is not None


def test_reply_is_checked_as_linkedin_checks_it(
    subscribed: Account, mention: IncomingPost, control: Any, http: Http
) -> None:
    with pytest.raises(Rejected, match="1250"):
        send(subscribed, answer_to(mention, "🙏" * 626), http)
    send(subscribed, answer_to(mention, "🙏" * 625), http)
    control("DELETE", "posts/m1")
    with pytest.raises(Gone):
        send(subscribed, answer_to(mention), http)


def test_unencoded_urn_is_refused(
    nusakirim: Account, linkedin: SimulatedLinkedIn, http: Any
) -> None:
    headers = {
        "Authorization": f"Bearer {nusakirim.token.access_token}",
        "LinkedIn-Version": "202609",
        "X-Restli-Protocol-Version": "2.0.0",
    }
    url = f"{linkedin.base_url}/rest/socialActions/urn:li:share:1/comments"
    assert http.request("GET", url, headers=headers).status_code == 400


def test_simulator_is_what_the_entry_point_promises(linkedin: SimulatedLinkedIn) -> None:
    assert isinstance(linkedin, SimulatedPlatform)
    assert linkedin.key == "linkedin"
    assert set(linkedin.app_secrets) == {"client_secret"}


@pytest.mark.usefixtures("subscribed")
def test_delivery_that_failed_is_sent_again(inbox: Any, control: Any) -> None:
    inbox.status = 500
    script = {"author": {"handle": "rina.k"}, "text": "Halo Nusakirim", "kind": "mention"}
    control("POST", "posts", script)
    while not inbox.failed:
        time.sleep(0.01)
    inbox.status = 200
    counts = control("POST", "flush")
    assert (counts["accepted"], counts["failed"]) == (1, 0)
    assert inbox.last_post().text == "Halo Nusakirim"


def of(event: IncomingPost, **given: Any) -> Target:
    return Target(
        external_id=event.external_id,
        author_id=event.author_id,
        kind=event.kind,
        visibility=event.visibility,
        posted_at=event.posted_at,
        **given,
    )


def test_mention_is_liked_once_and_not_liked_any_more(
    subscribed: Account, mention: IncomingPost, control: Any, http: Http
) -> None:
    def likes() -> int:
        (found,) = [p for p in control("GET", "posts")["posts"] if p["key"] == "m1"]
        return int(found["metrics"].get("likes", 0))

    for act, expected in (
        (moderation.like, 1),
        (moderation.like, 1),
        (moderation.unlike, 0),
        (moderation.unlike, 0),
    ):
        act(subscribed, of(mention), http)
        assert likes() == expected


def test_comments_are_deleted_where_the_page_may(
    subscribed: Account, mention: IncomingPost, inbox: Any, post: Any, http: Http
) -> None:
    ours = post("Jam layanan baru", "post", by="brand")
    post("Spam", "comment", parent=ours)
    comment = inbox.last_post()
    moderation.delete(subscribed, of(comment, under_ours=True), http)
    with pytest.raises(Gone):
        moderation.delete(subscribed, of(comment, under_ours=True), http)
    sent = send(subscribed, answer_to(mention), http)
    own = replace(of(mention, by_us=True), external_id=sent.external_id)
    moderation.delete(subscribed, own, http)
    assert find_sent(subscribed, answer_to(mention), http) is None


def test_strangers_comment_under_strangers_post_stays(
    subscribed: Account, inbox: Any, post: Any, http: Http
) -> None:
    theirs = post("Which courier?", "mention", key="q")
    post("Nusakirim lost ours", "mention", parent=theirs, by="tom.h")
    with pytest.raises(Rejected):
        moderation.delete(subscribed, of(inbox.last_post()), http)


def test_disconnected_page_hears_nothing_more(
    subscribed: Account, inbox: Any, post: Any, http: Http
) -> None:
    webhook.unsubscribe(subscribed, http)
    webhook.unsubscribe(subscribed, http)
    post("Halo Nusakirim", "mention")
    assert inbox.events == []


def test_used_up_day_pauses_until_midnight(
    nusakirim: Account, linkedin: SimulatedLinkedIn, http: Http
) -> None:
    linkedin.gate.quota = 0
    with pytest.raises(RateLimited, match="DAY") as raised:
        fetch(nusakirim, None, http)
    assert timedelta(0) < raised.value.retry_after <= timedelta(days=1)
    linkedin.gate.quota = 10
    assert fetch(nusakirim, None, http).events == []
