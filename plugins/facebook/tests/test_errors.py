from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tanggap.sdk import (
    Account,
    AuthExpired,
    ChannelError,
    Gone,
    Payload,
    RateLimited,
    Rejected,
    Unavailable,
)
from tanggap.sdk.testing import Answer
from tanggap_facebook.client import Graph
from tanggap_facebook.errors import BY_CODE, BY_SUBCODE, error_of
from tanggap_facebook.indonesian import INDONESIAN
from tanggap_facebook.limits import time_to_regain_access, used_percent


def made(code: int | None, subcode: int | None = None, status: int = 400) -> ChannelError:
    error = {"message": "demo", "code": code, "error_subcode": subcode}
    return error_of(status, Payload({"error": error}), {})


@pytest.mark.parametrize(
    ("code", "subcode", "kind"),
    [
        (1, None, Unavailable),
        (1200, None, Unavailable),
        (9, None, RateLimited),
        (104, None, AuthExpired),
        (10901, None, Rejected),
        (10903, None, Rejected),
        (100, 36009, Rejected),
        (191, None, Rejected),
        (2, 2018344, Unavailable),
        (4, None, RateLimited),
        (17, None, RateLimited),
        (32, None, RateLimited),
        (613, None, RateLimited),
        (80001, None, RateLimited),
        (80006, None, RateLimited),
        (10, None, AuthExpired),
        (102, None, AuthExpired),
        (190, None, AuthExpired),
        (190, 463, AuthExpired),
        (200, None, AuthExpired),
        (230, None, AuthExpired),
        (299, None, AuthExpired),
        (1705, None, AuthExpired),
        (10, 2018278, Rejected),
        (100, None, Rejected),
        (100, 2018999, Rejected),
        (100, 2018001, Rejected),
        (200, 2018108, Rejected),
        (368, None, Rejected),
        (506, None, Rejected),
        (551, 1545041, Rejected),
        (1455006, None, Rejected),
        (424242, None, Rejected),
        (100, 33, Gone),
        (803, None, Gone),
    ],
)
def test_code_decides_what_the_core_does(
    code: int, subcode: int | None, kind: type[ChannelError]
) -> None:
    assert type(made(code, subcode)) is kind or kind is Unavailable
    assert isinstance(made(code, subcode), kind)


@pytest.mark.parametrize(
    ("code", "subcode", "cause"),
    [
        (190, 463, "expired"),
        (190, 460, "expired"),
        (190, 458, "revoked"),
        (190, 492, "missing_scope"),
        (10, None, "missing_scope"),
        (200, None, "missing_scope"),
        (200, 2018028, "app_not_approved"),
    ],
)
def test_dead_token_names_its_cause(code: int, subcode: int | None, cause: str) -> None:
    error = made(code, subcode)
    assert isinstance(error, AuthExpired)
    assert error.cause == cause


def test_refusal_carries_the_code_of_the_platform() -> None:
    error = made(10, 2018278)
    assert isinstance(error, Rejected)
    assert error.code == "10/2018278"
    assert "24 hours" in str(error)


def test_message_of_facebook_decides_nothing() -> None:
    body = {"error": {"message": "(#190) rate limit 4 expired", "code": 100}}
    assert type(error_of(400, Payload(body), {})) is Rejected


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (500, None, Unavailable),
        (503, {"error": "down"}, Unavailable),
        (400, {"error": {"code": 999, "is_transient": True}}, Unavailable),
        (429, None, RateLimited),
        (401, {}, AuthExpired),
        (404, [], Gone),
        (400, {"error": {"code": "x", "error_subcode": []}}, Rejected),
        (400, {"error": {"code": 2**70}}, Rejected),
    ],
)
def test_status_decides_where_there_is_no_known_code(
    status: int, body: object, kind: type[ChannelError]
) -> None:
    assert isinstance(error_of(status, Payload(body), {}), kind)


