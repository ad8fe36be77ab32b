from __future__ import annotations

import json
from collections.abc import Mapping
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
    Token,
    Unavailable,
    WebhookRequest,
)
from tanggap_twitter import webhook

SECRET = AppCredentials({}, {"consumer_secret": "demo-consumer-secret"})
BODY = b'{"data":{"event_uuid":"1","event_type":"post.create"}}'
SIGNATURE = "sha256=Dl+EO1cjYfsOyamVsrDQmAvWE0SgS4LbqTda13dcKN8="
URL = "https://inbox.example/hooks/twitter"
EVENTS = (*webhook.PUBLIC_EVENTS, *webhook.MESSAGE_EVENTS)


def signed(body: bytes, signature: str | None) -> WebhookRequest:
    headers = {} if signature is None else {webhook.SIGNATURE_HEADER: signature}
    return WebhookRequest("POST", headers, {}, body)


def asked(query: Mapping[str, str]) -> WebhookRequest:
    return WebhookRequest("GET", {}, query, b"")


def test_crc_answers_as_x_expects() -> None:
    answered = webhook.challenge(asked({"crc_token": "crc-demo-001"}), SECRET)
    assert answered is not None
    content_type, body = answered
    token = "sha256=y9g/0ElI9zqJwP1p+0zq0ByzQ3V27jzi/wK5bfe5Muk="
    assert content_type == "application/json"
    assert json.loads(body) == {"response_token": token}


@pytest.mark.parametrize("query", [{}, {"crc_token": ""}, {"crc_token": "x" * 1001}, {"a": "b"}])
def test_get_without_a_usable_crc_token_is_refused(query: Mapping[str, str]) -> None:
    assert webhook.challenge(asked(query), SECRET) is None


def test_crc_without_a_secret_or_with_a_lone_surrogate_is_refused() -> None:
    assert webhook.challenge(asked({"crc_token": "x"}), AppCredentials({}, {})) is None
    assert webhook.challenge(asked({"crc_token": "\ud800"}), SECRET) is None


FORGED = ['{"data":{}}', ' \n{"data":{}}', '\x0c{"data":{}}', "[]", "7", '\ufeff{"data":{}}']


@pytest.mark.parametrize("body", FORGED)
def test_crc_signs_nothing_that_would_pass_as_a_delivery(body: str) -> None:
    answered = webhook.challenge(asked({"crc_token": body}), SECRET)
    signature = json.loads(answered[1])["response_token"] if answered else None
    with pytest.raises(InvalidSignature):
        webhook.verify(signed(body.encode(), signature), SECRET)


def test_genuine_signature_passes() -> None:
    webhook.verify(signed(BODY, SIGNATURE), SECRET)


@pytest.mark.parametrize(
    "signature", [None, "", "sha256=", SIGNATURE[7:], SIGNATURE.lower(), SIGNATURE + " ", "é" * 40]
)
def test_any_other_signature_is_refused(signature: str | None) -> None:
    with pytest.raises(InvalidSignature):
        webhook.verify(signed(BODY, signature), SECRET)


@given(body=st.binary(max_size=200))
def test_signature_of_one_body_fits_no_other(body: bytes) -> None:
    if body != BODY:
        with pytest.raises(InvalidSignature):
            webhook.verify(signed(body, SIGNATURE), SECRET)


def test_nothing_is_genuine_without_a_secret() -> None:
    with pytest.raises(InvalidSignature):
        webhook.verify(signed(BODY, SIGNATURE), AppCredentials({}, {}))


HOOK = {"id": "4400", "url": URL, "valid": True, "created_at": "2026-11-02T08:00:00.000Z"}
OURS = {"filter": {"user_id": "70001"}, "webhook_id": "4400", "tag": webhook.TAG}
SUBSCRIPTION = {"subscription_id": "4500", "event_type": "post.create"}


