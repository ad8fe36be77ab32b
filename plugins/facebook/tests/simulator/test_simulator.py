from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tanggap.sdk import (
    Account,
    AppCredentials,
    PostDeleted,
    PostEdited,
    PostHidden,
    Rejected,
)
from tanggap_facebook.simulator import SimulatedFacebook


def test_comment_comes_in_and_its_answer_goes_out(
    script: Any, inbox: Any, sending: Callable[..., str]
) -> None:
    own = script.write("Promo ongkir", "post", "brand", key="promo")
    asked = script.write("Paket saya mana?", "comment", "rita", in_reply_to="promo")
    script.flush()
    publication, comment = inbox.posts()
    assert (publication.external_id, publication.kind) == (own, "post")
    assert (comment.external_id, comment.in_reply_to) == (asked, own)
    assert (comment.thread_id, comment.author_name) == (asked, "Rita")

    sent = sending(asked, "Mohon resinya, Kak. ^AL", thread_id=asked)
    script.flush()
    (seen,) = [p for p in script.call("GET", "posts")["posts"] if p["via_api"]]
    assert (seen["id"], seen["in_reply_to"], seen["text"]) == (
        sent,
        asked,
        "Mohon resinya, Kak. ^AL",
    )
    echo = inbox.posts()[-1]
    assert (echo.external_id, echo.author_id, echo.thread_id) == (sent, "1005001", asked)


def test_answer_to_a_nested_comment_lands_below_the_top_one(
    script: Any, sending: Callable[..., str], finding: Callable[..., str | None]
) -> None:
    script.write("Promo", "post", "brand", key="promo")
    top = script.write("Halo", "comment", "rita", in_reply_to="promo")
    nested = script.write("Saya juga", "reply", "tom", in_reply_to=top)
    sent = sending(nested, "Baik, Kak", thread_id=top)
    assert finding(nested, "Baik, Kak", thread_id=top) == sent


def test_changes_of_a_comment_come_in(
    nusakirim: Account, script: Any, inbox: Any, http: Any, facebook: SimulatedFacebook
) -> None:
    script.write("Promo", "post", "brand", key="promo")
    asked = script.write("Mana?", "comment", "rita", in_reply_to="promo", key="q")
    script.call("POST", "posts/q/edit", {"text": "Mana paket 4411?"})
    token = {"Authorization": f"Bearer {nusakirim.token.access_token}"}
    url = f"{facebook.base_url}/v26.0/{asked}"
    assert http.request("POST", url, form={"is_hidden": "true"}, headers=token).is_success
    script.call("DELETE", "posts/q")
    script.flush()
    edited, hidden, deleted = inbox.events[2:]
    assert isinstance(edited, PostEdited)
    assert (edited.external_id, edited.text) == (asked, "Mana paket 4411?")
    assert hidden == PostHidden(account_id="1005001", external_id=asked, hidden=True)
    assert isinstance(deleted, PostDeleted)


def test_visitor_posts_mentions_and_reviews_come_in(
    script: Any, inbox: Any, nusakirim: Account
) -> None:
    visitor = script.write("Tokonya tutup?", "post", "rita")
    mention = script.write("coba @nusakirim", "mention", "tom")
    review = script.write("Cepat sekali", "review", "ani")
    script.flush()
    assert [(p.external_id, p.kind) for p in inbox.posts()] == [
        (visitor, "mention"),
        (mention, "mention"),
        (review, "review"),
    ]
    assert visitor.startswith("1005001_")
    assert not mention.startswith("1005001_")


