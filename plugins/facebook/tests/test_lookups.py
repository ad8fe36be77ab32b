from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tanggap.sdk import Account, AuthExpired, PostDeleted, PostKind, Token
from tanggap_facebook import profiles, recheck

POSTS: dict[str, PostKind] = {
    "700_801": "comment",
    "700_802": "reply",
    "5001_710": "mention",
    # elsewhere, a review without a story: the Page may not read them
    "9009_13": "mention",
    "review:6002:1": "review",
}


def gone(account: Account, http: Any, posts: dict[str, PostKind] = POSTS) -> list[str]:
    page = recheck.look_up(account, posts, http)
    return [event.external_id for event in page.events if isinstance(event, PostDeleted)]


def test_all_that_stands_is_one_call(account: Account, scripted: Any) -> None:
    http = scripted({one: {"id": one} for one in ("700_801", "700_802", "5001_710")})
    assert gone(account, http) == []
    assert http.calls[0]["params"]["ids"] == "700_801,700_802,5001_710"


def test_list_that_is_refused_for_one_is_halved(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    http = scripted(
        refusal(803), {"id": "700_801"}, refusal(100, 33), refusal(100, 33), {"id": "5001_710"}
    )
    assert gone(account, http) == ["700_802"]


def test_one_that_is_left_out_is_asked_for_by_itself(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    http = scripted({"700_801": {"id": "700_801"}}, refusal(100, 33), {"id": "5001_710"})
    assert gone(account, http) == ["700_802"]


def test_page_that_may_not_read_what_visitors_write_asks_nothing(
    account: Account, scripted: Any
) -> None:
    poor = replace(account, token=Token("t", scopes=("pages_show_list",)))
    assert gone(poor, scripted()) == []
    assert gone(account, scripted(), {"9009_13": "mention"}) == []


def test_names_are_put_together_and_refused_people_left_out(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    http = scripted(
        {"first_name": "Rita", "last_name": "Demo", "profile_pic": "https://cdn.example/r.jpg"},
        refusal(100, 33),
        {"name": "Sam Demo", "profile_pic": 5},
        {"id": "4"},
    )
    found = profiles.look_up(account, ["1", "2", "3", "4"], http)
    assert [(one.author_id, one.name, one.avatar_url) for one in found] == [
        ("1", "Rita Demo", "https://cdn.example/r.jpg"),
        ("3", "Sam Demo", None),
    ]


def test_app_without_the_feature_asks_once_and_a_dead_token_is_told(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    http = scripted(refusal(10))
    assert profiles.look_up(account, ["1", "2"], http) == []
    assert len(http.calls) == 1
    with pytest.raises(AuthExpired):
        profiles.look_up(account, ["1"], scripted(refusal(190)))
