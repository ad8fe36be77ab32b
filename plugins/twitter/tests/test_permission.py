from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tanggap.sdk import Account, AppCredentials, Invitation, Refusal, Rejected, Reply, Target, Token
from tanggap_twitter import reply as replying
from tanggap_twitter.permission import check, invite

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


def target(**more: Any) -> Target:
    facts = {"kind": "reply", "visibility": "public", "external_id": "5", "author_id": "80002"}
    return Target(**{**facts, "posted_at": NOW, **more})


SUMMONED = [
    {"mentions": ("nusakirim",)},
    {"mentions": ("budi", "NusaKirim")},
    {"kind": "mention"},
    {"kind": "quote"},
    {"answers_us": True},
    {"by_us": True},
]


@pytest.mark.parametrize("facts", SUMMONED, ids=str)
def test_who_mentions_quotes_or_answers_us_may_be_answered(
    account: Account, facts: dict[str, Any]
) -> None:
    assert check(account, target(**facts), "public") is None


def test_answer_nobody_summoned_is_explained_in_both_languages(account: Account) -> None:
    refusal = check(account, target(under_ours=True, mentions=("budi",)), "public")
    assert refusal is not None
    assert (refusal.code, refusal.instead) == ("not_summoned", None)
    assert not isinstance(refusal.message, str)
    assert set(refusal.message) == {"en", "id"}
    assert all("@nusakirim" in words for words in refusal.message.values())


def test_person_who_wrote_in_private_can_be_answered_there_instead(account: Account) -> None:
    refusal = check(account, target(last_private_at=NOW), "public")
    assert refusal is not None
    assert refusal.instead == "private"
    assert check(account, target(last_private_at=NOW), "private") is None


def test_enterprise_apps_answer_everybody(account: Account) -> None:
    enterprise = replace(account, app=AppCredentials({"plan": "enterprise"}, {}))
    assert check(enterprise, target(), "public") is None


def test_account_without_a_known_handle_gets_a_try(account: Account) -> None:
    assert check(replace(account, handle=""), target(), "public") is None


def test_message_is_answered_in_private_only(account: Account) -> None:
    message = target(kind="message", visibility="private")
    refusal = check(account, message, "public")
    assert refusal is not None
    assert (refusal.code, refusal.instead) == ("private_post", "private")
    assert check(account, message, "private") is None


def test_own_public_post_has_nobody_to_write_to_in_private(account: Account) -> None:
    refusal = check(account, target(by_us=True), "private")
    assert refusal is not None
    assert refusal.code == "own_post"


@pytest.mark.parametrize(
    ("scopes", "visibility", "code", "instead"),
    [
        (("tweet.read", "tweet.write"), "private", "missing_scope", "public"),
        (("tweet.read",), "private", "missing_scope", None),
        (("tweet.read", "dm.write"), "public", "missing_scope", None),
        ((), "private", None, None),
    ],
)
def test_missing_permission_is_told_before_sending(
    account: Account, scopes: tuple[str, ...], visibility: Any, code: str | None, instead: Any
) -> None:
    narrow = replace(account, token=Token("t", scopes=scopes))
    refusal = check(narrow, target(kind="mention"), visibility)
    assert (refusal.code if refusal else None) == code
    assert (refusal.instead if refusal else None) == instead


def test_check_agrees_with_what_the_simulator_lets_through(
    nusakirim: Account, http: Any, write: Callable[..., str], x: Any
) -> None:
    """What is refused before sending is refused by X too, and what is not goes out."""
    news = write("Promo", "post", by="brand")
    answer = write("mahal", "reply", in_reply_to=news)
    cases = {
        answer: target(external_id=answer, answers_us=True, under_ours=True),
        write("@nusakirim resi?"): target(kind="mention", mentions=("nusakirim",)),
        write("lihat", "quote", in_reply_to=news): target(kind="quote", answers_us=True),
        write("setuju", "reply", by="budi", in_reply_to=answer): target(under_ours=True),
        write("halo semua", "post", by="sari"): target(kind="post"),
    }
    verdicts = [check(nusakirim, post, "public") is None for post in cases.values()]
    assert verdicts == [True, True, True, False, False]
    for number, (post_id, allowed) in enumerate(zip(cases, verdicts, strict=True)):
        answer_to = Reply(
            to=post_id, text=f"baik {number}", idempotency_key=str(number), author_id="80001"
        )
        if allowed:
            assert replying.send(nusakirim, answer_to, http).external_id
        else:
            with pytest.raises(Rejected):
                replying.send(nusakirim, answer_to, http)
    x.plan = "enterprise"
    late = Reply(to=list(cases)[-1], text="hai", idempotency_key="k", author_id="80001")
    assert replying.send(nusakirim, late, http).external_id


def test_invitation_carries_the_link_that_opens_a_message_to_the_account(account: Account) -> None:
    found = invite(account, target(kind="mention"))
    assert isinstance(found, Invitation)
    assert found.visibility == "public"
    assert found.link.endswith(f"/messages/compose?recipient_id={account.external_id}")
    assert found.link_with("tg-1") == found.link + "&text=Ref%3A%20tg-1%20"


def test_who_may_not_be_answered_in_public_cannot_be_invited(account: Account) -> None:
    found = invite(account, target(under_ours=True, mentions=("budi",)))
    assert isinstance(found, Refusal)
