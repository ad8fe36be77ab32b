from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tanggap.sdk import Account, AppCredentials, AuthExpired, Token, Unavailable
from tanggap.sdk.testing import english
from tanggap_linkedin.health import check
from tanggap_linkedin.oauth import DEFAULT_SCOPES

ORG = "urn:li:organization:5001"
ACL = {"organization": ORG, "role": "ADMINISTRATOR", "roleAssignee": "urn:li:person:AdminDemo1"}


@pytest.fixture
def held(answer: Any) -> Any:
    return answer(200, {"elements": [ACL]})


def test_page_with_role_and_webhooks_is_healthy(
    account: Account, scripted: Any, answer: Any, held: Any
) -> None:
    assert check(account, scripted(held, answer(200, {}))).status == "ok"


def test_lost_role_is_down_and_lost_subscription_degraded(
    account: Account, scripted: Any, answer: Any, held: Any
) -> None:
    lost = answer(200, {"elements": []})
    gone = answer(404, {"status": 404})
    assert check(account, scripted(lost)).status == "down"
    found = check(account, scripted(held, gone))
    assert (found.status, "no webhooks" in english(found.detail)) == ("degraded", True)


@pytest.mark.parametrize(
    ("ends", "status"), [(1, "degraded"), (4102444800000, "ok"), (None, "ok"), ("never", "ok")]
)
def test_subscription_that_has_ended_is_told(
    account: Account, scripted: Any, answer: Any, ends: object, status: str
) -> None:
    acl = answer(200, {"elements": [ACL]})
    assert check(account, scripted(acl, answer(200, {"expiresAt": ends}))).status == status


def test_unreadable_list_of_roles_is_down(account: Account, scripted: Any, answer: Any) -> None:
    strange = answer(200, {"elements": [{"organization": 7}]})
    assert check(account, scripted(strange)).status == "down"


def test_page_without_application_id_is_polled(account: Account, scripted: Any, held: Any) -> None:
    bare = replace(account, app=AppCredentials({}, account.app.secrets))
    assert check(bare, scripted(held)).status == "ok"


def test_permissions_that_were_not_granted_are_named(
    account: Account, scripted: Any, answer: Any, held: Any
) -> None:
    granted = tuple(DEFAULT_SCOPES.split()[1:])
    narrow = replace(account, token=Token("t", "r", scopes=granted))
    found = check(narrow, scripted(held, answer(200, {})))
    assert found.status == "degraded"
    assert "r_organization_social_feed" in english(found.detail)


def test_end_of_access_is_announced_where_nothing_renews_it(
    account: Account, scripted: Any, answer: Any, held: Any
) -> None:
    soon = datetime.now(UTC) + timedelta(days=3)
    for refresh_token, status in ((None, "degraded"), ("r", "ok")):
        ending = replace(account, token=Token("t", refresh_token, expires_at=soon))
        assert check(ending, scripted(held, answer(200, {}))).status == status


def test_dead_token_throttle_and_outage_are_told_apart(
    account: Account, scripted: Any, answer: Any
) -> None:
    with pytest.raises(AuthExpired):
        check(account, scripted(answer(401, {"serviceErrorCode": 65601})))
    assert check(account, scripted(answer(429, {"serviceErrorCode": 101}))).status == "degraded"
    assert check(account, scripted(answer(500, {}))).status == "down"
    assert check(account, scripted(Unavailable("no network"))).status == "down"
    outdated = check(account, scripted(answer(426, {"code": "NONEXISTENT_VERSION"})))
    assert (outdated.status, "API version" in english(outdated.detail)) == ("down", True)
