from __future__ import annotations

from typing import Any

import pytest

from tanggap.sdk import Account, Gone, IncomingPost, PostDeleted, PostEdited, Rejected, Target
from tanggap_facebook import moderation


def test_comment_is_hidden_shown_liked_and_deleted(
    nusakirim: Account, script: Any, inbox: Any, http: Any
) -> None:
    script.write("Promo", "post", "brand", key="promo")
    asked = script.write("Mana?", "comment", "rita", in_reply_to="promo", key="q")
    script.flush()
    target = target_of(inbox.posts()[-1])

    def state() -> tuple[bool, int, bool]:
        (found,) = [p for p in script.call("GET", "posts")["posts"] if p["id"] == asked]
        return found["hidden"], found["metrics"].get("likes", 0), found["deleted"]

    for act, expected in (
        (moderation.hide, (True, 0, False)),
        (moderation.show, (False, 0, False)),
        (moderation.like, (False, 1, False)),
        (moderation.like, (False, 1, False)),
        (moderation.unlike, (False, 0, False)),
        (moderation.delete, (False, 0, True)),
    ):
        act(nusakirim, target, http)
        assert state() == expected
    script.flush()
    changes = inbox.events[2:]
    assert [getattr(event, "hidden", None) for event in changes[:2]] == [True, False]
    assert isinstance(changes[-1], PostDeleted)
    with pytest.raises(Gone):
        moderation.hide(nusakirim, target, http)


def test_visitors_post_and_own_comment_are_protected(
    nusakirim: Account, script: Any, inbox: Any, http: Any
) -> None:
    script.write("Tutup?", "post", "rita", key="v")
    script.write("Buka", "comment", "brand", in_reply_to="v")
    script.flush()
    visitor, own = map(target_of, inbox.posts())
    with pytest.raises(Rejected):
        moderation.delete(nusakirim, visitor, http)
    with pytest.raises(Rejected):
        moderation.hide(nusakirim, own, http)
    moderation.delete(nusakirim, own, http)


def test_disconnected_page_hears_nothing_more(
    nusakirim: Account, script: Any, inbox: Any, http: Any
) -> None:
    assert inbox.webhook.unsubscribe
    inbox.webhook.unsubscribe(nusakirim, http)
    script.write("Tutup?", "post", "rita")
    script.flush()
    assert inbox.events == []


def test_edit_that_no_webhook_told_is_polled(
    nusakirim: Account, script: Any, inbox: Any, drain: Any
) -> None:
    script.write("Promo", "post", "brand", key="promo")
    asked = script.write("Mana?", "comment", "rita", in_reply_to="promo", key="q")
    _, cursor = drain()
    script.fault("drop_webhooks", times=100)
    script.call("POST", "posts/q/edit", {"text": "Mana paket 4411?"})
    events, _ = drain(cursor)
    edits = {e.external_id: e.text for e in events if isinstance(e, PostEdited)}
    assert edits[asked] == "Mana paket 4411?"


def target_of(post: IncomingPost) -> Target:
    return Target(
        external_id=post.external_id,
        author_id=post.author_id,
        kind=post.kind,
        visibility=post.visibility,
        posted_at=post.posted_at,
        by_us=post.author_id == post.account_id,
    )
