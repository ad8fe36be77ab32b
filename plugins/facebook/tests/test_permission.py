from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tanggap.sdk import Account, AppCredentials, Invitation, Refusal, Target, Token, Visibility
from tanggap_facebook.permission import check, closes, invite

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def comment(**given: Any) -> Target:
    values: dict[str, Any] = {"external_id": "700_801", "author_id": "6002", "kind": "comment"}
    values |= {"visibility": "public", "posted_at": NOW - timedelta(days=1), "under_ours": True}
    return Target(**{**values, **given})


def message(**ago: float) -> Target:
    return comment(
        external_id="m_1", kind="message", visibility="private", posted_at=NOW - timedelta(**ago)
    )


def told(account: Account, target: Target, visibility: Visibility = "private") -> Refusal | None:
    return check(account, target, visibility, clock=lambda: NOW)


def human(account: Account) -> Account:
    config = {**account.app.config, "human_agent": "1"}
    return replace(account, app=AppCredentials(config, account.app.secrets))


def test_public_answers_are_always_possible(account: Account) -> None:
    for target in (comment(), comment(external_id="5001_710", kind="mention"), comment(by_us=True)):
        assert told(account, target, "public") is None


def test_window_of_a_day_is_told_before_sending(account: Account) -> None:
    assert told(account, message(hours=24)) is None
    refusal = told(account, message(hours=25))
    assert refusal is not None
    assert (refusal.code, refusal.instead) == ("window_closed", None)


def test_human_agent_has_a_week(account: Account) -> None:
    assert told(human(account), message(days=7)) is None
    refusal = told(human(account), message(days=7, minutes=1))
    assert refusal is not None
    assert refusal.code == "window_closed"


def test_window_counts_from_the_last_message_of_the_customer(account: Account) -> None:
    old = replace(message(days=3), last_private_at=NOW - timedelta(hours=1))
    assert told(account, old) is None
    assert told(account, replace(message(hours=1), last_private_at=NOW - timedelta(days=2)))


def test_customer_who_never_answered_cannot_be_written_to_again(account: Account) -> None:
    refusal = told(account, replace(message(hours=1), by_us=True))
    assert refusal is not None
    assert refusal.code == "not_answered_yet"


def test_private_conversation_has_no_public_answer(account: Account) -> None:
    refusal = told(account, message(hours=1), "public")
    assert refusal is not None
    assert (refusal.code, refusal.instead) == ("only_private", "private")


@pytest.mark.parametrize(
    ("target", "code"),
    [
        (comment(), None),
        (comment(kind="reply"), None),
        (comment(external_id="5001_710", kind="mention"), None),
        (comment(posted_at=NOW - timedelta(days=7)), None),
        (comment(posted_at=NOW - timedelta(days=7, minutes=1)), "too_old"),
        (comment(by_us=True), "no_private_reply"),
        (comment(external_id="9009_12", kind="mention"), "no_private_reply"),
        (comment(external_id="12_34", kind="mention"), "no_private_reply"),
        (comment(external_id="9100", kind="review"), "no_private_reply"),
        (comment(external_id="review:6002:1793606400", kind="review"), "no_post"),
    ],
)
def test_private_reply_goes_to_recent_posts_on_the_page(
    account: Account, target: Target, code: str | None
) -> None:
    refusal = told(account, target)
    assert (refusal.code if refusal else None) == code
    if refusal and code != "no_post":
        assert refusal.instead == "public"


def test_missing_permission_for_messenger_is_told(account: Account) -> None:
    bare = replace(account, token=Token("t", scopes=("pages_manage_engagement",)))
    refusal = told(bare, comment())
    assert refusal is not None
    assert (refusal.code, refusal.instead) == ("no_messenger", "public")
    assert told(bare, comment(), "public") is None
    unknown = replace(account, token=Token("t"))
    assert told(unknown, comment()) is None


@pytest.mark.parametrize("target", [message(days=30), comment(by_us=True)])
def test_refusals_are_said_in_both_languages(account: Account, target: Target) -> None:
    refusal = told(account, target)
    assert refusal is not None
    assert isinstance(refusal.message, dict)
    assert set(refusal.message) == {"en", "id"}


def test_a_comment_has_one_private_reply(account: Account) -> None:
    refusal = told(account, comment(answered_privately=True))
    assert refusal is not None
    assert (refusal.code, refusal.instead) == ("once", "public")


def test_invitation_is_a_private_reply_while_facebook_takes_one(account: Account) -> None:
    assert invite(account, comment(), lambda: NOW) == Invitation(visibility="private")


@pytest.mark.parametrize(
    "facts", [{"answered_privately": True}, {"posted_at": NOW - timedelta(days=8)}], ids=str
)
def test_invitation_is_the_pages_link_afterwards(account: Account, facts: dict[str, Any]) -> None:
    found = invite(account, comment(**facts), lambda: NOW)
    assert isinstance(found, Invitation)
    assert (found.visibility, found.link) == ("public", f"https://m.me/{account.external_id}")
    assert found.link_with("tg-1") == f"https://m.me/{account.external_id}?ref=tg-1"
    assert found.hint


def test_a_page_without_messenger_invites_nobody(account: Account) -> None:
    bare = replace(account, token=Token("t", scopes=["pages_read_engagement"]))
    found = invite(bare, comment(), lambda: NOW)
    assert isinstance(found, Refusal)


def test_until_when_facebook_takes_an_answer_is_told(account: Account) -> None:
    comment_, wrote = comment(), message(hours=2)
    assert closes(account, comment_, "public") is None
    assert closes(account, comment_, "private") == comment_.posted_at + timedelta(days=7)
    assert closes(account, wrote, "private") == wrote.posted_at + timedelta(hours=24)
    assert closes(human(account), wrote, "private") == wrote.posted_at + timedelta(days=7)
    later = NOW - timedelta(minutes=1)
    heard = replace(comment(visibility="private", by_us=True), last_private_at=later)
    assert closes(account, heard, "private") == later + timedelta(hours=24)
    assert closes(account, replace(heard, last_private_at=None), "private") is None
