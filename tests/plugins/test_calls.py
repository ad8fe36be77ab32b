"""Calls into plugins: late, raising, rubbish, and left alone after too much of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from fakes import FakePlatform, NoHttp, incoming
from tanggap.plugins.breaker import OPENS_AFTER, Breakers, Line, Paused
from tanggap.plugins.calls import Calls, PluginFaultError
from tanggap.sdk import (
    Account,
    AppCredentials,
    Health,
    Page,
    RateLimited,
    Refusal,
    Rejected,
    SentReply,
    Token,
    Unavailable,
    Unreadable,
)

EAST = timezone(timedelta(hours=14))
SEND = Line("fake", "replying.send", 1)


@pytest.fixture
def calls() -> Iterator[Calls]:
    made = Calls(NoHttp(), {"replying.send": 0.2, "replying.measure": 0.2})
    yield made
    made.close()


@pytest.fixture
def block() -> Iterator[threading.Event]:
    """Something to hang on, let go in the end."""
    event = threading.Event()
    yield event
    event.set()


def raises(error: BaseException) -> Any:
    raise error


def test_result_and_named_errors_pass_through(calls: Calls) -> None:
    assert calls.run(SEND, lambda: SentReply("1")) == SentReply("1")
    with pytest.raises(Rejected):
        calls.run(SEND, raises, Rejected("no"))


def test_bug_is_named_after_its_plugin(calls: Calls) -> None:
    with pytest.raises(PluginFaultError, match=r"plugin fake failed in replying\.send: KeyError"):
        calls.run(SEND, raises, KeyError("x"))


@pytest.mark.parametrize("error", [SystemExit("bye"), KeyboardInterrupt(), GeneratorExit()])
def test_plugin_that_ends_the_process_ends_its_call_alone(
    calls: Calls, error: BaseException
) -> None:
    with pytest.raises(PluginFaultError, match=f"it raised {type(error).__name__}"):
        calls.run(SEND, raises, error)
    (outcome,) = calls.run_each(Line("fake", "replying.measure"), raises, [(error,)])
    assert isinstance(outcome, PluginFaultError)


@pytest.mark.parametrize("error", [RateLimited(30), Unavailable(None), Rejected({})])  # type: ignore[arg-type]
def test_named_error_that_is_made_wrongly_is_the_plugins_fault(
    calls: Calls, error: Exception
) -> None:
    with pytest.raises(PluginFaultError, match=r"expected (a timedelta|words) as"):
        calls.run(SEND, raises, error)


def test_pause_no_calendar_can_hold_is_a_year(calls: Calls) -> None:
    with pytest.raises(RateLimited) as caught:
        calls.run(SEND, raises, RateLimited(timedelta.max))
    assert caught.value.retry_after == timedelta(days=366)


def test_hanging_call_is_given_up_and_counted(calls: Calls, block: threading.Event) -> None:
    with pytest.raises(PluginFaultError, match="did not come back"):
        calls.run(SEND, block.wait)
    assert calls.stuck() == {"fake": 1}
    block.set()
    for _ in range(200):
        if not calls.stuck():
            break
        time.sleep(0.01)
    assert calls.stuck() == {}


def test_plugin_with_many_stuck_calls_is_not_called_any_more_and_others_go_on(
    calls: Calls, block: threading.Event
) -> None:
    for number in range(4):
        with pytest.raises(PluginFaultError):
            calls.run(Line("fake", "replying.send", number), block.wait)
    with pytest.raises(Paused, match="never came back"):
        calls.run(Line("fake", "health"), lambda: Health("ok"))
    assert calls.run(Line("other", "health"), lambda: Health("ok")) == Health("ok")


def test_abandoned_call_cannot_reach_the_platform_any_more(
    calls: Calls, block: threading.Event
) -> None:
    client = calls.bound("fake", frozenset({"fake.example"}))
    outcome: list[Exception] = []

    def late(http: Any) -> None:
        block.wait()
        try:
            http.request("POST", "https://fake.example/send")
        except Unavailable as error:
            outcome.append(error)

    with pytest.raises(PluginFaultError):
        calls.run(SEND, late, client)
    block.set()
    for _ in range(200):
        if outcome:
            break
        time.sleep(0.01)
    assert "time" in str(outcome[0])


def test_many_calls_in_one_go_have_an_outcome_each(calls: Calls) -> None:
    def measure(text: str) -> Any:
        if text == "bug":
            raise KeyError(text)
        if text == "no":
            raise Rejected(text)
        return "rubbish" if text == "odd" else len(text)

    line = Line("fake", "replying.measure")
    before = threading.active_count()
    given = [("four",), ("bug",), ("no",), ("odd",), ("",)]
    four, bug, no, odd, none = calls.run_each(line, measure, given)
    assert (four, none) == (4, 0)
    assert isinstance(bug, PluginFaultError)
    assert isinstance(odd, PluginFaultError)
    assert isinstance(no, Rejected)
    assert threading.active_count() - before <= 1


def test_one_that_hangs_among_many_is_given_up_alone(calls: Calls, block: threading.Event) -> None:
    def measure(text: str) -> int:
        if text == "hang":
            block.wait()
        return len(text)

    given = [("a",), ("hang",), ("ccc",)]
    first, hung, last = calls.run_each(Line("fake", "replying.measure"), measure, given)
    assert first == 1
    assert isinstance(hung, PluginFaultError)
    assert isinstance(last, int | Paused)


def test_threads_are_reused(calls: Calls) -> None:
    before = threading.active_count()
    for _ in range(50):
        calls.run(SEND, lambda: SentReply("1"))
    assert threading.active_count() - before <= 1


@pytest.mark.parametrize(
    ("operation", "rubbish"),
    [
        ("replying.send", None),
        ("replying.send", SentReply("")),
        ("replying.send", SentReply(7)),  # type: ignore[arg-type]
        ("replying.measure", "40"),
        ("replying.measure", True),
        ("replying.measure", -1),
        ("replying.split", ["", "x"]),
        ("replying.split", "text"),
        ("replying.check", "no"),
        ("replying.check", Refusal(code="x", message="y", instead="email")),  # type: ignore[arg-type]
        ("moderating.allows", 1),
        ("polling.fetch", [incoming("1")]),
        ("polling.fetch", Page((), 5)),  # type: ignore[arg-type]
        ("polling.fetch", Page((), None, more="yes")),  # type: ignore[arg-type]
        ("polling.fetch", Page((), None, read_ids={"post": [1]})),  # type: ignore[dict-item]
        ("webhook.parse", None),
        ("webhook.parse", {"events": []}),
        ("webhook.challenge", "token"),
        ("oauth.exchange", "token"),
        ("oauth.exchange", Token(b"x")),  # type: ignore[arg-type]
        ("oauth.exchange", Token("x", expires_at=datetime(2026, 1, 1))),  # noqa: DTZ001
        ("oauth.list_accounts", Account("1", "n", Token("t"), AppCredentials({}, {}))),
        ("oauth.list_accounts", [Account(1, "n", Token("t"), AppCredentials({}, {}))]),  # type: ignore[arg-type]
        ("oauth.authorize_url", "javascript:alert(1)"),
        ("health", Health("fine")),  # type: ignore[arg-type]
    ],
)
def test_rubbish_is_the_plugins_fault(calls: Calls, operation: str, rubbish: object) -> None:
    with pytest.raises(PluginFaultError, match="RubbishError"):
        calls.run(Line("fake", operation), lambda: rubbish)


@pytest.mark.parametrize(
    ("rubbish", "path"),
    [
        ("an event", "events[1]"),
        (incoming("1", text=5), "events[1].text"),  # type: ignore[arg-type]
        (incoming("1", posted_at="now"), "events[1].posted_at"),
        (incoming("1", posted_at=datetime(2026, 1, 1)), "events[1].posted_at"),  # noqa: DTZ001
        (incoming("1", posted_at=datetime.min.replace(tzinfo=UTC)), "events[1].posted_at"),
        (incoming("1", posted_at=datetime.min.replace(tzinfo=EAST)), "events[1].posted_at"),
        (incoming("1", kind="song"), "events[1].kind"),
        (incoming("1", metrics={"likes": "3"}), "events[1].metrics"),
        (incoming("1", mentions="abc"), "events[1].mentions"),
        (incoming("1", attachments=[{"url": "x"}]), "events[1].attachments"),
        (incoming("1", author_followers="many"), "events[1].author_followers"),
        (incoming("1", author_followers=10**30), "events[1].author_followers"),
        (incoming("1", author_verified=1), "events[1].author_verified"),
    ],
)
def test_rubbish_among_events_spoils_only_itself(calls: Calls, rubbish: Any, path: str) -> None:
    good = incoming("0")
    first, second = calls.run(Line("fake", "webhook.parse"), lambda: [good, rubbish])
    assert first is good
    assert isinstance(second, Unreadable)
    assert second.path == path


def test_moment_that_no_platform_can_mean_is_named_with_its_reason(calls: Calls) -> None:
    zero = incoming("1", posted_at=datetime.min.replace(tzinfo=UTC))
    (found,) = calls.run(Line("fake", "webhook.parse"), lambda: [zero])
    assert isinstance(found, Unreadable)
    assert found.reason == "the plugin gave the moment 0001-01-01T00:00:00+00:00"


def test_platform_that_is_away_is_left_alone_for_a_while(calls: Calls) -> None:
    for _ in range(OPENS_AFTER):
        with pytest.raises(Unavailable):
            calls.run(SEND, raises, Unavailable("away"))
    with pytest.raises(Paused) as paused:
        calls.run(SEND, lambda: SentReply("1"))
    assert isinstance(paused.value, RateLimited)
    assert timedelta(0) < paused.value.retry_after <= timedelta(seconds=30)
    other = Line("fake", "replying.send", 2)
    assert calls.run(other, lambda: SentReply("1")) == SentReply("1")


def test_answers_of_a_platform_do_not_close_the_line(calls: Calls) -> None:
    for _ in range(OPENS_AFTER * 2):
        with pytest.raises(Rejected):
            calls.run(SEND, raises, Rejected("no"))
    calls.run(SEND, lambda: SentReply("1"))


def test_body_a_parser_cannot_cope_with_says_nothing_of_the_next(calls: Calls) -> None:
    line = Line("fake", "webhook.parse")
    for _ in range(OPENS_AFTER * 2):
        with pytest.raises(PluginFaultError):
            calls.run(line, raises, ZeroDivisionError())
    assert calls.run(line, list) == []


def test_function_that_should_be_quick_and_hangs_is_left_alone_at_once(
    calls: Calls, block: threading.Event
) -> None:
    line = Line("fake", "replying.measure")
    with pytest.raises(PluginFaultError):
        calls.run(line, block.wait)
    with pytest.raises(Paused):
        calls.run(line, lambda: 1)
    assert calls.breakers.closed("replying.measure") == {"fake"}


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 2, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


def test_one_call_tries_after_the_pause_and_its_outcome_decides() -> None:
    clock = Clock()
    breakers = Breakers(clock)
    for _ in range(OPENS_AFTER):
        breakers.failed(SEND, "away")
    clock.time += timedelta(seconds=31)
    breakers.admit(SEND)
    with pytest.raises(Paused):
        breakers.admit(SEND)
    breakers.failed(SEND, "still away")
    clock.time += timedelta(seconds=31)
    with pytest.raises(Paused):
        breakers.admit(SEND)
    clock.time += timedelta(seconds=30)
    breakers.admit(SEND)
    assert breakers.worked(SEND)
    breakers.admit(SEND)
    breakers.admit(SEND)


def test_pauses_grow_to_ten_minutes() -> None:
    clock = Clock()
    breakers = Breakers(clock)
    states = [breakers.failed(SEND, "away") for _ in range(40)]
    pauses = [state.open_until - clock.time for state in states if state.open_until]
    assert pauses[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert max(pauses) == timedelta(minutes=10)


def test_person_who_asks_is_obeyed_once() -> None:
    clock = Clock()
    breakers = Breakers(clock)
    for _ in range(OPENS_AFTER):
        breakers.failed(SEND, "away")
    asked = clock.time = clock.time + timedelta(seconds=1)
    breakers.retry(SEND, asked_at=asked)
    breakers.admit(SEND)
    clock.time += timedelta(seconds=1)
    breakers.failed(SEND, "away")
    breakers.retry(SEND, asked_at=asked)
    with pytest.raises(Paused):
        breakers.admit(SEND)


def test_every_part_of_a_channel_can_be_called(platform: FakePlatform) -> None:
    from tanggap.plugins.border import CHECKS

    channel = platform.channel()
    names = {
        f"{part}.{name}"
        for part in ("oauth", "webhook", "polling", "replying")
        for name in getattr(channel, part).__slots__
        if callable(getattr(getattr(channel, part), name))
    }
    assert names <= set(CHECKS)
