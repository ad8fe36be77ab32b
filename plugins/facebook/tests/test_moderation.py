from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tanggap.sdk import Account, Action, AuthExpired, Gone, RateLimited, Rejected, Target, Token
from tanggap_facebook import moderation
from tanggap_facebook.moderation import allows

BASE = "https://graph.facebook.com/v26.0"
NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def target(**given: Any) -> Target:
    values: dict[str, Any] = {"external_id": "700_801", "author_id": "6002", "kind": "comment"}
    return Target(**{**values, "visibility": "public", "posted_at": NOW, **given})


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("hide", ("POST", "700_801", {"is_hidden": "true"})),
        ("show", ("POST", "700_801", {"is_hidden": "false"})),
        ("like", ("POST", "700_801/likes", None)),
        ("unlike", ("DELETE", "700_801/likes", None)),
        ("delete", ("DELETE", "700_801", None)),
    ],
)
def test_each_action_is_one_call(
    account: Account, scripted: Any, action: str, expected: tuple[str, str, object]
) -> None:
    http = scripted({"success": True})
    getattr(moderation, action)(account, target(), http)
    (call,) = http.calls
    path = call["url"].removeprefix(f"{BASE}/")
    assert (call["method"], path, call["form"]) == expected


@pytest.mark.parametrize("body", [{"success": True}, {"id": "700_801"}, {}, []])
def test_any_good_answer_is_enough(account: Account, scripted: Any, body: object) -> None:
    moderation.like(account, target(), scripted(body))


def test_answer_of_no_success_is_a_refusal(account: Account, scripted: Any) -> None:
    with pytest.raises(Rejected):
        moderation.delete(account, target(), scripted({"success": False}))


def test_errors_are_of_the_class_of_their_code(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    for answer, kind in (
        (refusal(100, 33), Gone),
        (refusal(80001), RateLimited),
        (refusal(190, 463), AuthExpired),
    ):
        with pytest.raises(kind):
            moderation.hide(account, target(), scripted(answer))


def test_post_out_of_reach_leaves_the_page_connected(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    with pytest.raises(Rejected):
        moderation.hide(account, target(), scripted(refusal(200)))
    bare = replace(account, token=Token("t", scopes=("pages_show_list",)))
    for lacking in (bare, replace(account, token=Token("t"))):
        with pytest.raises(AuthExpired):
            moderation.hide(lacking, target(), scripted(refusal(200)))


VISITOR = target(external_id="5001_710", kind="mention")
OWN_POST = target(external_id="5001_700", kind="post", by_us=True)
MESSAGE = target(external_id="m_1", kind="message", visibility="private")
REVIEW = target(external_id="9100", kind="review")


@pytest.mark.parametrize(
    ("post", "allowed"),
    [
        (target(), {"hide", "show", "like", "unlike", "delete"}),
        (target(kind="reply", by_us=True), {"like", "unlike", "delete"}),
        (VISITOR, {"like", "unlike"}),
        (OWN_POST, {"like", "unlike", "delete"}),
        (MESSAGE, set()),
        (REVIEW, set()),
    ],
)
def test_what_facebook_permits_is_told_without_asking(
    post: Target, allowed: set[Action], account: Account
) -> None:
    actions: tuple[Action, ...] = ("hide", "show", "like", "unlike", "delete")
    assert {action for action in actions if allows(account, action, post)} == allowed
    poor = replace(account, token=Token("t", scopes=("something_else",)))
    assert not any(allows(poor, action, post) for action in actions)