@pytest.mark.parametrize(
    "shape", [SUBSCRIPTION, [SUBSCRIPTION], {"subscription": SUBSCRIPTION}], ids=str
)
def test_every_shape_of_a_new_subscription_is_understood(
    account: Account, scripted: Any, answer: Any, shape: object
) -> None:
    created = answer(200, {"data": shape})
    http = scripted(
        answer(200, {"data": [], "meta": {"result_count": 0}}),
        answer(200, {"data": HOOK}),
        answer(200, {"data": []}),
        *[created] * len(EVENTS),
    )
    webhook.subscribe(account, URL, http)
    assert http.calls[1]["json"] == {"url": URL}
    assert [call["json"]["event_type"] for call in http.calls[3:]] == list(EVENTS)
    assert {call["json"]["filter"]["user_id"] for call in http.calls[3:]} == {"70001"}
    bearers = [call["headers"]["Authorization"] for call in http.calls]
    assert bearers[:3] == ["Bearer demo-bearer-token"] * 3
    assert set(bearers[3:]) == {"Bearer demoAccess1"}


def test_what_is_there_already_is_used_again(account: Account, scripted: Any, answer: Any) -> None:
    have = [
        {**OURS, "subscription_id": str(n), "event_type": event} for n, event in enumerate(EVENTS)
    ]
    others = [{"event_type": "post.create", "filter": {"user_id": "7"}}, {"filter": None}, 5]
    http = scripted(
        answer(200, {"data": [{"url": "https://other.example"}, HOOK]}),
        answer(200, {"data": [*others, *have[:4]], "meta": {"next_token": "n"}}),
        answer(200, {"data": have[4:]}),
    )
    webhook.subscribe(account, URL, http)
    assert http.calls[2]["params"]["pagination_token"] == "n"
    assert not http.answers


def test_webhook_that_x_switched_off_is_checked_again(
    account: Account, scripted: Any, answer: Any
) -> None:
    off = answer(200, {"data": [{**HOOK, "valid": False}]})
    http = scripted(off, answer(200, {"data": {"valid": False}}))
    with pytest.raises(InvalidConfig) as caught:
        webhook.subscribe(account, URL, http)
    assert caught.value.field == "consumer_secret"
    assert http.calls[1]["method"] == "PUT"
    assert http.calls[1]["url"].endswith("/2/webhooks/4400")


def test_without_a_bearer_token_the_operator_is_told(account: Account, scripted: Any) -> None:
    bare = replace(account, app=AppCredentials({}, {}))
    with pytest.raises(InvalidConfig, match="bearer token"):
        webhook.subscribe(bare, URL, scripted())


def test_token_without_message_scope_asks_for_no_messages(account: Account) -> None:
    narrow = replace(account, token=Token("t", scopes=("tweet.read",)))
    assert webhook.wanted_events(narrow) == webhook.PUBLIC_EVENTS
    unknown = replace(account, token=Token("t"))
    assert webhook.wanted_events(unknown) == EVENTS


@pytest.mark.parametrize("data", [None, [], {}, {"id": None}, [7], "text"])
def test_answer_without_a_webhook_id_is_a_fault_of_x(
    account: Account, scripted: Any, answer: Any, data: object
) -> None:
    http = scripted(answer(200, {}), answer(200, {"data": data}))
    with pytest.raises(Unavailable):
        webhook.subscribe(account, URL, http)


def test_refused_webhook_shows_the_words_of_x(account: Account, scripted: Any, answer: Any) -> None:
    detail = "CrcValidationFailed"
    http = scripted(answer(200, {"data": []}), answer(400, {"errors": [{"message": detail}]}))
    with pytest.raises(Rejected, match=detail):
        webhook.subscribe(account, URL, http)


def test_subscribing_twice_at_the_simulator_changes_nothing(
    subscribed: Account, inbox: Any, x: Any, http: Any
) -> None:
    before = dict(x.activities.subscriptions)
    webhook.subscribe(subscribed, inbox.url, http)
    assert len(before) == len(EVENTS)
    assert x.activities.subscriptions == before
    assert len(x.activities.webhooks) == 1


