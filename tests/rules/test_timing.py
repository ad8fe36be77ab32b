"""Waits, schedules and caps: read with reasons, reckoned in the zone they name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.rules import InvalidRuleError, load_rule, load_rules
from tanggap.rules.timing import parse_cap, parse_schedule, parse_wait

RULE = "{key: a, condition: 'true', actions: [stop], trigger: %s}"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "now", "due"),
    [
        ("every day at 08:00", "2026-11-22T01:00", "2026-11-22T01:00"),
        ("every day at 08:00", "2026-11-22T00:59", "2026-11-21T01:00"),
        ("every day at 08:00 Asia/Jayapura", "2026-11-22T00:59", "2026-11-21T23:00"),
        ("every weekday at 00:30", "2026-11-22T12:00", "2026-11-19T17:30"),
        ("every monday, friday at 16:30 Asia/Makassar", "2026-11-22T12:00", "2026-11-20T08:30"),
        ("every 30 minutes", "2026-11-22T12:44", "2026-11-22T12:30"),
        ("every 6 hours", "2026-11-22T12:44", "2026-11-22T12:00"),
    ],
)
def test_the_newest_due_moment(schedule: str, now: str, due: str) -> None:
    assert parse_schedule(schedule).last_due(at(now), "Asia/Jakarta") == at(due)


@given(
    st.sampled_from(
        ("every day at 02:30 Europe/Berlin", "every friday at 23:59", "every 45 minutes")
    ),
    st.timedeltas(timedelta(0), timedelta(days=365)).map(lambda past: at("2026-01-01") + past),
    st.timedeltas(timedelta(0), timedelta(days=9)),
)
def test_due_moments_are_past_and_never_run_backwards(
    schedule: str, now: datetime, later: timedelta
) -> None:
    read = parse_schedule(schedule)
    first, second = read.last_due(now, "Asia/Jakarta"), read.last_due(now + later, "Asia/Jakarta")
    assert now - timedelta(days=8) < first <= now
    assert first <= second
    assert read.last_due(first, "Asia/Jakarta") == first


def test_waits_and_caps() -> None:
    assert parse_wait("2 hours") == timedelta(hours=2)
    cap = parse_cap(" 20  per Hour ")
    assert (str(cap), cap.window) == ("20 per hour", timedelta(hours=1))


@pytest.mark.parametrize(
    ("trigger", "problem", "fix"),
    [
        ("no_answer", "no wait ''", "60 minutes"),
        ("no_answer, timing: 31 days", "no wait '31 days'", "at most 30"),
        ("no_answer, timing: 0 minutes", "no wait", "60 minutes"),
        ("schedule, timing: daily", "no schedule 'daily'", "every day at 08:00"),
        ("schedule, timing: 'every dey at 08:00'", "no day 'dey'", "day"),
        ("schedule, timing: 'every day at 24:00'", "no schedule", "08:00"),
        ("schedule, timing: 'every day at 08:00 Mars/Base'", "no time zone", "Asia/Jakarta"),
        ("schedule, timing: every 1 minutes", "too often", "5 minutes"),
        ("post_edited, timing: 5 minutes", "has no timing", "no_answer"),
        ("post_edited, at_most: often", "no cap 'often'", "20 per hour"),
        ("post_edited, at_most: 0 per day", "no cap", "20 per hour"),
    ],
)
def test_bad_timings_are_refused_with_the_fix(trigger: str, problem: str, fix: str) -> None:
    with pytest.raises(InvalidRuleError) as caught:
        load_rule(RULE % trigger)
    assert problem in caught.value.problem
    assert fix in caught.value.fix
    assert caught.value.field in ("timing", "at_most")


def test_the_line_of_a_bad_timing_is_named() -> None:
    text = "rules:\n  - key: a\n    condition: 'true'\n    trigger: schedule\n    timing: soon\n"
    with pytest.raises(InvalidRuleError) as caught:
        load_rules(text + "    actions: [stop]\n")
    assert caught.value.file_line == 5
