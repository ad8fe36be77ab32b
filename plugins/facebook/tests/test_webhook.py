from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.sdk import (
    Account,
    AppCredentials,
    InvalidSignature,
    RateLimited,
    Token,
    WebhookRequest,
)
from tanggap_facebook.webhook import (
    FIELDS,
    PUBLIC_FIELDS,
    challenge,
    subscribe,
    unsubscribe,
    verify,
    verify_token,
)

BODY = b'{"object":"page","entry":[]}'
SIGNATURE = "sha256=3c40f31ec747dd03cb82556404d27610b8f5b474bc9781fbf7d8f775adf7d07b"
APP = AppCredentials({"app_id": "1234"}, {"app_secret": "demo-app-secret"})


def post(
    body: bytes = BODY, signature: str | None = SIGNATURE, legacy: str | None = None
) -> WebhookRequest:
    given = {"x-hub-signature-256": signature, "x-hub-signature": legacy}
    headers = {name: value for name, value in given.items() if value is not None}
    return WebhookRequest("POST", headers, {}, body)


def hub(**given: str) -> WebhookRequest:
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "T"}
    query |= {f"hub.{name}": value for name, value in given.items()}
    return WebhookRequest("GET", {}, query, b"")


def test_known_signature_is_accepted() -> None:
    verify(post(), APP)


def test_legacy_signature_beside_it_is_ignored() -> None:
    verify(post(legacy="sha1=00"), APP)


@pytest.mark.parametrize(
    "request_",
    [
        post(signature=None),
        post(signature=""),
        post(signature=SIGNATURE.removeprefix("sha256=")),
        post(signature=SIGNATURE.upper()),
        post(signature=SIGNATURE[:-1] + "c"),
        post(signature="sha256=ä"),
        post(signature=None, legacy="sha1=00"),
        post(BODY + b" "),
        post(b'{"entry":[],"object":"page"}'),
    ],
)
def test_any_other_signature_is_refused(request_: WebhookRequest) -> None:
    with pytest.raises(InvalidSignature):
        verify(request_, APP)


def test_nothing_is_accepted_without_a_secret() -> None:
    with pytest.raises(InvalidSignature):
        verify(post(), AppCredentials({}, {}))


@given(st.binary(), st.binary(min_size=1))
def test_signature_of_one_body_never_fits_another(body: bytes, more: bytes) -> None:
    from tanggap.sdk.signing import hmac_sha256

    signature = "sha256=" + hmac_sha256("demo-app-secret", body)
    verify(post(body, signature), APP)
    with pytest.raises(InvalidSignature):
        verify(post(body + more, signature), APP)


def test_handshake_is_answered_with_the_challenge_as_it_came() -> None:
    app = AppCredentials(APP.config, {**APP.secrets, "verify_token": "T"})
    assert challenge(hub(), app) == ("text/plain; charset=utf-8", "1158201444")


def test_handshake_works_with_the_token_made_from_the_secret() -> None:
    assert len(verify_token(APP)) == 40
    assert challenge(hub(verify_token=verify_token(APP)), APP) is not None


@pytest.mark.parametrize(
    "request_",
    [hub(verify_token="U"), hub(verify_token=""), hub(mode="unsubscribe"), hub(verify_token="ä")],
)
def test_wrong_handshake_is_refused(request_: WebhookRequest) -> None:
    app = AppCredentials(APP.config, {**APP.secrets, "verify_token": "T"})
    assert challenge(request_, app) is None


def test_handshake_without_challenge_or_without_app_is_refused() -> None:
    assert challenge(WebhookRequest("GET", {}, {"hub.mode": "subscribe"}, b""), APP) is None
    assert challenge(hub(verify_token=""), AppCredentials({}, {})) is None


def test_subscribing_registers_the_app_and_then_the_page(account: Account, scripted: Any) -> None:
    http = scripted({"success": True}, {"success": True})
    subscribe(account, "https://inbox.example/hooks/facebook", http)
    first, second = http.calls
    assert first["url"] == "https://graph.facebook.com/v26.0/1234/subscriptions"
    assert first["headers"] == {"Authorization": "Bearer 1234|demo-app-secret"}
    assert first["params"] == {}
    assert first["form"] == {
        "object": "page",
        "callback_url": "https://inbox.example/hooks/facebook",
        "verify_token": verify_token(account.app),
        "fields": ",".join(FIELDS),
        "include_values": "true",
    }
    assert second["url"] == "https://graph.facebook.com/v26.0/5001/subscribed_apps"
    assert second["headers"] == {"Authorization": "Bearer demo-page-token"}
    assert second["form"] == {"subscribed_fields": ",".join(FIELDS)}


def test_failing_registration_leaves_the_page_alone(
    account: Account, scripted: Any, refusal: Any
) -> None:
    http = scripted(refusal(4))
    with pytest.raises(RateLimited):
        subscribe(account, "https://inbox.example/hooks/facebook", http)
    assert len(http.calls) == 1


def test_page_without_messenger_still_hears_of_its_feed(account: Account, scripted: Any) -> None:
    bare = replace(account, token=Token("t", scopes=("pages_manage_metadata",)))
    http = scripted({"success": True}, {"success": True})
    subscribe(bare, "https://inbox.example/hooks/facebook", http)
    assert http.calls[1]["form"] == {"subscribed_fields": ",".join(PUBLIC_FIELDS)}


def test_unsubscribing_takes_the_page_and_leaves_the_app(account: Account, scripted: Any) -> None:
    http = scripted({"success": True})
    unsubscribe(account, http)
    (call,) = http.calls
    assert call["method"] == "DELETE"
    assert call["url"] == "https://graph.facebook.com/v26.0/5001/subscribed_apps"