def test_simulator_refuses_a_url_that_fails_the_crc(
    nusakirim: Account, inbox: Any, x: Any, http: Any
) -> None:
    x.consumer_secret = b"another secret"
    with pytest.raises(Rejected, match="CrcValidationFailed"):
        webhook.subscribe(nusakirim, inbox.url, http)
    with pytest.raises(Rejected, match="UrlValidationFailed"):
        webhook.subscribe(nusakirim, "http://inbox.example/hooks/twitter", http)


def test_subscription_to_a_webhook_that_is_gone_is_moved_to_the_new_one(
    account: Account, scripted: Any, answer: Any
) -> None:
    lost = [
        {**OURS, "subscription_id": str(n), "event_type": event, "webhook_id": "4399"}
        for n, event in enumerate(EVENTS)
    ]
    http = scripted(
        answer(200, {"data": []}),
        answer(200, {"data": HOOK}),
        answer(200, {"data": lost}),
        *[answer(200, {"data": {"subscription_id": "1"}})] * len(EVENTS),
    )
    webhook.subscribe(account, URL, http)
    assert {call["method"] for call in http.calls[3:]} == {"PUT"}
    assert {call["json"]["webhook_id"] for call in http.calls[3:]} == {"4400"}


def test_subscription_to_another_living_webhook_stays_there(
    account: Account, scripted: Any, answer: Any
) -> None:
    elsewhere = [
        {**OURS, "subscription_id": str(n), "event_type": event, "webhook_id": "4399"}
        for n, event in enumerate(EVENTS)
    ]
    http = scripted(
        answer(200, {"data": [HOOK, {"id": "4399", "url": "https://staging.example"}]}),
        answer(200, {"data": elsewhere}),
        *[answer(200, {"data": SUBSCRIPTION})] * len(EVENTS),
    )
    webhook.subscribe(account, URL, http)
    assert {call["method"] for call in http.calls[2:]} == {"POST"}


def test_unsubscribing_takes_back_what_was_asked_for_and_nothing_else(
    account: Account, scripted: Any, answer: Any
) -> None:
    listed = [
        {**OURS, "subscription_id": "1", "event_type": "post.create"},
        {**OURS, "subscription_id": "2", "event_type": "post.create", "tag": "somebody else's"},
        {**OURS, "subscription_id": "3", "event_type": "dm.sent", "filter": {"user_id": "7"}},
        {**OURS, "subscription_id": "4", "event_type": "dm.sent"},
    ]
    http = scripted(
        answer(200, {"data": listed}),
        answer(404, {}),
        answer(200, {"data": {"deleted": True}}),
    )
    webhook.unsubscribe(account, http)
    deleted = [call["url"].rsplit("/", 1)[-1] for call in http.calls if call["method"] == "DELETE"]
    assert deleted == ["1", "4"]
    assert {call["headers"]["Authorization"] for call in http.calls} == {"Bearer demo-bearer-token"}


def test_without_a_bearer_token_there_is_nothing_to_take_back(
    account: Account, scripted: Any
) -> None:
    webhook.unsubscribe(replace(account, app=AppCredentials({}, {})), scripted())


def test_unsubscribed_account_hears_nothing_more_from_the_simulator(
    subscribed: Account, inbox: Any, x: Any, http: Any, write: Any
) -> None:
    webhook.unsubscribe(subscribed, http)
    write("@nusakirim masih dengar?")
    assert x.activities.subscriptions == {}
    assert inbox.events == []


def test_webhook_deleted_in_the_console_is_registered_anew(
    subscribed: Account, inbox: Any, x: Any, http: Any, write: Any
) -> None:
    x.activities.webhooks.clear()
    webhook.subscribe(subscribed, inbox.url, http)
    write("@nusakirim halo")
    assert len(x.activities.subscriptions) == len(EVENTS)
    assert len(inbox.posts()) == 1


def test_webhook_module_is_where_deliveries_are_read_and_verified(delivery: Any) -> None:
    (post,) = webhook.parse(delivery("mention"))
    assert post.external_id == "1987654321098765001"
    assert {"post.mention.create", "tweet_create_events"} <= webhook.EVENTS
