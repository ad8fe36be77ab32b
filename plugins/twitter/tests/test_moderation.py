from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from tanggap.sdk import (
    Account,
    AppCredentials,
    Gone,
    RateLimited,
    Rejected,
    Target,
    Token,
    Unavailable,
)
from tanggap_twitter import moderation, oauth

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
ACTIONS = ("hide", "show", "like", "unlike", "delete")


def target(external_id: str = "5", **more: Any) -> Target:
    facts = {"kind": "reply", "visibility": "public", "author_id": "80002", "posted_at": NOW}
    return Target(external_id=external_id, **{**facts, **more})


@pytest.fixture
def enterprise(account: Account) -> Account:
    token = Token("t", scopes=(*oauth.SCOPES, *oauth.ENTERPRISE_SCOPES))
    return replace(account, token=token, app=AppCredentials({"plan": "enterprise"}, {}))


@pytest.fixture
def x_says(scripted: Any, answer: Any) -> Callable[..., Any]:
    """Make a client that gets these bodies, each with 200."""
    return lambda *bodies: scripted(*(answer(200, body) for body in bodies))


@pytest.mark.parametrize(
    ("facts", "allowed"),
    [
        ({"under_ours": True}, {"hide", "show", "like", "unlike"}),
        ({}, {"like", "unlike"}),
        ({"by_us": True, "under_ours": True}, {"delete"}),
        ({"visibility": "private", "kind": "message"}, set()),
        ({"visibility": "private", "kind": "message", "by_us": True}, {"delete"}),
    ],
)
def test_what_can_be_done_depends_on_whose_post_it_is(
    facts: dict[str, Any], allowed: set[str], enterprise: Account
) -> None:
    found = {a for a in ACTIONS if moderation.allows(enterprise, a, target(**facts))}
    assert found == allowed


@pytest.mark.parametrize(
    ("scopes", "plan", "allowed"),
    [
        (oauth.SCOPES, "self_serve", {"hide", "show"}),
        (oauth.SCOPES, "enterprise", {"hide", "show"}),
        (("tweet.read", "like.write"), "enterprise", {"like", "unlike"}),
        ((), "self_serve", {"hide", "show"}),
        ((), "enterprise", {"hide", "show", "like", "unlike"}),
    ],
)
def test_actions_that_the_account_may_not_take_are_not_offered(
    scopes: tuple[str, ...], plan: str, allowed: set[str], account: Account
) -> None:
    app = AppCredentials({"plan": plan}, {})
    granted = replace(account, token=Token("t", scopes=scopes), app=app)
    theirs = target(under_ours=True)
    assert {a for a in ACTIONS if moderation.allows(granted, a, theirs)} == allowed


@pytest.mark.parametrize(
    ("act", "route", "exchanged"),
    [
        ("hide", "PUT /2/tweets/5/hidden", ({"hidden": True}, {"hidden": True})),
        ("show", "PUT /2/tweets/5/hidden", ({"hidden": False}, {"hidden": False})),
        ("like", "POST /2/users/70001/likes", ({"tweet_id": "5"}, {"liked": True})),
        ("unlike", "DELETE /2/users/70001/likes/5", (None, {"liked": False})),
        ("delete", "DELETE /2/tweets/5", (None, {"deleted": True})),
    ],
)
def test_every_action_is_asked_of_x_as_documented(
    enterprise: Account, x_says: Any, act: str, route: str, exchanged: tuple[object, object]
) -> None:
    body, said = exchanged
    http = x_says({"data": said}, {})
    getattr(moderation, act)(enterprise, target(), http)
    getattr(moderation, act)(enterprise, target(), http)
    first = http.calls[0]
    assert (f"{first['method']} {urlsplit(first['url']).path}", first["json"]) == (route, body)


def test_own_message_is_deleted_by_its_own_route(
    account: Account, scripted: Any, answer: Any
) -> None:
    http = scripted(answer(200, {"data": {"deleted": True}}))
    moderation.delete(account, target(visibility="private", kind="message"), http)
    assert http.calls[0]["url"].endswith("/2/dm_events/5")


def test_answer_that_says_it_was_not_done_leaves_the_outcome_open(
    account: Account, scripted: Any, answer: Any
) -> None:
    for act in (moderation.hide, moderation.show, moderation.delete):
        said = {"hidden": act is moderation.show, "deleted": False}
        with pytest.raises(Unavailable):
            act(account, target(), scripted(answer(200, {"data": said})))


def test_likes_are_refused_before_asking_on_self_serve_plans(
    account: Account, scripted: Any
) -> None:
    for act in (moderation.like, moderation.unlike):
        with pytest.raises(Rejected, match="Enterprise") as caught:
            act(account, target(), scripted())
        assert caught.value.code == "plan"


def test_missing_permission_is_told_before_asking(account: Account, scripted: Any) -> None:
    narrow = replace(account, token=Token("t", scopes=("tweet.read",)))
    for act in (moderation.hide, moderation.delete):
        with pytest.raises(Rejected) as caught:
            act(narrow, target(), scripted())
        assert caught.value.code == "missing_scope"


@pytest.mark.parametrize(
    ("status", "expected"),
    [(404, Gone), (403, Rejected), (429, RateLimited), (503, Unavailable)],
)
def test_refusals_are_what_they_are_for_a_reply(
    account: Account, scripted: Any, answer: Any, status: int, expected: type[Exception]
) -> None:
    with pytest.raises(expected) as caught:
        moderation.hide(account, target(), scripted(answer(status, {})))
    assert type(caught.value) is expected


def test_simulator_hides_and_shows_replies_to_our_posts_alone(
    nusakirim: Account, http: Any, x: Any, write: Callable[..., str]
) -> None:
    news = write("Promo", "post", by="brand")
    spam = write("judi", "reply", in_reply_to=news)
    other = write("@nusakirim halo")
    moderation.hide(nusakirim, target(spam), http)
    assert x.world.post(spam).hidden
    moderation.show(nusakirim, target(spam), http)
    assert not x.world.post(spam).hidden
    for stranger in (other, news):
        with pytest.raises(Rejected):
            moderation.hide(nusakirim, target(stranger), http)
    with pytest.raises(Gone):
        moderation.hide(nusakirim, target("12345"), http)


def test_simulator_deletes_our_own_posts_and_messages(
    subscribed: Account, http: Any, x: Any, write: Callable[..., str], control: Any
) -> None:
    news = write("Promo", "post", by="brand")
    asked = write("halo", "message", key="dm")
    ours = write("hai", "message", by="brand", in_reply_to="dm")
    moderation.delete(subscribed, target(news), http)
    moderation.delete(subscribed, target(ours, visibility="private"), http)
    assert x.world.post(news).deleted
    assert x.world.post(ours).deleted
    with pytest.raises(Gone):
        moderation.delete(subscribed, target(asked, visibility="private"), http)
    with pytest.raises(Gone):
        moderation.delete(subscribed, target(news), http)


def test_simulator_lets_enterprise_apps_like(
    sign_in: Callable[..., Token], simulated_app: AppCredentials, http: Any, x: Any, write: Any
) -> None:
    x.app_config["plan"] = x.plan = "enterprise"
    (account,) = oauth.list_accounts(simulated_app, sign_in(), http)
    post = write("@nusakirim terima kasih!")
    moderation.like(account, target(post), http)
    assert x.world.post(post).extra["liked_by"] == "70001"
    moderation.unlike(account, target(post), http)
    assert x.world.post(post).extra["liked_by"] == ""
    x.plan = "self_serve"
    with pytest.raises(Rejected):
        moderation.like(account, target(post), http)
