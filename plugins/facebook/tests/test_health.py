from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tanggap.sdk import Account, AuthExpired, Health, Unavailable
from tanggap.sdk.testing import english
from tanggap_facebook.health import check
from tanggap_facebook.oauth import SCOPES
from tanggap_facebook.simulator import SimulatedFacebook

PAGE = {"id": "5001", "name": "Acme Demo"}


def facts(**given: object) -> dict[str, object]:
    return {"data": {"is_valid": True, "scopes": list(SCOPES), **given}}


def test_valid_token_and_visible_page_are_healthy(account: Account, scripted: Any) -> None:
    http = scripted(facts(data_access_expires_at=0), PAGE)
    assert check(account, http) == Health("ok")
    assert http.calls[0]["params"] == {"input_token": "demo-page-token"}
    assert http.calls[1]["url"].endswith("/v26.0/5001")


def test_missing_permissions_are_named(account: Account, scripted: Any) -> None:
    found = check(account, scripted(facts(scopes=list(SCOPES[:-1])), PAGE))
    assert found.status == "degraded"
    assert "pages_messaging" in english(found.detail)


def test_permission_for_other_pages_only_counts_as_missing(account: Account, scripted: Any) -> None:
    elsewhere = [{"scope": "pages_messaging", "target_ids": ["9009", 7]}]
    found = check(account, scripted(facts(granular_scopes=elsewhere), PAGE))
    assert (found.status, "pages_messaging" in english(found.detail)) == ("degraded", True)
    here = [{"scope": "pages_messaging", "target_ids": ["5001"]}, {"scope": "pages_show_list"}]
    assert check(account, scripted(facts(granular_scopes=here), PAGE)) == Health("ok")


def test_lacking_tasks_of_the_person_are_told(account: Account, scripted: Any) -> None:
    for tasks, status in (
        ("MODERATE,MESSAGING,ANALYZE", "ok"),
        ("", "ok"),
        ("MODERATE", "degraded"),
        ("ANALYZE", "degraded"),
    ):
        known = replace(account, config={"tasks": tasks})
        assert check(known, scripted(facts(), PAGE)).status == status


def test_end_of_data_access_is_announced(account: Account, scripted: Any) -> None:
    soon, later = int(time.time()) + 86_400, int(time.time()) + 30 * 86_400
    near = check(account, scripted(facts(data_access_expires_at=soon), PAGE))
    assert (near.status, "reconnect" in english(near.detail)) == ("degraded", True)
    assert check(account, scripted(facts(data_access_expires_at=later), PAGE)) == Health("ok")


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ({"code": 190, "subcode": 458}, "revoked"),
        ({"code": 190, "subcode": 463}, "expired"),
        (None, "expired"),
        ({"code": "x"}, "expired"),
    ],
)
def test_dead_token_asks_for_a_reconnection(
    account: Account, scripted: Any, error: object, cause: str
) -> None:
    body = {"data": {"is_valid": False, "scopes": [], "error": error}}
    with pytest.raises(AuthExpired) as caught:
        check(account, scripted(body))
    assert caught.value.cause == cause


def test_lost_role_on_the_page_asks_for_a_reconnection(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    with pytest.raises(AuthExpired):
        check(account, scripted(facts(), refusal(190, 492)))


def test_rate_limit_is_degraded_and_outage_is_down(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    assert check(account, scripted(refusal(4))).status == "degraded"
    assert check(account, scripted(refusal(2, status=500))).status == "down"
    assert check(account, scripted(Unavailable("no network"))).status == "down"
    assert check(account, scripted(facts(), refusal(100, 33))).status == "down"


def test_strange_facts_do_not_make_a_page_ill(account: Account, scripted: Any) -> None:
    assert check(account, scripted(facts(data_access_expires_at=[]), PAGE)) == Health("ok")


def test_simulated_page_is_healthy_until_the_app_is_removed(
    connect: Callable[..., list[Account]], facebook: SimulatedFacebook, http: Any
) -> None:
    (account, _) = connect()
    assert check(account, http) == Health("ok")
    facebook.expire_tokens()
    with pytest.raises(AuthExpired) as expired:
        check(account, http)
    facebook.revoke_tokens()
    with pytest.raises(AuthExpired) as revoked:
        check(account, http)
    assert (expired.value.cause, revoked.value.cause) == ("expired", "revoked")
