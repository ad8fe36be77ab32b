from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tanggap.sdk import Account, Gone, Rejected, Reply, Target, Unavailable
from tanggap_linkedin.permission import check
from tanggap_linkedin.reply import find_sent, send

ORG = "urn:li:organization:5001"
ACTIVITY = "urn:li:activity:7470000000000000001"
TOP = f"urn:li:comment:({ACTIVITY},77)"
NESTED = f"urn:li:comment:({ACTIVITY},91)"
SHARE = "urn:li:share:7470000000000000499"
PATH = (
    "https://api.linkedin.com/rest/socialActions/"
    "urn%3Ali%3Acomment%3A%28urn%3Ali%3Aactivity%3A7470000000000000001%2C77%29/comments"
)
SENT_AT = 1793606800000


def reply(to: str = TOP, thread: str | None = TOP, **given: Any) -> Reply:
    values: dict[str, Any] = {"text": "Baik, Pak. ^AL", "idempotency_key": "k1", "author_id": "p"}
    return Reply(to=to, thread_id=thread, **{**values, **given})


def created(number: int = 95) -> dict[str, object]:
    return {
        "id": str(number),
        "commentUrn": f"urn:li:comment:({ACTIVITY},{number})",
        "object": ACTIVITY,
        "actor": ORG,
        "message": {"text": "Baik, Pak. ^AL "},
        "created": {"time": SENT_AT},
    }


def test_reply_to_a_comment_names_it_as_parent(
    account: Account, scripted: Any, answer: Any
) -> None:
    http = scripted(answer(201, created(), {"x-restli-id": "95"}))
    sent = send(account, reply(), http)
    assert sent.external_id == f"urn:li:comment:({ACTIVITY},95)"
    assert sent.url is not None
    assert sent.url.startswith("https://www.linkedin.com/feed/update/")
    (call,) = http.calls
    assert (call["method"], call["url"]) == ("POST", PATH)
    assert call["json"] == {
        "actor": ORG,
        "object": ACTIVITY,
        "message": {"text": "Baik, Pak. ^AL"},
        "parentComment": TOP,
    }


def test_reply_to_a_nested_comment_goes_below_the_top_one(
    account: Account, scripted: Any, answer: Any
) -> None:
    http = scripted(answer(201, created()))
    send(account, reply(to=NESTED, thread=TOP), http)
    assert http.calls[0]["url"] == PATH
    assert http.calls[0]["json"]["parentComment"] == TOP


def test_nested_comment_of_unknown_thread_is_asked_for_its_parent(
    account: Account, scripted: Any, answer: Any
) -> None:
    refused = answer(400, {"status": 400, "message": "parentComment must be top-level"})
    http = scripted(refused, answer(200, {"parentComment": TOP}), answer(201, created()))
    send(account, reply(to=NESTED, thread=NESTED), http)
    assert [call["method"] for call in http.calls] == ["POST", "GET", "POST"]
    assert http.calls[2]["url"] == PATH


def test_refusal_for_another_reason_stays_a_refusal(
    account: Account, scripted: Any, answer: Any
) -> None:
    refused = answer(400, {"status": 400, "message": "too long"})
    http = scripted(refused, answer(200, {"id": "77"}))
    with pytest.raises(Rejected, match="too long"):
        send(account, reply(), http)


def test_mention_is_answered_below_the_post(account: Account, scripted: Any, answer: Any) -> None:
    http = scripted(answer(201, created()))
    send(account, reply(to=SHARE, thread=SHARE), http)
    (call,) = http.calls
    assert call["url"].endswith("/socialActions/urn%3Ali%3Ashare%3A7470000000000000499/comments")
    assert call["json"]["object"] == SHARE
    assert "parentComment" not in call["json"]


@pytest.mark.parametrize(
    ("body", "header"),
    [
        ({"id": "95", "object": ACTIVITY}, ""),
        ({"$URN": f"urn:li:comment:(activity:{ACTIVITY[-19:]},95)"}, ""),
        ("", "95"),
        ({}, f"urn:li:comment:({ACTIVITY},95)"),
    ],
)
def test_id_is_found_wherever_linkedin_puts_it(
    account: Account, scripted: Any, answer: Any, body: object, header: str
) -> None:
    http = scripted(answer(201, body, {"X-RestLi-Id": header}))
    assert send(account, reply(), http).external_id == f"urn:li:comment:({ACTIVITY},95)"


def test_accepted_reply_without_any_id_is_of_unknown_outcome(
    account: Account, scripted: Any, answer: Any
) -> None:
    with pytest.raises(Unavailable) as raised:
        send(account, reply(), scripted(answer(201, "")))
    assert raised.value.reached


def test_private_reply_is_refused_before_any_call(account: Account, scripted: Any) -> None:
    with pytest.raises(Rejected, match="private"):
        send(account, reply(visibility="private"), scripted())


def test_answering_a_vanished_comment_is_gone(account: Account, scripted: Any, answer: Any) -> None:
    with pytest.raises(Gone):
        send(account, reply(), scripted(answer(404, {"status": 404})))


def test_network_fault_passes_through(account: Account, scripted: Any) -> None:
    with pytest.raises(Unavailable) as raised:
        send(account, reply(), scripted(Unavailable("down", reached=False)))
    assert not raised.value.reached


def test_sent_reply_is_recognised_among_the_comments(
    account: Account, scripted: Any, answer: Any
) -> None:
    others = [
        {**created(1), "actor": "urn:li:person:x"},
        {**created(2), "message": {"text": "Lain"}},
        {**created(3), "created": {"time": SENT_AT - 86_400_000}},
    ]
    http = scripted(answer(200, {"elements": [*others, created()]}))
    tried = datetime.fromtimestamp(SENT_AT / 1000, UTC)
    sent = find_sent(account, reply(first_tried_at=tried), http)
    assert sent is not None
    assert sent.external_id == f"urn:li:comment:({ACTIVITY},95)"
    assert http.calls[0]["url"] == PATH + "?start=0&count=50"


def test_reply_that_never_arrived_is_not_found(
    account: Account, scripted: Any, answer: Any
) -> None:
    assert find_sent(account, reply(), scripted(answer(200, {"elements": []}))) is None


def test_private_reply_is_refused_before_it_is_tried(account: Account) -> None:
    target = Target(
        external_id=TOP,
        author_id="urn:li:person:AbC123demo",
        kind="comment",
        visibility="public",
        posted_at=datetime(2026, 11, 2, tzinfo=UTC),
    )
    assert check(account, target, "public") is None
    refusal = check(account, target, "private")
    assert refusal is not None
    assert (refusal.code, refusal.instead) == ("no_private", "public")
    assert isinstance(refusal.message, dict)
    assert set(refusal.message) == {"en", "id"}


def test_retired_version_fails_a_reply_for_good(
    account: Account, scripted: Any, answer: Any
) -> None:
    http = scripted(answer(426, {"code": "NONEXISTENT_VERSION"}))
    with pytest.raises(Rejected):
        send(account, reply(), http)
    assert len(http.calls) == 1
