from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tanggap.sdk import (
    Account,
    AppCredentials,
    AuthExpired,
    Gone,
    RateLimited,
    Rejected,
    Reply,
    SentReply,
    Unavailable,
)
from tanggap_facebook.reply import find_sent, send

BASE = "https://graph.facebook.com/v26.0"
TRIED = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
AFTER, BEFORE = "2026-11-02T08:00:03+0000", "2026-11-02T07:50:00+0000"
TEXT = "Baik, Kak, kami cek dulu. ^AL"


def reply(to: str = "700_801", thread: str | None = "700_801", **given: Any) -> Reply:
    values: dict[str, Any] = {"text": TEXT, "idempotency_key": "k1", "author_id": "6002"}
    return Reply(to=to, thread_id=thread, **{**values, **given})


def message(**given: Any) -> Reply:
    return reply("m_demo1", "m:24001", visibility="private", author_id="24001", **given)


def human(account: Account) -> Account:
    config = {**account.app.config, "human_agent": "true"}
    return replace(account, app=AppCredentials(config, account.app.secrets))


def test_comment_is_answered_on_its_comments_edge(account: Account, scripted: Any) -> None:
    http = scripted({"id": "700_803"})
    sent = send(account, reply(), http)
    assert sent == SentReply("700_803", "https://www.facebook.com/700_803")
    (call,) = http.calls
    assert (call["method"], call["url"]) == ("POST", f"{BASE}/700_801/comments")
    assert call["form"]["message"] == TEXT
    assert call["json"] is None


def test_address_of_a_comment_is_the_one_facebook_reads_back(
    account: Account, scripted: Any
) -> None:
    http = scripted({"id": "700_803", "permalink_url": "https://www.facebook.com/acme/posts/7?c=8"})
    assert send(account, reply(), http).url == "https://www.facebook.com/acme/posts/7?c=8"
    assert "permalink_url" in http.calls[0]["form"]["fields"]


def test_private_reply_to_a_comment_is_told_by_its_kind(account: Account, scripted: Any) -> None:
    http = scripted({"message_id": "m_demo8"})
    asked = reply("5001_801", visibility="private", to_kind="comment")
    send(account, asked, http)
    assert http.calls[0]["json"]["recipient"] == {"comment_id": "5001_801"}


