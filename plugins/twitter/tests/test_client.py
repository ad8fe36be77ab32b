from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tanggap.sdk import (
    Account,
    AppCredentials,
    AuthExpired,
    ChannelError,
    Gone,
    InvalidConfig,
    RateLimited,
    Rejected,
    Unavailable,
)
from tanggap_twitter.client import Client, post_parameters
from tanggap_twitter.errors import BY_TYPE, CAP_PAUSE
from tanggap_twitter.problems import WINDOW, pause, read_problem

TYPE = "https://api.x.com/2/problems/"
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


@pytest.fixture
def speak(account: Account, scripted: Any, answer: Any) -> Callable[..., Client]:
    """Make a client that gets one answer."""
    return lambda status, body: Client.of(account, scripted(answer(status, body)))


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, {"title": "Unauthorized", "type": "about:blank", "status": 401}, AuthExpired),
        (402, {}, Rejected),
        (403, {"detail": "no", "type": "about:blank"}, Rejected),
        (403, {"type": TYPE + "usage-capped"}, Rejected),
        (403, {"type": TYPE + "not-authorized-for-resource"}, Rejected),
        (404, {"type": TYPE + "resource-not-found"}, Gone),
        (410, {}, Gone),
        (400, {"errors": [{"code": 38, "message": "parameter is missing"}]}, Rejected),
        (409, {}, Rejected),
        (408, "", Unavailable),
        (429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, RateLimited),
        (500, "<html>", Unavailable),
        (503, [], Unavailable),
        (302, "", Rejected),
    ],
)
def test_errors_of_a_reply_say_what_to_do_next(
    speak: Callable[..., Client], status: int, body: object, expected: type[ChannelError]
) -> None:
    client = speak(status, body)
    with pytest.raises(expected) as caught:
        client.post("/2/tweets", {})
    assert type(caught.value) is expected
    assert str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind", "cause"),
    [
        (403, "client-forbidden", "app_not_approved"),
        (403, "", "missing_scope"),
        (401, "", "expired"),
    ],
)
def test_refused_reading_asks_to_connect_again_with_the_cause(
    speak: Callable[..., Client], status: int, kind: str, cause: str
) -> None:
    client = speak(status, {"type": TYPE + kind} if kind else {})
    with pytest.raises(AuthExpired) as caught:
        client.get("/2/users/me")
    assert caught.value.cause == cause


@pytest.mark.parametrize(
    ("code", "reading", "writing"),
    [
        (32, AuthExpired, AuthExpired),
        (88, RateLimited, RateLimited),
        (89, AuthExpired, AuthExpired),
        (131, Unavailable, Unavailable),
        (144, Gone, Gone),
        (187, Rejected, Rejected),
        (326, AuthExpired, AuthExpired),
        (349, Rejected, Rejected),
        (385, Gone, Gone),
        (433, Rejected, Rejected),
        (453, AuthExpired, AuthExpired),
        (99999, AuthExpired, Rejected),
    ],
)
def test_codes_of_the_older_api_decide_before_the_status(
    speak: Callable[..., Client],
    code: int,
    reading: type[ChannelError],
    writing: type[ChannelError],
) -> None:
    body = {"errors": [{"code": code, "message": "in any words"}]}
    with pytest.raises(reading) as caught:
        speak(403, body).get("/2/users/me")
    assert type(caught.value) is reading
    with pytest.raises(writing) as caught:
        speak(403, body).post("/2/tweets", {})
    assert type(caught.value) is writing


def test_words_of_x_decide_nothing(speak: Callable[..., Client]) -> None:
    """The same status in whatever words is the same error."""
    for detail in ("duplicate content", "Rate limit exceeded", "token expired", "not found"):
        with pytest.raises(Rejected) as caught:
            speak(403, {"detail": detail, "type": "about:blank"}).post("/2/tweets", {})
        assert type(caught.value) is Rejected
        assert caught.value.code == "403"


def test_every_problem_type_that_x_documents_has_a_meaning() -> None:
    documented = (
        "invalid-request resource-not-found resource-unavailable not-authorized-for-resource "
        "not-authorized-for-field field-unauthorized disallowed-resource client-forbidden "
        "usage-capped rate-limit-exceeded streaming-connection rule-cap invalid-rules "
        "duplicate-rules operational-disconnect internal-error"
    )
    assert set(documented.split()) <= set(BY_TYPE)


