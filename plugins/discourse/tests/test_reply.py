"""Answers in topics and by message, and what is done to posts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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
from tanggap.sdk.testing import Answer, FakeHttp, LoopbackHttp, Script, reply_to, target_of
from tanggap_discourse.moderate import delete, hide, like
from tanggap_discourse.reply import check, find_sent, send

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
ME = {"current_user": {"id": 7, "username": "nusakirim"}}


def post(external_id: str, author: str = "80001", **more: object) -> IncomingPost:
    values = {"visibility": "public", "kind": "reply", "thread_id": "17", **more}
    return IncomingPost(
        account_id="forum.example.com:7",
        external_id=external_id,
        author_id=f"forum.example.com:{author}",
        text="Paket saya mana?",
        posted_at=NOON,
        **values,  # type: ignore[arg-type]
    )


def test_answer_names_topic_and_post(account: Account) -> None:
    http = FakeHttp({"id": 9, "topic_id": 17, "post_number": 4, "topic_slug": "paket"})
    sent = send(account, reply_to(post("17/3")), http)
    assert (sent.external_id, sent.url) == ("17/4", "https://forum.example.com/t/paket/17/4")
    body = http.calls[0]["json"]
    assert (body["topic_id"], body["reply_to_post_number"]) == (17, 3)


def test_private_answer_to_a_public_post_starts_a_message(
    moderator: Account, script: Script, http: LoopbackHttp
) -> None:
    asked = script.write("Paket saya mana, Kak?")
    private = reply_to(post(asked), "Boleh minta nomor Anda?", visibility="private")
    sent = send(moderator, private, http)
    (message,) = script.answers()
    assert (message["id"], message["private"]) == (sent.external_id, True)
    assert message["in_reply_to"] is None
    assert find_sent(moderator, private, http) == sent


def test_answer_that_waits_for_approval_is_sent(account: Account) -> None:
    http = FakeHttp({"action": "enqueued", "pending_post": {"id": 3}})
    assert send(account, reply_to(post("17/3")), http).external_id == "pending:3"


def test_answer_to_what_is_no_post_is_refused(account: Account) -> None:
    for name in ("17", "x/1", "17/", "17/٣", "-1/2"):
        with pytest.raises(Rejected):
            send(account, reply_to(post(name)), FakeHttp())


def test_old_answer_with_the_same_text_is_not_taken_for_ours(account: Account) -> None:
    lost = reply_to(post("17/3"), first_tried_at=NOON)
    old = {"id": 4, "user_id": 7, "topic_id": 17, "post_number": 4, "raw": lost.text}
    before = {**old, "created_at": (NOON - timedelta(hours=1)).isoformat()}
    assert find_sent(account, lost, FakeHttp({"latest_posts": [before]})) is None
    elsewhere = {**old, "topic_id": 18, "created_at": NOON.isoformat()}
    by_others = {**old, "user_id": 8, "created_at": NOON.isoformat()}
    pages = FakeHttp({"latest_posts": [elsewhere, by_others]}, {"latest_posts": []})
    assert find_sent(account, lost, pages) is None


def test_lost_answer_is_looked_for_page_by_page(account: Account) -> None:
    lost = reply_to(post("17/3"), first_tried_at=NOON)
    ours = {"id": 4, "user_id": 7, "topic_id": 17, "post_number": 4, "raw": lost.text + "\n"}
    other = {**ours, "id": 9, "user_id": 8, "created_at": NOON.isoformat()}
    http = FakeHttp(
        {"latest_posts": [other]}, {"latest_posts": [{**ours, "created_at": NOON.isoformat()}]}
    )
    found = find_sent(account, lost, http)
    assert found is not None
    assert found.external_id == "17/4"
    assert http.calls[1]["params"] == {"before": "9"}


def test_refusal_of_a_living_key_is_no_expired_connection(account: Account) -> None:
    refusal = Answer(403, {"errors": ["This topic is closed."], "error_type": "invalid_access"})
    with pytest.raises(Rejected, match="closed"):
        send(account, reply_to(post("17/3")), FakeHttp(refusal, ME))
    with pytest.raises(AuthExpired) as caught:
        send(account, reply_to(post("17/3")), FakeHttp(refusal, refusal))
    assert caught.value.cause == "revoked"


def test_pause_is_read_from_header_or_body(account: Account) -> None:
    for answer, seconds in (
        (Answer(429, {"extras": {"wait_seconds": 9}}), 9),
        (Answer(429, {"extras": {"wait_seconds": 9}}, {"Retry-After": "30"}), 30),
        (Answer(429, {"extras": {"wait_seconds": -1}}), 60),
        (Answer(429, {}, {"Retry-After": "999999"}), 86_400),
    ):
        with pytest.raises(RateLimited) as caught:
            send(account, reply_to(post("17/3")), FakeHttp(answer))
        assert caught.value.retry_after == timedelta(seconds=seconds)


def test_forum_in_read_only_mode_is_waited_for(account: Account) -> None:
    read_only = Answer(503, {"errors": ["read only"], "error_type": "read_only"})
    with pytest.raises(Unavailable):
        send(account, reply_to(post("17/3")), FakeHttp(read_only))


def test_message_cannot_be_answered_in_public_nor_the_system_in_private(
    channel: Channel, account: Account
) -> None:
    message = target_of(post("19/1", visibility="private", kind="message"))
    refusal = check(account, message, "public")
    assert refusal is not None
    assert refusal.instead == "private"
    assert check(account, message, "private") is None
    system = check(account, target_of(post("20/1", author="-1")), "private")
    assert system is not None
    assert system.instead == "public"
    assert channel.replying is not None


def test_post_that_only_staff_still_sees_is_gone(account: Account) -> None:
    deleted = {"id": 5, "deleted_at": "2026-11-02T13:00:00Z"}
    for act in (like, hide, delete):
        with pytest.raises(Gone):
            act(account, target_of(post("17/3")), FakeHttp(deleted))


def test_what_is_done_already_is_not_done_again(account: Account) -> None:
    liked = {"id": 5, "actions_summary": [{"id": 2, "acted": True}]}
    like(account, target_of(post("17/3")), FakeHttp(liked))
    hide(account, target_of(post("17/3")), FakeHttp({"id": 5, "hidden": True}))
