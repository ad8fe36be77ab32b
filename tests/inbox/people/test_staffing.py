"""Who should have which case: fair, stable, and never somebody who is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import T0
from tanggap.inbox.people.staffing import (
    DEACTIVATED,
    LAST_AGENT,
    LEAST_LOADED,
    NAMED,
    OFFLINE,
    PATIENCE,
    SHIFT_ENDED,
    Case,
    Move,
    Person,
    decide,
)

NOW = T0
LONG_AGO = NOW - timedelta(hours=3)

moments = st.sampled_from([None, LONG_AGO, NOW - timedelta(minutes=10), NOW])
some_ids = st.frozensets(st.integers(1, 3), max_size=2)
skills = st.frozensets(st.sampled_from(["id", "en", "kartu"]), max_size=2)


@st.composite
def people_and_cases(draw: st.DrawFn) -> tuple[list[Person], list[Case]]:
    people = [
        Person(
            id=number,
            team_ids=draw(some_ids),
            languages=draw(st.frozensets(st.sampled_from(["id", "en"]), max_size=2)),
            products=draw(skills),
            capacity=draw(st.integers(0, 4)),
            active=draw(st.booleans()),
            on_shift=draw(st.booleans()),
            absent_since=draw(moments),
            shift_ended_at=draw(moments),
            given_at=draw(moments),
        )
        for number in range(1, draw(st.integers(0, 5)) + 1)
    ]
    holders = st.none() | st.integers(1, 6)
    cases = [
        Case(
            id=number,
            team_id=draw(st.none() | st.integers(1, 3)),
            priority=draw(st.integers(0, 3)),
            waiting_since=draw(moments.filter(bool)),
            assignee_id=draw(holders),
            assigned_at=draw(moments),
            language=draw(st.sampled_from([None, "id", "en"])),
            skills=draw(skills),
            named_id=draw(holders),
            by_load=draw(st.booleans()),
            sticky=draw(st.booleans()),
            last_agent_id=draw(holders),
        )
        for number in range(1, draw(st.integers(0, 8)) + 1)
    ]
    return loaded(people, cases), cases


def loaded(people: Iterable[Person], cases: Sequence[Case]) -> list[Person]:
    load = Counter(case.assignee_id for case in cases)
    return [replace(person, load=load[person.id]) for person in people]


def made(
    people: list[Person], cases: list[Case], moves: list[Move]
) -> tuple[list[Person], list[Case]]:
    """Give the state after the moves."""
    to = {move.case_id: move.to_id for move in moves}
    given_to = {move.to_id for move in moves}
    after = [
        replace(case, assignee_id=to[case.id], assigned_at=NOW) if case.id in to else case
        for case in cases
    ]
    rested = [replace(p, given_at=NOW) if p.id in given_to else p for p in people]
    return loaded(rested, after), after


@settings(max_examples=40, deadline=None)
@given(people_and_cases())
def test_moves_that_are_made_leave_nothing_to_move(state: tuple[list[Person], list[Case]]) -> None:
    people, cases = state
    assert decide(*made(people, cases, decide(people, cases, NOW)), NOW) == []


@settings(max_examples=40, deadline=None)
@given(people_and_cases(), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(
    state: tuple[list[Person], list[Case]], random: Random
) -> None:
    people, cases = state
    expected = decide(people, cases, NOW)
    shuffled_people, shuffled_cases = list(people), list(cases)
    random.shuffle(shuffled_people)
    random.shuffle(shuffled_cases)
    assert decide(shuffled_people, shuffled_cases, NOW) == expected


@settings(max_examples=40, deadline=None)
@given(people_and_cases())
def test_only_people_who_can_take_a_case_up_are_given_one(
    state: tuple[list[Person], list[Case]],
) -> None:
    people, cases = state
    known, by_id = {p.id: p for p in people}, {c.id: c for c in cases}
    for move in decide(people, cases, NOW):
        assert move.to_id != move.from_id
        if move.to_id is None:
            continue
        person, case = known[move.to_id], by_id[move.case_id]
        assert person.available
        if move.reason == NAMED:
            assert case.named_id == person.id
            continue
        assert case.by_load
        assert person.knows(case)
        assert case.team_id is None or case.team_id in person.team_ids


@settings(max_examples=40, deadline=None)
@given(people_and_cases())
def test_nobody_is_given_more_than_they_take(state: tuple[list[Person], list[Case]]) -> None:
    people, cases = state
    moves = decide(people, cases, NOW)
    after, _ = made(people, cases, moves)
    by_load = {move.to_id for move in moves if move.reason in (LEAST_LOADED, LAST_AGENT)}
    named = {move.to_id for move in moves if move.reason == NAMED}
    for person in after:
        if person.id in by_load - named:
            assert person.load <= person.capacity


@settings(max_examples=40, deadline=None)
@given(people_and_cases())
def test_no_case_is_lost_and_none_moves_twice(state: tuple[list[Person], list[Case]]) -> None:
    people, cases = state
    moves = decide(people, cases, NOW)
    assert len({move.case_id for move in moves}) == len(moves)
    holder = {case.id: case.assignee_id for case in cases}
    for move in moves:
        assert holder[move.case_id] == move.from_id


@settings(max_examples=40, deadline=None)
@given(people_and_cases())
def test_nobody_who_is_gone_keeps_an_urgent_case(state: tuple[list[Person], list[Case]]) -> None:
    people, cases = state
    _, after = made(people, cases, decide(people, cases, NOW))
    known = {person.id: person for person in people}
    for case in after:
        if not case.urgent or case.assignee_id is None:
            continue
        person = known[case.assignee_id]
        assert person.active
        if person.absent_since is not None:
            since = max(person.absent_since, case.assigned_at or LONG_AGO)
            assert NOW - since < PATIENCE.urgent


def person(number: int, **values: object) -> Person:
    return Person(**{"id": number, "team_ids": frozenset({1}), "capacity": 5} | values)  # type: ignore[arg-type]


def case(number: int = 1, **values: object) -> Case:
    return Case(**{"id": number, "team_id": 1, "by_load": True} | values)  # type: ignore[arg-type]


def only(people: list[Person], *cases: Case) -> Move | None:
    moves = decide(people, cases, NOW)
    return moves[0] if moves else None


def test_least_loaded_by_share_of_capacity_then_longest_idle() -> None:
    half, third = person(1, load=2, capacity=4), person(2, load=3, capacity=9)
    move = only([half, third], case())
    assert move is not None
    assert (move.to_id, move.reason, move.of) == (2, LEAST_LOADED, 2)
    idle, busy = person(1, given_at=NOW), person(2, given_at=LONG_AGO)
    move = only([idle, busy], case())
    assert move is not None
    assert move.to_id == 2


def test_cases_spread_over_people_who_are_equal() -> None:
    moves = decide([person(1), person(2)], [case(n) for n in range(1, 5)], NOW)
    assert [move.to_id for move in moves] == [1, 2, 1, 2]


def test_last_agent_comes_first_when_there_with_room() -> None:
    people = [person(1), person(2, load=4)]
    move = only(people, case(sticky=True, last_agent_id=2))
    assert move is not None
    assert (move.to_id, move.reason) == (2, LAST_AGENT)
    full = only([person(1), person(2, load=5)], case(sticky=True, last_agent_id=2))
    assert full is not None
    assert full.to_id == 1
    gone = only([person(1), person(2, absent_since=NOW)], case(sticky=True, last_agent_id=2))
    assert gone is not None
    assert gone.to_id == 1


def test_named_person_waits_in_the_queue_until_there() -> None:
    named = case(named_id=2, by_load=False)
    assert only([person(1), person(2, absent_since=NOW)], named) is None
    move = only([person(1), person(2, capacity=0)], named)
    assert move is not None
    assert (move.to_id, move.reason) == (2, NAMED)


def test_skills_narrow_the_choice() -> None:
    people = [person(1), person(2, languages=frozenset({"en"}), products=frozenset({"kartu"}))]
    move = only(people, case(skills=frozenset({"kartu"})))
    assert move is not None
    assert (move.to_id, move.of) == (2, 1)
    indonesian = only(people, case(language="id"))
    assert indonesian is not None
    assert indonesian.to_id == 1
    assert only(people, case(skills=frozenset({"kpr"}))) is None


def test_urgent_case_goes_from_who_left_to_the_next_and_others_stay_until_the_shift_is_over() -> (
    None
):
    gone = person(1, absent_since=NOW - timedelta(minutes=4))
    urgent = case(1, priority=0, assignee_id=1, assigned_at=LONG_AGO)
    calm = case(2, assignee_id=1, assigned_at=LONG_AGO)
    moves = decide([gone, person(2)], [urgent, calm], NOW)
    assert [(m.case_id, m.to_id, m.reason) for m in moves] == [(1, 2, LEAST_LOADED)]
    alone = decide([gone], [urgent, calm], NOW)
    assert [(m.case_id, m.to_id, m.reason) for m in alone] == [(1, None, OFFLINE)]
    home = replace(gone, on_shift=False, shift_ended_at=NOW - timedelta(minutes=31))
    assert [(m.case_id, m.reason) for m in decide([home], [urgent, calm], NOW)] == [
        (1, OFFLINE),
        (2, SHIFT_ENDED),
    ]


def test_short_absence_moves_nothing() -> None:
    away = person(1, absent_since=NOW - timedelta(minutes=2))
    assert only([away, person(2)], case(priority=0, assignee_id=1, assigned_at=LONG_AGO)) is None
    just_given = case(priority=0, assignee_id=1, assigned_at=NOW - timedelta(minutes=1))
    assert only([person(1, absent_since=LONG_AGO), person(2)], just_given) is None


def test_cases_of_a_person_who_may_not_sign_in_any_more_leave_at_once() -> None:
    move = only([person(1, active=False)], case(assignee_id=1, by_load=False))
    assert move is not None
    assert (move.to_id, move.reason) == (None, DEACTIVATED)
