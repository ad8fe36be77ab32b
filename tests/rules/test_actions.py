from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given

from rule_strategies import actions, routings
from tanggap.rules import (
    Action,
    AddTags,
    AssignByLoad,
    AssignPerson,
    AssignTeam,
    Hide,
    InvalidRuleError,
    MarkNotOurs,
    Notify,
    Pick,
    RaiseAlert,
    RemoveTags,
    RequestHuman,
    RequireApproval,
    Routing,
    SetPriority,
    SetToneProfile,
    Stop,
    SuggestTemplate,
    actions_from_data,
    actions_to_data,
)
from tanggap.rules.actions import ACTIONS, Call
from tanggap.rules.effects import PauseClock, ResumeClock, StartClock
from tanggap.rules.routing import UNROUTED
from tanggap.sdk import views as sdk

ALL = (
    AssignTeam("care"),
    SetPriority("high"),
    AssignPerson("ayu@contoh.example"),
    AssignByLoad(),
    AssignByLoad(Pick(skills=("banking",), sticky=True)),
    AddTags(("vip", "b2b")),
    RemoveTags(("old",)),
    SetToneProfile("formal"),
    SuggestTemplate("ack-outage"),
    Notify(team="care"),
    Notify(person="ayu@contoh.example", text="Baca ini", email=True),
    Notify(assignee=True),
    RaiseAlert("Baca ini"),
    RaiseAlert("Krisis", "incident"),
    Call("notify.post", (("text", "halo"), ("url", "https://chat.example"))),
    PauseClock("all"),
    ResumeClock("first_answer"),
    StartClock("first_answer", "30 minutes"),
    RequireApproval(),
    Hide(),
    MarkNotOurs(),
    RequestHuman(),
    Stop(),
)


def test_every_action_reads_back_from_json() -> None:
    data = json.loads(json.dumps(actions_to_data(ALL)))
    assert data == [
        {"assign_team": "care"},
        {"set_priority": "high"},
        {"assign_person": "ayu@contoh.example"},
        "assign_by_load",
        {"assign_by_load": {"skills": ["banking"], "sticky": True}},
        {"add_tags": ["vip", "b2b"]},
        {"remove_tags": ["old"]},
        {"set_tone_profile": "formal"},
        {"suggest_template": "ack-outage"},
        {"notify": "care"},
        {"notify": {"person": "ayu@contoh.example", "text": "Baca ini", "email": True}},
        {"notify": {"assignee": True}},
        {"raise_alert": "Baca ini"},
        {"raise_alert": {"text": "Krisis", "level": "incident"}},
        {"call": {"action": "notify.post", "text": "halo", "url": "https://chat.example"}},
        {"pause_clock": "all"},
        {"resume_clock": "first_answer"},
        {"start_clock": {"clock": "first_answer", "within": "30 minutes"}},
        "require_approval",
        "hide",
        "mark_not_ours",
        "request_human",
        "stop",
    ]
    assert actions_from_data(data[:12]) + actions_from_data(data[12:]) == ALL
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
    untagged = RemoveTags(("b", "c")).apply(tagged)
    assert (untagged.tags, untagged.removed) == (("a",), ("b", "c"))
    assert AddTags(("c",)).apply(untagged).removed == ("b",)
    assert SetToneProfile("formal").apply(UNROUTED) == replace(UNROUTED, tone="formal")
    assert SuggestTemplate("a").apply(UNROUTED) == replace(UNROUTED, template="a")
    assert RequireApproval().apply(UNROUTED) == replace(UNROUTED, approval=True)
    assert Hide().apply(UNROUTED) == UNROUTED


def test_a_person_and_a_choice_by_load_exclude_each_other() -> None:
    person = AssignPerson("ayu@contoh.example").apply(UNROUTED)
    assert (person.assignee, person.pick) == ("ayu@contoh.example", None)
    by_load = AssignByLoad(Pick(skills=("kpr",))).apply(person)
    assert (by_load.assignee, by_load.pick) == (None, Pick(skills=("kpr",)))


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
        ([{"assign_person": "ayu"}], "action 1 (assign_person)", "e-mail", "ayu@contoh.example"),
        ([{"assign_by_load": {"skils": ["a"]}}], "action 1 (assign_by_load)", "'skils'", "skills"),
        ([{"assign_by_load": {"sticky": "x"}}], "action 1 (assign_by_load)", "sticky", "true"),
        ([{"remove_tags": []}], "action 1 (remove_tags)", "list of 1 to 20", "[regulator]"),
        ([{"set_tone_profile": "forml"}], "action 1 (set_tone_profile)", "forml", "formal"),
        ([{"suggest_template": "A b"}], "action 1 (suggest_template)", "template", "lower-case"),
        (["notify"], "action 1 (notify)", "expected fields", "team"),
        ([{"notify": {"text": "a"}}], "action 1 (notify)", "one of team, person", "notify: care"),
        ([{"notify": {"team": "a", "person": "b@c"}}], "action 1 (notify)", "one of", "notify"),
        ([{"notify": {"assignee": False}}], "action 1 (notify)", "only be true", "true"),
        ([{"raise_alert": {"level": "warning"}}], "action 1 (raise_alert)", "missing", "Read"),
        ([{"raise_alert": {"text": "a", "level": "x"}}], "action 1 (raise_alert)", "'x'", "notice"),
        ([{"raise_alert": "a" * 501}], "action 1 (raise_alert)", "500", "quotes"),
        ([{"pause_clock": "firs_answer"}], "action 1 (pause_clock)", "firs_answer", "first_answer"),
        ([{"start_clock": {"clock": "all"}}], "action 1 (start_clock)", "'all'", "first_answer"),
        (
            [{"start_clock": {"clock": "update", "within": "soon"}}],
            "action 1 (start_clock)",
            "no wait 'soon'",
            "60 minutes",
        ),
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
