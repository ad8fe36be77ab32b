from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given

from rule_strategies import actions, routings
from tanggap.rules import (
    Action,
    AddTags,
    AssignTeam,
    InvalidRuleError,
    MarkNotOurs,
    RequestHuman,
    Routing,
    SetPriority,
    Stop,
    actions_from_data,
    actions_to_data,
)
from tanggap.rules.actions import ACTIONS, Call
from tanggap.rules.routing import UNROUTED
from tanggap.sdk import views as sdk

ALL = (
    AssignTeam("care"),
    SetPriority("high"),
    AddTags(("vip", "b2b")),
    Call("notify.post", (("text", "halo"), ("url", "https://chat.example"))),
    MarkNotOurs(),
    RequestHuman(),
    Stop(),
)


def test_every_action_reads_back_from_json() -> None:
    data = json.loads(json.dumps(actions_to_data(ALL)))
    assert data == [
        {"assign_team": "care"},
        {"set_priority": "high"},
        {"add_tags": ["vip", "b2b"]},
        {"call": {"action": "notify.post", "text": "halo", "url": "https://chat.example"}},
        "mark_not_ours",
        "request_human",
        "stop",
    ]
    assert actions_from_data(data) == ALL
    assert {action.name for action in ALL} == set(ACTIONS)


@given(actions, routings)
def test_an_action_twice_is_an_action_once(action: Action, routing: Routing) -> None:
    once = action.apply(routing)
    assert action.apply(once) == once


@given(actions, routings)
def test_a_post_that_is_not_ours_has_no_team_and_waits_for_nobody(
    action: Action, routing: Routing
) -> None:
    after = action.apply(routing)
    assert not (after.not_ours and (after.team or after.needs_human))


def test_actions_change_only_what_they_name() -> None:
    assert AssignTeam("care").apply(UNROUTED) == replace(UNROUTED, team="care")
    assert SetPriority("low").apply(UNROUTED) == replace(UNROUTED, priority="low")
    assert RequestHuman().apply(UNROUTED) == replace(UNROUTED, needs_human=True)
    assert MarkNotOurs().apply(UNROUTED) == replace(UNROUTED, not_ours=True)
    assert Stop().apply(UNROUTED) == UNROUTED
    tagged = AddTags(("a", "b")).apply(replace(UNROUTED, tags=("b",)))
    assert tagged.tags == ("b", "a")


def test_observers_can_take_the_routing() -> None:
    assert isinstance(UNROUTED, sdk.Routing)


@pytest.mark.parametrize(
    ("data", "place", "problem", "fix"),
    [
        ("stop", "actions", "expected a list", "at least one"),
        ([], "actions", "expected a list", "at least one"),
        (["stop"] * 21, "actions", "21 actions", "Split"),
        (["stop", "mark_not_ours"], "action 1", "not the last", "end"),
        ([{"asign_team": "care"}], "action 1", "no action 'asign_team'", "assign_team"),
        ([3], "action 1", "expected the name of an action", "stop"),
        ([{"assign_team": "a", "stop": None}], "action 1", "one name", "stop"),
        (["assign_team"], "action 1 (assign_team)", "key of a team", "lower-case"),
        ([{"assign_team": "Care!"}], "action 1 (assign_team)", "'Care!'", "lower-case"),
        (["request_human", {"set_priority": "hihg"}], "action 2 (set_priority)", "hihg", "high"),
        ([{"set_priority": None}], "action 1 (set_priority)", "None", "urgent"),
        ([{"add_tags": "vip"}], "action 1 (add_tags)", "list of 1 to 20", "[regulator]"),
        ([{"add_tags": []}], "action 1 (add_tags)", "list of 1 to 20", "[regulator]"),
        ([{"add_tags": [False]}], "action 1 (add_tags)", "False cannot", "quotes"),
        ([{"add_tags": [" a"]}], "action 1 (add_tags)", "cannot", "spaces"),
        ([{"add_tags": ["a\nb"]}], "action 1 (add_tags)", "cannot", "printable"),
        ([{"add_tags": ["a" * 51]}], "action 1 (add_tags)", "cannot", "50"),
        ([{"stop": True}], "action 1 (stop)", "no argument", "- stop"),
    ],
)
def test_bad_actions_are_refused_with_place_and_fix(
    data: object, place: str, problem: str, fix: str
) -> None:
    with pytest.raises(InvalidRuleError) as caught:
        actions_from_data(data)
    assert caught.value.field == place
    assert problem in caught.value.problem
    assert fix in caught.value.fix