def test_post_elsewhere_that_takes_no_comment_leaves_the_page_connected(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    with pytest.raises(Rejected) as caught:
        send(account, reply("9009_12", to_kind="mention"), scripted(refusal(200)))
    assert caught.value.code == "permission"
    for to, kind in (("700_801", "comment"), ("5001_710", "mention")):
        with pytest.raises(AuthExpired):
            send(account, reply(to, to_kind=kind), scripted(refusal(200)))


def test_strange_id_stays_within_its_part_of_the_path(account: Account, scripted: Any) -> None:
    http = scripted({"id": "700_803"})
    send(account, reply("5001/feed?x=1#y"), http)
    assert http.calls[0]["url"] == f"{BASE}/5001%2Ffeed%3Fx%3D1%23y/comments"


def test_message_is_sent_as_a_response(account: Account, scripted: Any) -> None:
    http = scripted({"recipient_id": "24001", "message_id": "m_demo7"})
    assert send(account, message(), http) == SentReply("m_demo7")
    (call,) = http.calls
    assert (call["method"], call["url"]) == ("POST", f"{BASE}/5001/messages")
    assert call["json"] == {
        "recipient": {"id": "24001"},
        "messaging_type": "RESPONSE",
        "message": {"text": TEXT},
    }


def test_answer_to_our_own_message_still_goes_to_the_customer(
    account: Account, scripted: Any
) -> None:
    http = scripted({"message_id": "m_demo7"})
    send(account, replace(message(), author_id="5001"), http)
    assert http.calls[0]["json"]["recipient"] == {"id": "24001"}


@pytest.mark.parametrize(
    ("to", "recipient"),
    [("700_801", {"comment_id": "700_801"}), ("5001_710", {"post_id": "5001_710"})],
)
def test_private_reply_names_the_comment_or_the_post(
    account: Account, scripted: Any, to: str, recipient: dict[str, str]
) -> None:
    http = scripted({"message_id": "m_demo8"})
    assert send(account, reply(to, to, visibility="private"), http) == SentReply("m_demo8")
    assert http.calls[0]["url"] == f"{BASE}/5001/messages"
    assert http.calls[0]["json"] == {"recipient": recipient, "message": {"text": TEXT}}


def test_closed_window_is_a_refusal_that_says_what_to_do(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    with pytest.raises(Rejected, match="24 hours") as caught:
        send(account, message(), scripted(refusal(10, 2018278)))
    assert caught.value.code == "10/2018278"


def test_human_agent_may_answer_after_the_window(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    http = scripted(refusal(10, 2018278), {"message_id": "m_demo9"})
    assert send(human(account), message(), http) == SentReply("m_demo9")
    assert http.calls[1]["json"] == {
        "recipient": {"id": "24001"},
        "messaging_type": "MESSAGE_TAG",
        "tag": "HUMAN_AGENT",
        "message": {"text": TEXT},
    }


def test_missing_feature_does_not_disconnect_the_page(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    with pytest.raises(Rejected) as caught:
        send(human(account), message(), scripted(refusal(10, 2018278), refusal(10)))
    assert caught.value.code == "10/2018278"


def test_other_refusals_are_not_tried_again(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    http = scripted(refusal(551, 1545041))
    with pytest.raises(Rejected):
        send(human(account), message(), http)
    assert len(http.calls) == 1


def test_refused_comment_is_of_the_class_of_its_code(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    for answer, kind in (
        (refusal(190, 463), AuthExpired),
        (refusal(80001), RateLimited),
        (refusal(2), Unavailable),
        (refusal(100, 33), Gone),
        (refusal(368), Rejected),
    ):
        with pytest.raises(kind):
            send(account, reply(), scripted(answer))


def test_review_without_a_post_is_refused_without_asking(account: Account, scripted: Any) -> None:
    http = scripted()
    with pytest.raises(Rejected, match="on Facebook"):
        send(account, reply("review:6002:1793606400", "review:6002:1793606400"), http)
    with pytest.raises(Rejected, match="on Facebook"):
        send(account, reply("review:6002:1793606400", None, visibility="private"), http)
    assert http.calls == []


@pytest.mark.parametrize("body", [{}, {"id": None}, {"success": True}, [], "<html>"])
def test_receipt_without_an_id_leaves_the_outcome_unknown(
    account: Account, scripted: Any, body: object
) -> None:
    with pytest.raises(Unavailable) as caught:
        send(account, reply(), scripted(body))
    assert caught.value.reached


def comment(text: str = TEXT, author: str = "5001", at: str = AFTER) -> dict[str, object]:
    return {"id": "700_803", "message": text, "created_time": at, "from": {"id": author}}


def test_sent_comment_is_found_in_its_thread(account: Account, scripted: Any) -> None:
    http = scripted({"data": [comment("lain"), comment()]})
    found = find_sent(account, reply(first_tried_at=TRIED), http)
    assert found == SentReply("700_803", "https://www.facebook.com/700_803")
    assert http.calls[0]["url"] == f"{BASE}/700_801/comments"
    assert http.calls[0]["params"]["order"] == "reverse_chronological"


def test_reply_to_a_nested_comment_is_found_below_the_top_one(
    account: Account, scripted: Any
) -> None:
    http = scripted({"data": []}, {"data": [comment()]})
    found = find_sent(account, reply("700_804", "700_801", first_tried_at=TRIED), http)
    assert found is not None
    assert [call["url"] for call in http.calls] == [
        f"{BASE}/700_804/comments",
        f"{BASE}/700_801/comments",
    ]


@pytest.mark.parametrize(
    "entry",
    [
        comment("Baik."),
        comment(author="6002"),
        comment(at=BEFORE),
        {"id": "700_803"},
        {"id": "700_803", "message": TEXT, "from": {"id": 7}},
    ],
)
def test_other_comments_are_not_taken_for_it(
    account: Account, scripted: Any, entry: dict[str, object]
) -> None:
    http = scripted({"data": [entry]})
    assert find_sent(account, reply(first_tried_at=TRIED), http) is None


def test_text_is_compared_as_facebook_gives_it_back(account: Account, scripted: Any) -> None:
    http = scripted({"data": [comment("Kafe\u0301  baik ")]})
    asked = reply(text="Kaf\u00e9\nbaik", first_tried_at=TRIED)
    assert find_sent(account, asked, http) is not None


def test_search_goes_on_page_by_page_until_the_first_try(account: Account, scripted: Any) -> None:
    def page(*entries: object) -> dict[str, object]:
        more = {"cursors": {"after": "Qg"}, "next": "https://graph.facebook.com/x?access_token=t"}
        return {"data": list(entries), "paging": more}

    http = scripted(page(comment("a")), page(), page(comment("b", at=BEFORE)))
    assert find_sent(account, reply(first_tried_at=TRIED), http) is None
    assert [call["params"].get("after") for call in http.calls] == [None, "Qg", "Qg"]


def test_deleted_thread_holds_no_reply(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    assert find_sent(account, reply(first_tried_at=TRIED), scripted(refusal(100, 33))) is None


def test_sent_message_is_found_in_its_conversation(account: Account, scripted: Any) -> None:
    entry = {**comment(), "id": "m_demo7"}
    http = scripted({"data": [{"id": "t_9001", "messages": {"data": [entry]}}]})
    assert find_sent(account, message(first_tried_at=TRIED), http) == SentReply("m_demo7")
    assert http.calls[0]["url"] == f"{BASE}/5001/conversations"
    assert http.calls[0]["params"]["user_id"] == "24001"


def test_sent_private_reply_is_found_through_its_comment(account: Account, scripted: Any) -> None:
    entry = {**comment(), "id": "m_demo8"}
    http = scripted(
        {"id": "700_801", "private_reply_conversation": {"id": "t_9"}},
        {"id": "t_9", "messages": {"data": [entry]}},
    )
    asked = reply(visibility="private", first_tried_at=TRIED)
    assert find_sent(account, asked, http) == SentReply("m_demo8")
    assert http.calls[1]["url"] == f"{BASE}/t_9"


def test_comment_without_private_conversation_has_no_private_reply(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    asked = reply(visibility="private", first_tried_at=TRIED)
    assert find_sent(account, asked, scripted({"id": "700_801"})) is None
    assert find_sent(account, asked, scripted(refusal(100, 33))) is None
    assert find_sent(account, replace(asked, to="5001_710"), scripted()) is None


def test_unreadable_thread_is_an_outage(account: Account, scripted: Any) -> None:
    with pytest.raises(Unavailable):
        find_sent(account, reply(first_tried_at=TRIED), scripted({"data": 7}))
