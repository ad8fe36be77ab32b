from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tanggap.sdk import (
    Account,
    AppCredentials,
    AuthExpired,
    Gone,
    RateLimited,
    Rejected,
    Token,
    Unavailable,
)
from tanggap_linkedin.client import Client


def called(account: Account, scripted: Any, *answers: Any) -> Any:
    http = scripted(*answers)
    Client.of(account, http).get("posts/x")
    return http.calls[-1]


def test_every_call_names_version_protocol_and_token(
    account: Account, scripted: Any, answer: Any
) -> None:
    call = called(account, scripted, answer())
    assert call["url"] == "https://api.linkedin.com/rest/posts/x"
    assert call["headers"] == {
        "Authorization": "Bearer demoLi1",
        "LinkedIn-Version": "202609",
        "X-Restli-Protocol-Version": "2.0.0",
    }


def test_version_and_address_come_from_the_app(scripted: Any, answer: Any) -> None:
    config = {"api_version": "202611", "api_url": "http://127.0.0.1:9/"}
    http = scripted(answer())
    Client(AppCredentials(config, {}), "t", http).get("posts/x")
    assert http.calls[0]["url"] == "http://127.0.0.1:9/rest/posts/x"
    assert http.calls[0]["headers"]["LinkedIn-Version"] == "202611"


REFUSALS = [
    ((401, 65600), AuthExpired, "revoked"),
    ((401, 65601), AuthExpired, "revoked"),
    ((401, 65602), AuthExpired, "expired"),
    ((401, None), AuthExpired, "expired"),
    ((403, 100), AuthExpired, "missing_scope"),
    ((403, None), Rejected, None),
    ((400, None), Rejected, None),
    ((404, None), Gone, None),
    ((410, None), Gone, None),
    ((409, None), Rejected, None),
    ((422, None), Rejected, None),
    ((426, None), Rejected, None),
    ((429, 101), RateLimited, None),
    ((408, None), Unavailable, None),
    ((500, None), Unavailable, None),
    ((503, None), Unavailable, None),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
def test_status_and_code_decide_what_happens_next(
    account: Account, scripted: Any, answer: Any, refusal: Any
) -> None:
    (status, code), error, cause = refusal
    body = {"status": status, "serviceErrorCode": code, "message": "demo"}
    with pytest.raises(error) as raised:
        called(account, scripted, answer(status, body))
    assert type(raised.value) is error
    assert getattr(raised.value, "cause", None) == cause


@pytest.mark.parametrize("body", ["", "<html>", [], {"serviceErrorCode": "x"}, {"message": 7}])
def test_error_bodies_may_be_anything(
    account: Account, scripted: Any, answer: Any, body: object
) -> None:
    with pytest.raises(Rejected, match="LinkedIn answered 400"):
        called(account, scripted, answer(400, body))


NAMED = [
    ((401, "REVOKED_ACCESS_TOKEN"), AuthExpired, "revoked"),
    ((401, "EXPIRED_ACCESS_TOKEN"), AuthExpired, "expired"),
    ((401, "EMPTY_ACCESS_TOKEN"), AuthExpired, "revoked"),
    ((403, "ACCESS_DENIED"), AuthExpired, "missing_scope"),
    ((400, "NONEXISTENT_VERSION"), Rejected, None),
    ((403, "SOMETHING_NEW"), Rejected, None),
    ((403, ["x"]), Rejected, None),
]


@pytest.mark.parametrize("refusal", NAMED, ids=str)
def test_named_code_decides_where_there_is_no_number(
    account: Account, scripted: Any, answer: Any, refusal: Any
) -> None:
    (status, name), error, cause = refusal
    with pytest.raises(error) as raised:
        called(account, scripted, answer(status, {"status": status, "code": name}))
    assert getattr(raised.value, "cause", None) == cause


def test_retired_version_is_final_and_says_what_to_enter(
    account: Account, scripted: Any, answer: Any
) -> None:
    with pytest.raises(Rejected, match="enter a newer one") as raised:
        called(account, scripted, answer(426, {"code": "NONEXISTENT_VERSION"}))
    assert raised.value.code == "426/NONEXISTENT_VERSION"


def test_message_of_linkedin_decides_no_class(account: Account, scripted: Any, answer: Any) -> None:
    body = {"status": 400, "message": "429 DAY limit, token expired, 426"}
    with pytest.raises(Rejected) as raised:
        called(account, scripted, answer(400, body))
    assert type(raised.value) is Rejected


def test_daily_limit_waits_for_midnight_and_throttle_a_minute(
    account: Account, scripted: Any, answer: Any
) -> None:
    day = {"serviceErrorCode": 101, "message": "Resource level throttle MEMBER DAY limit"}
    with pytest.raises(RateLimited) as raised:
        called(account, scripted, answer(429, day))
    assert timedelta(0) < raised.value.retry_after <= timedelta(days=1)
    with pytest.raises(RateLimited) as raised:
        called(account, scripted, answer(429, {"message": "Comment create throttled"}))
    assert raised.value.retry_after == timedelta(minutes=1)
    with pytest.raises(RateLimited) as raised:
        called(account, scripted, answer(429, day, {"Retry-After": "7"}))
    assert raised.value.retry_after == timedelta(seconds=7)


def test_good_answer_that_is_no_json_is_an_outage(
    account: Account, scripted: Any, answer: Any
) -> None:
    with pytest.raises(Unavailable):
        called(account, scripted, answer(200, "<html>"))


def test_lists_are_walked_to_their_end(account: Account, scripted: Any, answer: Any) -> None:
    pages = [{"elements": [1, 2]}, {"elements": [3, 4]}, {"elements": [5]}]
    http = scripted(*(answer(200, page) for page in pages))
    client = Client(account.app, Token("t").access_token, http)
    assert [entry.value for entry in client.elements("x?q=y", size=2)] == [1, 2, 3, 4, 5]
    assert http.calls[1]["url"].endswith("/rest/x?q=y&start=2&count=2")
    assert http.calls[1]["headers"]["X-RestLi-Method"] == "FINDER"
