from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.sdk import (
    Account,
    AppCredentials,
    InvalidConfig,
    InvalidSignature,
    Rejected,
    WebhookRequest,
)
from tanggap.sdk.signing import hmac_sha256
from tanggap_linkedin.webhook import challenge, parse, subscribe, unsubscribe, verify

SECRET = "demo-client-secret"
APP = AppCredentials({}, {"client_secret": SECRET})
BODY = b'{"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS","notifications":[]}'
SIGNATURE = "5f5ffa7d4c78ebb79919cfe6457bac644501265ae4af1678e44a397f7b70d51f"


def asked(**query: str) -> WebhookRequest:
    return WebhookRequest("GET", {}, query, b"")


def sent(signature: str, body: bytes = BODY) -> WebhookRequest:
    return WebhookRequest("POST", {"x-li-signature": signature}, {}, body)


def test_challenge_is_answered_with_the_documented_hash() -> None:
    code = "11111111-2222-4333-8444-555555555555"
    answer = challenge(asked(challengeCode=code, applicationId="1"), APP)
    assert answer is not None
    assert answer[0] == "application/json"
    assert json.loads(answer[1]) == {
        "challengeCode": code,
        "challengeResponse": "716184fcf36d967e47365821f9d47fb8ddb4ec5dbed6dad85a30c305b1c87444",
    }


def test_challenge_without_code_or_secret_is_refused() -> None:
    assert challenge(asked(), APP) is None
    assert challenge(asked(challengeCode="abc"), AppCredentials({}, {})) is None


def test_challenge_never_signs_what_could_pass_as_a_delivery() -> None:
    forged = "hmacsha256=" + BODY.decode()
    assert challenge(asked(challengeCode=forged), APP) is None
    assert challenge(asked(challengeCode="hmacsha256="), APP) is None


def test_genuine_delivery_is_accepted_with_and_without_prefix() -> None:
    verify(sent(SIGNATURE), APP)
    verify(sent("hmacsha256=" + SIGNATURE), APP)


@pytest.mark.parametrize(
    "signature",
    ["", "hmacsha256=", "0" * 64, SIGNATURE[:-1], SIGNATURE + "0", "é", hmac_sha256(SECRET, BODY)],
)
def test_wrong_signature_is_refused(signature: str) -> None:
    with pytest.raises(InvalidSignature):
        verify(sent(signature), APP)


def test_missing_header_and_missing_secret_are_refused() -> None:
    with pytest.raises(InvalidSignature):
        verify(WebhookRequest("POST", {}, {}, BODY), APP)
    with pytest.raises(InvalidSignature):
        verify(sent(SIGNATURE), AppCredentials({}, {}))


@given(st.binary(), st.binary(min_size=1))
def test_any_change_of_the_body_breaks_the_signature(body: bytes, extra: bytes) -> None:
    signature = hmac_sha256(SECRET, b"hmacsha256=" + body)
    verify(sent(signature, body), APP)
    with pytest.raises(InvalidSignature):
        verify(sent(signature, body + extra), APP)


KEY = (
    "https://api.linkedin.com/rest/eventSubscriptions/"
    "(developerApplication:urn%3Ali%3AdeveloperApplication%3A246810,"
    "user:urn%3Ali%3Aperson%3AAdminDemo1,entity:urn%3Ali%3Aorganization%3A5001,"
    "eventType:ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS)"
)


def test_verified_delivery_is_parsed_by_the_same_module() -> None:
    request = sent(SIGNATURE)
    verify(request, APP)
    assert list(parse(request)) == []


def test_subscription_is_keyed_by_app_member_page_and_event(
    account: Account, scripted: Any, answer: Any
) -> None:
    http = scripted(answer(204))
    subscribe(account, "https://inbox.example/hooks/linkedin", http)
    (call,) = http.calls
    assert (call["method"], call["url"]) == ("PUT", KEY)
    assert call["json"] == {"webhook": "https://inbox.example/hooks/linkedin"}


def test_subscription_needs_the_application_id(account: Account, scripted: Any) -> None:
    bare = replace(account, app=AppCredentials({}, account.app.secrets))
    with pytest.raises(InvalidConfig) as raised:
        subscribe(bare, "https://inbox.example/hooks/linkedin", scripted())
    assert raised.value.field == "application_id"


def test_disconnected_page_is_taken_off(account: Account, scripted: Any, answer: Any) -> None:
    http = scripted(answer(204))
    unsubscribe(account, http)
    (call,) = http.calls
    assert (call["method"], call["url"]) == ("DELETE", KEY)
    assert call["headers"]["X-RestLi-Method"] == "DELETE"


def test_subscription_that_is_gone_already_is_no_trouble(
    account: Account, scripted: Any, answer: Any
) -> None:
    unsubscribe(account, scripted(answer(404, {})))
    unsubscribe(replace(account, app=AppCredentials({}, {})), scripted())
    with pytest.raises(Rejected):
        unsubscribe(account, scripted(answer(400, {})))
