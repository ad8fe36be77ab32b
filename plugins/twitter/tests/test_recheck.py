from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tanggap.sdk import Account, AppCredentials, PostDeleted, RateLimited, Rejected, Token
from tanggap.sdk.testing import LoopbackHttp, reply_to
from tanggap_twitter import limits, oauth, recheck, reply
from tanggap_twitter.poll import fetch
from tanggap_twitter.threads import split

PROBLEMS = "https://api.x.com/2/problems/"


def missing(post_id: str, kind: str) -> dict[str, str]:
    return {"resource_id": post_id, "type": PROBLEMS + kind, "resource_type": "tweet"}


def test_only_what_x_says_is_gone_counts_as_gone(account: Account, scripted: Any) -> None:
    answer = {
        "data": [{"id": "1", "text": "there"}],
        "errors": [
            missing("2", "resource-not-found"),
            missing("3", "not-authorized-for-resource"),
            missing("4", "resource-unavailable"),
            {"value": "5", "type": PROBLEMS + "resource-not-found"},
            missing("6", "internal-error"),
            missing("1", "resource-not-found"),
            missing("77", "resource-not-found"),
            {"type": None},
            "odd",
        ],
    }
    http = scripted(answer)
    asked = dict.fromkeys([*"123456", "7"], "mention")
    page = recheck.look_up(account, {**asked, "dm:odd": "mention"}, http)  # type: ignore[dict-item]
    gone = [event.external_id for event in page.events if isinstance(event, PostDeleted)]
    assert gone == ["2", "3", "4", "5"]
    assert http.calls[0]["params"]["ids"] == "1,2,3,4,5,6,7"
    assert page.read_ids == {"post": ("1",)}


def test_nothing_to_ask_asks_nothing_and_trouble_is_told(
    account: Account, scripted: Any, answer: Any
) -> None:
    assert recheck.look_up(account, {"x": "mention"}, scripted()).events == ()
    with pytest.raises(RateLimited):
        recheck.look_up(account, {"1": "mention"}, scripted(answer(429, {})))


def test_operator_may_do_without_it() -> None:
    assert recheck.wanted(AppCredentials({}, {}))
    assert not recheck.wanted(AppCredentials({"recheck": ""}, {}))


def test_both_tokens_are_given_up(account: Account, scripted: Any, answer: Any) -> None:
    held = replace(account, token=Token("access", "refresh"))
    http = scripted({"revoked": True}, answer(400, {"error": "invalid_request"}))
    oauth.revoke(held, http)
    assert [call["form"]["token"] for call in http.calls] == ["refresh", "access"]
    assert all(call["url"].endswith("/2/oauth2/revoke") for call in http.calls)
    public = replace(held, app=AppCredentials({"client_id": "c"}, {}))
    http = scripted({"revoked": True}, {"revoked": True})
    oauth.revoke(public, http)
    assert http.calls[0]["form"]["client_id"] == "c"


def test_premium_account_writes_long_posts_and_threads_of_them(account: Account) -> None:
    premium = replace(account, config={"subscription": "premium"})
    assert [limits.limit(one, "public") for one in (account, premium)] == [280, 25_000]
    assert limits.limit(premium, "private") == limits.MAX_MESSAGE_LENGTH
    text = "Paket 4411 kini di gudang Semarang. " * 1000
    parts = list(split(text, 25_000))
    assert len(parts) == 2
    assert all(limits.weighted_length(part) <= 25_000 for part in parts)
    assert list(split(text[:20_000], 25_000)) == [text[:20_000]]


def test_simulated_x_takes_long_posts_of_premium_accounts_alone(
    x: Any, nusakirim: Account, write: Callable[..., str], http: LoopbackHttp
) -> None:
    ref = write("@nusakirim tolong jelaskan")
    (post,) = [
        e for e in fetch(nusakirim, None, http).events if getattr(e, "external_id", "") == ref
    ]
    long = reply_to(post, "Baik kak. " * 60)  # type: ignore[arg-type]
    with pytest.raises(Rejected):
        reply.send(nusakirim, long, http)
    x.longest_post = limits.MAX_LONG_POST_LENGTH
    assert reply.send(nusakirim, long, http).external_id