@pytest.mark.parametrize(("status", "kind"), [(402, ""), (429, "usage-capped")])
def test_used_up_credits_pause_polling_for_hours(
    speak: Callable[..., Client], status: int, kind: str
) -> None:
    client = speak(status, {"type": TYPE + kind})
    with pytest.raises(RateLimited, match="credits") as caught:
        client.get("/2/users/me")
    assert caught.value.retry_after == CAP_PAUSE


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, WINDOW),
        ({"x-rate-limit-reset": "soon"}, WINDOW),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 60)}, timedelta(seconds=61)),
        ({"X-Rate-Limit-Reset": str(int(NOW.timestamp()) + 60)}, timedelta(seconds=61)),
        ({"x-rate-limit-reset": "0"}, timedelta(seconds=1)),
        ({"x-rate-limit-reset": "99999999999"}, timedelta(hours=24)),
        ({"x-rate-limit-reset": "9" * 400}, WINDOW),
        ({"retry-after": "90"}, timedelta(seconds=90)),
        ({"Retry-After": "Mon, 02 Nov 2026 08:02:00 GMT"}, timedelta(minutes=2)),
        ({"retry-after": "Mon, 02 Nov 2026 08:02:00"}, timedelta(minutes=2)),
        ({"retry-after": "presently"}, WINDOW),
        (
            {"retry-after": "90", "x-rate-limit-reset": str(int(NOW.timestamp()) + 5)},
            timedelta(seconds=6),
        ),
        (
            {
                "x-rate-limit-reset": str(int(NOW.timestamp())),
                "x-user-limit-24hour-remaining": "0",
                "x-user-limit-24hour-reset": str(int(NOW.timestamp()) + 3600),
            },
            timedelta(seconds=3601),
        ),
    ],
)
def test_rate_limit_waits_until_the_window_ends(
    answer: Any, headers: dict[str, str], expected: timedelta
) -> None:
    assert pause(answer(429, {}, headers), NOW) == expected


@pytest.mark.parametrize(
    ("body", "code", "detail"),
    [
        ({"type": TYPE + "rule-cap", "detail": "full", "title": "t"}, "400/rule-cap", "full"),
        ({"errors": [{"type": TYPE + "rule-cap", "title": "t"}]}, "400/rule-cap", "t"),
        ({"title": "No", "errors": [{"type": TYPE + "rule-cap"}]}, "400/rule-cap", ""),
        ({"errors": [{"code": 88, "message": "over"}]}, "400/88", "over"),
        ({"code": 32, "message": "bad token"}, "400/32", "bad token"),
        ({"code": True, "message": "odd"}, "400", "odd"),
        ({"code": 2**80, "message": "odd"}, "400", "odd"),
        ({"error": "invalid_request", "error_description": "old"}, "400", "old"),
        ({"errors": "none", "detail": 5}, "400", ""),
        ({"errors": [None, 5, []]}, "400", ""),
        ("no json", "400", ""),
        ([1], "400", ""),
    ],
)
def test_every_form_of_an_error_body_is_read(
    answer: Any, body: object, code: str, detail: str
) -> None:
    problem = read_problem(answer(400, body))
    assert (problem.code, problem.detail) == (code, detail)


@pytest.mark.parametrize("body", ["", "<html>", [], "null", "5"])
def test_good_status_without_an_object_is_a_fault_of_x(
    account: Account, scripted: Any, answer: Any, body: object
) -> None:
    with pytest.raises(Unavailable) as caught:
        Client.of(account, scripted(answer(200, body))).get("/2/users/me")
    assert caught.value.reached


def test_field_names_follow_the_setting() -> None:
    def names(config: dict[str, str]) -> str:
        return ",".join(post_parameters(AppCredentials(config, {})))

    assert "tweet.fields" in names({})
    assert "post.fields" in names({"field_names": "post"})
    with pytest.raises(InvalidConfig):
        names({"field_names": "toot"})


def test_own_api_address_is_used(account: Account, scripted: Any, answer: Any) -> None:
    http = scripted(answer(200, {"data": {}}))
    app = AppCredentials({"api_url": "http://127.0.0.1:9001/"}, {})
    Client.of(replace(account, app=app), http).get("/2/users/me")
    assert http.calls[0]["url"] == "http://127.0.0.1:9001/2/users/me"
    assert http.calls[0]["headers"] == {"Authorization": "Bearer demoAccess1"}
