from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tanggap.sdk import Account, Action, AuthExpired, Gone, Rejected, Target, Token
from tanggap_linkedin import moderation
from tanggap_linkedin.moderation import allows

BASE = "https://api.linkedin.com/rest/"
ACTIVITY = "urn:li:activity:7470000000000000001"
COMMENT = f"urn:li:comment:({ACTIVITY},77)"
ENCODED = "urn%3Ali%3Acomment%3A%28urn%3Ali%3Aactivity%3A7470000000000000001%2C77%29"
ORG = "urn%3Ali%3Aorganization%3A5001"


def target(external_id: str = COMMENT, **given: Any) -> Target:
    values: dict[str, Any] = {"author_id": "urn:li:person:AbC123demo", "kind": "comment"}
    values |= {"visibility": "public", "posted_at": datetime(2026, 11, 2, tzinfo=UTC)}
    return Target(external_id=external_id, **{**values, **given})


def test_like_names_page_and_post(account: Account, scripted: Any, answer: Any) -> None:
    http = scripted(answer(201, {}))
    moderation.like(account, target(), http)
    (call,) = http.calls
    assert (call["method"], call["url"]) == ("POST", f"{BASE}reactions?actor={ORG}")
    assert call["json"] == {"root": COMMENT, "reactionType": "LIKE"}


def test_like_is_taken_back(account: Account, scripted: Any, answer: Any) -> None:
    http = scripted(answer(204))
    moderation.unlike(account, target(), http)
    (call,) = http.calls
    assert (call["method"], call["url"]) == (
        "DELETE",
        f"{BASE}reactions/(actor:{ORG},entity:{ENCODED})",
    )
    assert call["headers"]["X-RestLi-Method"] == "DELETE"


def test_comment_is_deleted_as_the_page(account: Account, scripted: Any, answer: Any) -> None:
    http = scripted(answer(204))
    moderation.delete(account, target(), http)
    (call,) = http.calls
    path = "socialActions/urn%3Ali%3Aactivity%3A7470000000000000001/comments/77"
    assert (call["method"], call["url"]) == ("DELETE", f"{BASE}{path}?actor={ORG}")


def test_liking_twice_and_unliking_nothing_are_no_trouble(
    account: Account, scripted: Any, answer: Any
) -> None:
    moderation.like(account, target(), scripted(answer(409, {"status": 409})))
    moderation.unlike(account, target(), scripted(answer(404, {"status": 404})))
    with pytest.raises(Rejected):
        moderation.like(account, target(), scripted(answer(400, {"status": 400})))


def test_vanished_comment_is_gone(account: Account, scripted: Any, answer: Any) -> None:
    with pytest.raises(Gone):
        moderation.delete(account, target(), scripted(answer(404, {})))


def test_post_cannot_be_deleted(account: Account, scripted: Any) -> None:
    with pytest.raises(Rejected):
        moderation.delete(account, target("urn:li:share:1"), scripted())


def test_post_out_of_reach_leaves_the_page_connected(
    account: Account, scripted: Any, answer: Any
) -> None:
    refused = answer(403, {"status": 403, "serviceErrorCode": 100})
    with pytest.raises(AuthExpired):
        moderation.delete(account, target(), scripted(refused))
    granted = replace(account, token=Token("t", scopes=("w_organization_social_feed",)))
    with pytest.raises(Rejected):
        moderation.delete(granted, target(), scripted(refused))


@pytest.mark.parametrize(
    ("post", "allowed"),
    [
        (target(), {"like", "unlike"}),
        (target(by_us=True), {"like", "unlike", "delete"}),
        (target(under_ours=True), {"like", "unlike", "delete"}),
        (target("urn:li:share:1", kind="mention"), {"like", "unlike"}),
        (target("urn:li:share:1", kind="post", by_us=True), {"like", "unlike"}),
    ],
)
def test_what_linkedin_permits_is_told_without_asking(
    post: Target, allowed: set[Action], account: Account
) -> None:
    actions: tuple[Action, ...] = ("hide", "show", "like", "unlike", "delete")
    assert {action for action in actions if allows(account, action, post)} == allowed
    poor = replace(account, token=Token("t", scopes=("something_else",)))
    assert not any(allows(poor, action, post) for action in actions)