def test_message_is_answered_in_its_window_only(
    script: Any, inbox: Any, sending: Callable[..., str]
) -> None:
    asked = script.write("halo, pesanan 4411?", "message", "rita")
    old = (datetime.now(UTC) - timedelta(hours=25)).isoformat()
    late = script.write("halo?", "message", "tom", at=old)
    script.flush()
    fresh, stale = inbox.posts()
    assert (fresh.external_id, stale.external_id) == (asked, late)
    assert fresh.thread_id == f"m:{fresh.author_id}"
    sent = sending(asked, "Kami cek. ^AL", thread_id=fresh.thread_id, visibility="private")
    script.flush()
    echo = inbox.posts()[-1]
    assert (echo.external_id, echo.author_id) == (sent, "1005001")
    assert (echo.recipient_id, echo.thread_id) == (fresh.author_id, fresh.thread_id)
    with pytest.raises(Rejected) as caught:
        sending(late, "Maaf lama. ^AL", thread_id=stale.thread_id, visibility="private")
    assert caught.value.code == "10/2018278"


def test_human_agent_answers_late_if_the_app_may(
    nusakirim: Account, script: Any, facebook: SimulatedFacebook, sending: Callable[..., str]
) -> None:
    old = (datetime.now(UTC) - timedelta(days=3)).isoformat()
    asked = script.write("halo?", "message", "rita", at=old)
    thread = next(p["thread"] for p in script.call("GET", "posts")["posts"])
    app = AppCredentials({**nusakirim.app.config, "human_agent": "1"}, nusakirim.app.secrets)
    sender = Account("1005001", "Nusakirim", nusakirim.token, app)
    assert sending(
        asked, "Maaf lama", sender=sender, thread_id=thread, visibility="private"
    ).startswith("m_")
    facebook.writes.human_agent = False
    with pytest.raises(Rejected):
        sending(asked, "Maaf lagi", sender=sender, thread_id=thread, visibility="private")


def test_comment_is_answered_privately_once(
    script: Any, inbox: Any, sending: Callable[..., str], finding: Callable[..., str | None]
) -> None:
    script.write("Promo", "post", "brand", key="promo")
    asked = script.write("Mana?", "comment", "rita", in_reply_to="promo")
    sent = sending(asked, "Kirim nomornya di sini", thread_id=asked, visibility="private")
    script.flush()
    echo = inbox.posts()[-1]
    assert (echo.external_id, echo.visibility) == (sent, "private")
    assert echo.recipient_id != inbox.posts()[1].author_id
    with pytest.raises(Rejected) as caught:
        sending(asked, "Lagi", thread_id=asked, visibility="private")
    assert caught.value.code == "10900"
    assert finding(asked, "Kirim nomornya di sini", thread_id=asked, visibility="private") == sent


def test_limits_are_those_of_the_platform(script: Any, sending: Callable[..., str]) -> None:
    asked = script.write("Tutup?", "post", "rita")
    chat = script.write("halo", "message", "rita")
    thread = next(p["thread"] for p in script.call("GET", "posts")["posts"] if p["private"])
    sending(asked, "a" * 8000, thread_id=asked)
    sending(chat, "a" * 2000, thread_id=thread, visibility="private")
    for to, where, length in ((asked, asked, 8001), (chat, thread, 2001)):
        with pytest.raises(Rejected):
            sending(to, "a" * length, thread_id=where)


def test_writing_to_the_comment_itself_edits_and_never_answers(
    nusakirim: Account, script: Any, http: Any, facebook: SimulatedFacebook
) -> None:
    asked = script.write("Tutup?", "post", "rita")
    headers = {"Authorization": f"Bearer {nusakirim.token.access_token}"}
    url = f"{facebook.base_url}/v26.0/{asked}"
    refused = http.request("POST", url, form={"message": "Buka"}, headers=headers)
    assert refused.json()["error"]["code"] == 200
    made = http.request("POST", f"{url}/comments", form={"message": "Buka"}, headers=headers)
    own = f"{facebook.base_url}/v26.0/{made.json()['id']}"
    assert http.request("POST", own, form={"message": "Tutup"}, headers=headers).is_success
    read = http.request("GET", own, params={"fields": "message,parent"}, headers=headers).json()
    assert read == {"id": made.json()["id"], "message": "Tutup"}