def usage(*minutes: object) -> dict[str, str]:
    entries = [{"type": "pages", "estimated_time_to_regain_access": m} for m in minutes]
    return {"X-Business-Use-Case-Usage": json.dumps({"5001": entries})}


def test_pause_lasts_as_long_as_the_longest_in_the_header() -> None:
    error = error_of(400, Payload({"error": {"code": 80001}}), usage(0, 19, 3))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(minutes=19)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        usage(),
        usage(0),
        usage(None, "x", []),
        {"x-business-use-case-usage": "rubbish"},
        {"x-business-use-case-usage": "[1]"},
        {"x-business-use-case-usage": '{"5001": 7}'},
        {"x-business-use-case-usage": "[" * 100_000},
    ],
)
def test_header_without_a_time_leaves_the_usual_pause(headers: dict[str, str]) -> None:
    assert time_to_regain_access(headers) is None
    error = error_of(400, Payload({"error": {"code": 32}}), headers)
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(minutes=15)


def test_pause_is_a_day_at_most() -> None:
    assert time_to_regain_access(usage(10**12)) == timedelta(hours=24)


@pytest.mark.parametrize(
    ("headers", "percent"),
    [
        ({}, 0),
        ({"X-App-Usage": '{"call_count":28,"total_time":25,"total_cputime":31}'}, 31),
        ({"x-page-usage": '{"call_count":7}'}, 7),
        ({"X-App-Usage": "[95]", "X-Business-Use-Case-Usage": '{"5001":[7,null]}'}, 0),
        (
            {
                "X-App-Usage": '{"call_count":3}',
                "X-Business-Use-Case-Usage": '{"5001":[{"type":"messenger","total_time":97}]}',
            },
            97,
        ),
        ({"X-App-Usage": '{"call_count":"x"}'}, 0),
    ],
)
def test_fullest_meter_of_an_answer_counts(headers: dict[str, str], percent: int) -> None:
    assert used_percent(headers) == percent


def test_every_text_says_what_happened_without_a_code() -> None:
    for meaning in (*BY_CODE.values(), *BY_SUBCODE.values()):
        assert meaning.text.endswith(".")
        assert not any(sign.isdigit() for sign in meaning.text.replace("24 hours", ""))


def test_error_in_an_answer_of_200_counts(
    account: Account, scripted: Any, refusal: Callable[..., Any]
) -> None:
    with pytest.raises(RateLimited):
        Graph.as_page(account, scripted(refusal(4, status=200))).get("5001")


def test_answer_that_is_no_json_is_an_outage(account: Account, scripted: Any) -> None:
    for body in ("<html>", "[" * 100_000):
        with pytest.raises(Unavailable):
            Graph.as_page(account, scripted(body)).get("5001")


def test_page_of_an_error_without_json_is_read_by_its_status(
    account: Account, scripted: Any, answer: type[Answer]
) -> None:
    with pytest.raises(Unavailable):
        Graph.as_page(account, scripted(answer(502, "<html>Bad gateway"))).get("5001")


def test_every_call_proves_that_we_know_the_secret(account: Account, scripted: Any) -> None:
    http = scripted({})
    Graph.as_page(account, http).get("5001", {"fields": "id"})
    (call,) = http.calls
    assert call["params"] == {
        "fields": "id",
        "appsecret_proof": "ca014e1c2f82017b71f98ff4ffd96c868398c4491affc0b4ec8644c870a4ef59",
    }
    assert call["headers"] == {"Authorization": "Bearer demo-page-token"}
    assert "demo-page-token" not in call["url"]


def test_every_text_of_the_tables_is_in_indonesian_too() -> None:
    meanings = (*BY_CODE.values(), *BY_SUBCODE.values())
    assert {meaning.text for meaning in meanings} - INDONESIAN.keys() == set()
    for status in (500, 429, 401, 404, 400):
        error = made(None, status=status)
        assert not isinstance(error.message, str)
        assert error.message["en"] != error.message["id"]
