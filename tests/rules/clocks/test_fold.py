"""Telling a case: what starts, pauses, meets and ends each clock, and laws that always hold."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanggap.rules.clocks import (
    ACKNOWLEDGE,
    BY_POLICY,
    FIRST_ANSWER,
    FOLLOW_UP,
    NEXT_ANSWER,
    RESOLUTION,
    UPDATE,
    BusinessCalendar,
    CaseEvent,
    ClockState,
    Policy,
    Span,
    Target,
    Targets,
    Warns,
    tell,
)

T0 = datetime(2026, 11, 2, 2, tzinfo=UTC)  # a Monday, 09:00 in Jakarta
HOUR = timedelta(hours=1)
ALWAYS = BusinessCalendar()
OFFICE = BusinessCalendar(week=((Span(480, 1020),),) * 5 + ((),) * 2)
WITHIN = {
    ACKNOWLEDGE: HOUR / 2,
    FIRST_ANSWER: HOUR,
    NEXT_ANSWER: HOUR,
    RESOLUTION: 24 * HOUR,
    FOLLOW_UP: 48 * HOUR,
}
ANY = Policy(ref="1")
TARGETS = Targets({kind: (Target(within), ANY) for kind, within in WITHIN.items()}, Warns())


def event(hours: float, what: str, **values: object) -> CaseEvent:
    return CaseEvent(at=T0 + HOUR * hours, what=what, **values)  # type: ignore[arg-type]


def clocks(*events: CaseEvent, calendar: BusinessCalendar = ALWAYS) -> dict[str, ClockState]:
    """Give the newest clock of each kind."""
    return {clock.kind: clock for clock in tell(events, TARGETS, calendar).clocks}


def test_post_starts_what_is_owed() -> None:
    found = clocks(event(0, "customer", post=1))
    assert set(found) == {ACKNOWLEDGE, FIRST_ANSWER, RESOLUTION}
    assert found[FIRST_ANSWER].due_at == T0 + HOUR
    assert found[FIRST_ANSWER].warn_at == T0 + timedelta(minutes=48)
    assert found[FIRST_ANSWER].runs


def test_answer_meets_and_the_case_waits_for_the_customer() -> None:
    found = clocks(event(0, "customer", post=1), event(0.5, "ours", post=2))
    assert found[FIRST_ANSWER].met_at == T0 + HOUR / 2
    assert found[FIRST_ANSWER].broken_at is None
    assert found[RESOLUTION].paused_at == T0 + HOUR / 2
    assert found[RESOLUTION].due_at is None
    assert found[RESOLUTION].spent == HOUR / 2


def test_answer_after_the_due_time_is_met_and_broken() -> None:
    found = clocks(event(0, "customer", post=1), event(2, "ours", post=2))
    assert found[FIRST_ANSWER].met_at == T0 + 2 * HOUR
    assert found[FIRST_ANSWER].broken_at == T0 + HOUR


def test_answer_at_the_very_moment_is_in_time() -> None:
    found = clocks(event(0, "customer", post=1), event(1, "ours", post=2))
    assert found[FIRST_ANSWER].broken_at is None


def test_customers_next_post_resumes_and_wants_the_next_answer() -> None:
    found = clocks(
        event(0, "customer", post=1), event(1, "ours", post=2), event(10, "customer", post=3)
    )
    assert found[NEXT_ANSWER].due_at == T0 + 11 * HOUR
    assert found[RESOLUTION].due_at == T0 + 33 * HOUR


def test_second_post_before_the_answer_starts_nothing_new() -> None:
    told = tell([event(0, "customer", post=1), event(1, "customer", post=2)], TARGETS, ALWAYS)
    assert [clock.kind for clock in told.clocks] == [ACKNOWLEDGE, FIRST_ANSWER, RESOLUTION]


def test_post_that_only_acknowledges_leaves_the_answer_owed() -> None:
    found = clocks(
        event(0, "customer", post=1),
        event(0.25, "ours", post=2),
        event(0.5, "acknowledged", post=2),
    )
    assert found[ACKNOWLEDGE].met_at == T0 + HOUR / 4
    assert found[FIRST_ANSWER].runs
    assert found[FIRST_ANSWER].due_at == T0 + HOUR
    assert found[RESOLUTION].paused_at is None


def test_promise_is_due_when_it_was_promised_whatever_the_hours() -> None:
    found = clocks(
        event(0, "customer", post=1),
        event(1, "ours", post=2),
        event(1, "promised", until=T0 + 20 * HOUR),
        calendar=OFFICE,
    )
    assert found[UPDATE].due_at == T0 + 20 * HOUR
    assert found[RESOLUTION].paused_at is None, "we owe the next step, not the customer"


def test_promise_is_met_by_our_next_post_and_replaced_by_a_new_promise() -> None:
    start = [event(0, "customer", post=1), event(1, "ours", post=2)]
    promise = event(2, "promised", until=T0 + 5 * HOUR)
    assert clocks(*start, promise, event(4, "ours", post=3))[UPDATE].met_at == T0 + 4 * HOUR
    told = tell([*start, promise, event(3, "promised", until=T0 + 9 * HOUR)], TARGETS, ALWAYS)
    first, second = (clock for clock in told.clocks if clock.kind == UPDATE)
    assert (first.ended_by, first.broken_at) == ("superseded", None)
    assert second.due_at == T0 + 9 * HOUR


def test_call_that_reached_the_customer_keeps_a_promise_and_answers_nobody_in_public() -> None:
    told = tell(
        [
            event(0, "customer", post=1),
            event(1, "promised", until=T0 + 5 * HOUR),
            event(2, "called"),
            event(3, "resolved"),
            event(4, "called"),
        ],
        TARGETS,
        ALWAYS,
    )
    found = {clock.kind: clock for clock in told.clocks}
    assert found[UPDATE].met_at == T0 + 2 * HOUR
    assert found[FIRST_ANSWER].met_at is None
    assert found[FOLLOW_UP].met_at == T0 + 4 * HOUR


def test_broken_promise_stays_broken_when_a_new_one_is_made() -> None:
    told = tell(
        [
            event(0, "customer", post=1),
            event(1, "promised", until=T0 + 2 * HOUR),
            event(3, "promised", until=T0 + 9 * HOUR),
        ],
        TARGETS,
        ALWAYS,
    )
    first = next(clock for clock in told.clocks if clock.kind == UPDATE)
    assert first.broken_at == T0 + 2 * HOUR


def test_resolving_meets_the_resolution_and_wants_a_follow_up() -> None:
    found = clocks(event(0, "customer", post=1), event(1, "ours", post=2), event(3, "resolved"))
    assert found[RESOLUTION].met_at == T0 + 3 * HOUR
    assert found[RESOLUTION].spent == HOUR
    assert found[FOLLOW_UP].due_at == T0 + 51 * HOUR


def test_follow_up_is_met_by_our_post_and_ends_when_the_customer_writes() -> None:
    start = [event(0, "customer", post=1), event(1, "ours", post=2), event(3, "resolved")]
    assert clocks(*start, event(9, "ours", post=3))[FOLLOW_UP].met_at == T0 + 9 * HOUR
    assert clocks(*start, event(9, "customer", post=3))[FOLLOW_UP].ended_by == "customer"


def test_resolving_without_an_answer_is_no_answer() -> None:
    found = clocks(event(0, "customer", post=1), event(3, "resolved"))
    assert found[FIRST_ANSWER].met_at is None
    assert found[FIRST_ANSWER].ended_by == "resolved"
    assert found[FIRST_ANSWER].broken_at == T0 + HOUR


def test_coming_back_starts_a_new_period() -> None:
    found = clocks(
        event(0, "customer", post=1),
        event(1, "ours", post=2),
        event(2, "resolved"),
        event(30, "customer", post=3),
    )
    assert found[FIRST_ANSWER].period == 2
    assert found[FIRST_ANSWER].due_at == T0 + 31 * HOUR
    assert found[RESOLUTION].period == 2
    assert found[RESOLUTION].due_at == T0 + 54 * HOUR


def test_opened_by_a_person_wants_a_resolution_only() -> None:
    told = tell(
        [
            *(event(0, "customer", post=1), event(1, "ours", post=2), event(2, "resolved")),
            event(5, "opened"),
        ],
        TARGETS,
        ALWAYS,
    )
    assert [(c.kind, c.period) for c in told.clocks if c.runs] == [(RESOLUTION, 2)]


def test_case_put_aside_owes_nothing_and_owes_it_since_the_post_once_it_is_ours() -> None:
    start = [event(0, "customer", post=1), event(1, "not_ours")]
    assert not any(clock.runs for clock in tell(start, TARGETS, ALWAYS).clocks)
    found = clocks(*start, event(5, "opened"))
    assert found[FIRST_ANSWER].due_at == T0 + HOUR


def test_post_to_a_case_put_aside_starts_nothing_until_it_is_ours() -> None:
    start = [event(0, "customer", post=1), event(1, "not_ours"), event(4, "customer", post=2)]
    assert not any(clock.runs for clock in tell(start, TARGETS, ALWAYS).clocks)


def test_withdrawn_posts_want_no_answer() -> None:
    start = [event(0, "customer", post=1), event(0.2, "customer", post=2)]
    one = clocks(*start, event(0.5, "withdrawn", post=1))
    assert one[FIRST_ANSWER].runs
    both = clocks(*start, event(0.5, "withdrawn", post=1), event(0.6, "withdrawn", post=2))
    assert both[FIRST_ANSWER].ended_by == "withdrawn"


def test_pause_by_hand_holds_all_or_one_until_it_is_taken_back() -> None:
    start = [event(0, "customer", post=1), event(0.25, "paused", clock=FIRST_ANSWER)]
    found = clocks(*start)
    assert found[FIRST_ANSWER].paused_at == T0 + HOUR / 4
    assert found[RESOLUTION].paused_at is None
    again = clocks(*start, event(4, "resumed", clock=FIRST_ANSWER))
    assert again[FIRST_ANSWER].due_at == T0 + 4.75 * HOUR
    assert clocks(start[0], event(0.1, "paused"))[RESOLUTION].paused_at is not None


def test_waiting_for_the_customer_does_not_end_a_pause_by_hand() -> None:
    found = clocks(
        event(0, "customer", post=1),
        event(1, "paused"),
        event(2, "ours", post=2),
        event(3, "customer", post=3),
    )
    assert found[RESOLUTION].paused_at == T0 + HOUR
    assert found[RESOLUTION].spent == HOUR


def test_rule_can_give_a_clock_another_target_for_the_period() -> None:
    start = [
        event(0, "customer", post=1),
        event(0, "target", clock=FIRST_ANSWER, within=HOUR / 4, around_the_clock=True),
    ]
    assert clocks(*start)[FIRST_ANSWER].due_at == T0 + HOUR / 4
    later = [event(1, "ours", post=2), event(2, "resolved"), event(9, "customer", post=3)]
    assert clocks(*start, *later)[FIRST_ANSWER].due_at == T0 + 10 * HOUR


def test_rule_can_start_a_clock_that_no_policy_has() -> None:
    none = Targets({}, Warns())
    told = tell(
        [event(0, "customer", post=1), event(1, "target", clock=RESOLUTION, within=HOUR)],
        none,
        ALWAYS,
    )
    assert [(c.kind, c.due_at) for c in told.clocks] == [(RESOLUTION, T0 + 2 * HOUR)]


def test_clock_outside_business_hours_rests() -> None:
    friday = T0 + timedelta(days=4, hours=7, minutes=30)  # 16:30 in Jakarta
    start = CaseEvent(at=friday, what="customer", post=1)
    due = clocks(start, calendar=OFFICE)[FIRST_ANSWER].due_at
    assert due == datetime(2026, 11, 9, 1, 30, tzinfo=UTC)


def test_our_own_first_post_starts_nothing() -> None:
    assert clocks(event(0, "ours", post=1)) == {}


@pytest.mark.parametrize(
    ("share", "left", "minutes"),
    [(0.8, 0, 48), (0.8, 30, 30), (0.5, 5, 30), (1.0, 0, 60), (0.8, 90, 0)],
)
def test_warning_comes_at_a_share_or_with_so_much_left_whichever_is_first(
    share: float, left: int, minutes: int
) -> None:
    targets = Targets({FIRST_ANSWER: (Target(HOUR), ANY)}, Warns(share, timedelta(minutes=left)))
    (clock,) = tell([event(0, "customer", post=1)], targets, ALWAYS).clocks
    assert clock.warn_at == T0 + timedelta(minutes=minutes)


MOVES = (
    *("customer", "withdrawn", "ours", "called", "promised", "waiting", "opened", "resolved"),
    *("not_ours", "paused", "resumed", "target", "acknowledged"),
)
minutes = st.integers(0, 20_000)
stories = st.lists(
    st.builds(
        lambda at, what, post, clock, ahead: CaseEvent(
            at=T0 + timedelta(minutes=at),
            what=what,
            post=post,
            clock=clock,
            until=T0 + timedelta(minutes=at + ahead),
            within=timedelta(minutes=ahead),
        ),
        minutes,
        st.sampled_from(MOVES),
        st.integers(1, 6),
        st.sampled_from([None, *BY_POLICY]),
        st.integers(1, 3_000),
    ),
    max_size=14,
)


@given(stories, st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_case_told_in_another_order_is_the_same_case(
    story: list[CaseEvent], dice: random.Random
) -> None:
    unique = list({event.place: event for event in story}.values())
    shuffled = list(unique)
    dice.shuffle(shuffled)
    assert tell(unique, TARGETS, OFFICE) == tell(shuffled, TARGETS, OFFICE)


@given(stories)
@settings(max_examples=80, deadline=None)
def test_clocks_never_run_backwards(story: list[CaseEvent]) -> None:
    story = sorted(story, key=lambda event: event.place)
    spent: dict[tuple[str, int], timedelta] = {}
    # What only acknowledges is said afterwards and does rewrite what was told before.
    story = [event for event in story if event.what != "acknowledged"]
    for length in range(1, len(story) + 1):
        for clock in tell(story[:length], TARGETS, OFFICE).clocks:
            key = (clock.kind, clock.period)
            assert clock.spent >= spent.get(key, timedelta())
            spent[key] = clock.spent
            assert clock.due_at is None or clock.due_at >= clock.started_at
            assert clock.warn_at is None or clock.due_at is None or clock.warn_at <= clock.due_at


@given(stories)
@settings(max_examples=80, deadline=None)
def test_finished_clock_keeps_what_it_was(story: list[CaseEvent]) -> None:
    story = [e for e in story if e.what != "acknowledged"]
    story.sort(key=lambda event: event.place)
    finished: dict[tuple[str, int], ClockState] = {}
    for length in range(1, len(story) + 1):
        found = {(c.kind, c.period): c for c in tell(story[:length], TARGETS, OFFICE).clocks}
        for key, clock in finished.items():
            assert found[key] == clock
        finished = {key: clock for key, clock in found.items() if not clock.runs}


@given(st.lists(st.integers(1, 300), min_size=2, max_size=8))
@settings(max_examples=80, deadline=None)
def test_pausing_is_additive(gaps: list[int]) -> None:
    """A clock that is paused and resumed is due later by exactly what it was paused."""
    story = [event(0, "customer", post=1)]
    at, paused = 0, 0
    for number, gap in enumerate(gaps):
        at += gap
        story.append(event(at / 60, "paused" if number % 2 == 0 else "resumed"))
        paused += gap if number % 2 else 0
    story.append(event((at + 1) / 60, "resumed"))
    paused += 1 if len(gaps) % 2 else 0
    found = clocks(*story)[RESOLUTION]
    run = timedelta(minutes=at + 1 - paused)
    if run <= WITHIN[RESOLUTION]:
        assert found.due_at == T0 + WITHIN[RESOLUTION] + timedelta(minutes=paused)


@given(stories, st.integers(0, 600), st.integers(1, 800))
@settings(max_examples=80, deadline=None)
def test_changed_calendar_tells_the_same_as_one_that_always_was_so(
    story: list[CaseEvent], opens: int, length: int
) -> None:
    calendar = BusinessCalendar(week=((Span(opens, opens + length),),) * 7)
    tell(story, TARGETS, OFFICE)
    again = BusinessCalendar(week=((Span(opens, opens + length),),) * 7)
    assert tell(story, TARGETS, calendar) == tell(story, TARGETS, again)
