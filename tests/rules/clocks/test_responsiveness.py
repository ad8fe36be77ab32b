"""The gauge of a platform's badge: now, what it takes to win it, and where the pace leads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.rules.clocks.responsiveness import FirstMessage, Gauge, Goal, measure

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Jakarta")
GOAL = Goal(share=0.9, within=timedelta(minutes=15))
HOUR = timedelta(hours=1)


def message(hours_ago: float, minutes: float | None) -> FirstMessage:
    asked = NOW - HOUR * hours_ago
    return FirstMessage(asked, None if minutes is None else asked + timedelta(minutes=minutes))


def gauge(*messages: FirstMessage) -> Gauge:
    return measure(messages, GOAL, NOW, ZONE)


def test_nothing_to_answer_is_neither_won_nor_lost() -> None:
    empty = gauge()
    assert empty.share is None
    assert not empty.reached
    assert empty.median is None
    assert empty.ahead == []


def test_answers_within_the_time_count_and_the_others_do_not() -> None:
    found = gauge(message(5, 15), message(5, 15.1), message(5, None), message(5, 1))
    assert (found.in_time, found.late, found.share) == (2, 2, 0.5)


def test_message_that_can_still_be_answered_in_time_counts_for_nothing_yet() -> None:
    found = gauge(message(0.1, None), message(5, 1))
    assert (found.waiting, found.share) == (1, 1.0)
    assert gauge(message(0.25, None)).waiting == 1
    assert gauge(message(0.26, None)).late == 1


def test_old_messages_leave_the_window() -> None:
    assert gauge(message(7 * 24 + 1, 1)).share is None
    assert gauge(message(7 * 24, 1)).share == 1


@pytest.mark.parametrize(
    ("in_time", "late", "needed", "spare"),
    [(9, 1, 0, 0), (8, 1, 1, 0), (0, 1, 9, 0), (7, 3, 20, 0), (18, 1, 0, 1), (99, 0, 0, 11)],
)
def test_it_says_how_many_to_answer_or_how_many_may_be_missed(
    in_time: int, late: int, needed: int, spare: int
) -> None:
    found = gauge(*[message(30, 1)] * in_time, *[message(30, 60)] * late)
    assert (found.needed, found.spare) == (needed, spare)
    assert found.reached == (needed == 0)


def test_goal_of_all_cannot_be_won_back_within_the_window() -> None:
    found = measure([message(5, 60)], Goal(1.0, GOAL.within), NOW, ZONE)
    assert found.needed is None


def test_same_day_and_median_are_what_the_platform_shows() -> None:
    late = FirstMessage(
        datetime(2026, 11, 21, 16, 30, tzinfo=UTC), datetime(2026, 11, 21, 17, 30, tzinfo=UTC)
    )  # 23:30 and 00:30 in Jakarta
    found = gauge(late, message(5, 2), message(6, 4))
    assert found.answered_same_day == pytest.approx(2 / 3)
    assert found.median == timedelta(minutes=4)


def test_what_can_still_be_answered_today_is_not_missed_for_the_day() -> None:
    assert gauge(message(0.1, None), message(11, None)).answered_same_day is None
    assert gauge(message(11, None), message(11, 1)).answered_same_day == 1
    assert gauge(message(13, None), message(11, 1)).answered_same_day == 0.5


def test_days_are_those_of_the_zone() -> None:
    found = gauge(message(30, 1), message(30, 60))
    assert len(found.days) == 8
    assert sum(day.in_time for day in found.days) == 1
    assert sum(day.late for day in found.days) == 1


def test_pace_of_the_last_two_days_wins_the_badge_once_old_misses_leave() -> None:
    old = [message(5 * 24, 60)] * 8
    found = gauge(*old, *[message(20, 1)] * 20)
    assert not found.reached
    assert found.turns_on is not None
    assert found.turns_on.day in (24, 25)


def test_pace_that_keeps_things_as_they_are_turns_on_no_day() -> None:
    assert gauge(*[message(20, 1)] * 20).turns_on is None


answers = st.lists(
    st.builds(message, st.floats(0, 200), st.one_of(st.none(), st.floats(0, 60))), max_size=40
)


@given(answers)
def test_answering_what_is_needed_wins_and_missing_one_more_than_is_spare_loses(
    messages: list[FirstMessage],
) -> None:
    found = gauge(*messages)
    if found.share is None:
        return
    assert found.needed is not None
    won = gauge(*messages, *[message(0.5, 1)] * found.needed)
    assert won.reached
    if found.needed:
        assert not gauge(*messages, *[message(0.5, 1)] * (found.needed - 1)).reached
    else:
        assert gauge(*messages, *[message(0.5, 60)] * found.spare).reached
        assert not gauge(*messages, *[message(0.5, 60)] * (found.spare + 1)).reached
