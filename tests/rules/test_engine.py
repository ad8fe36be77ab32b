from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rule_strategies import facts as any_facts
from rule_strategies import rulesets
from tanggap.rules import (
    Action,
    AddTags,
    AssignTeam,
    Facts,
    InvalidRuleError,
    Name,
    Outcome,
    Rule,
    RuleRun,
    RuleSet,
    SetPriority,
    Start,
    Stop,
    Team,
    Trigger,
    evaluate,
    evaluate_many,
)
from tanggap.rules.routing import UNROUTED

COMPLAINT = Facts(
    label="complaint",
    confidence=0.9,
    certain=True,
    language="id",
    channel="burung",
    text="saldo hilang",
)


def rule(key: str, *actions: Action, position: int = 10, condition: str = "true") -> Rule:
    return Rule(
        key=key, name=Name(key, key), condition=condition, actions=actions, position=position
    )


def test_without_rules_a_post_is_not_routed() -> None:
    assert evaluate(RuleSet([]), COMPLAINT) == Outcome(UNROUTED, ())


def test_later_rules_win_and_reasons_follow_the_order() -> None:
    rules = RuleSet(
        [
            rule("second", AssignTeam("sales"), position=20),
            rule("first", AssignTeam("care"), SetPriority("high"), position=10),
            rule("never", AssignTeam("x"), position=15, condition="!certain"),
        ]
    )
    outcome = evaluate(rules, COMPLAINT)
    assert outcome.routing == replace(
        UNROUTED, team="sales", priority="high", reasons=("first", "second")
    )
    assert outcome.runs == (
        RuleRun("first", 1, matched=True, actions=(AssignTeam("care"), SetPriority("high"))),
        RuleRun("never", 1, matched=False),
        RuleRun("second", 1, matched=True, actions=(AssignTeam("sales"),)),
    )


def test_stop_ends_only_where_its_rule_matches() -> None:
    rules = RuleSet(
        [
            rule("skipped", Stop(), position=1, condition="!certain"),
            rule("ends", AddTags(("a",)), Stop(), position=2),
            rule("unseen", AddTags(("b",)), position=3),
        ]
    )
    outcome = evaluate(rules, COMPLAINT)
    assert outcome.routing.tags == ("a",)
    assert [run.rule_key for run in outcome.runs] == ["skipped", "ends"]


def test_rules_at_one_position_run_by_key() -> None:
    rules = RuleSet([rule("b", AssignTeam("b")), rule("a", AssignTeam("a"))])
    assert evaluate(rules, COMPLAINT).routing.team == "b"


def test_disabled_rules_are_not_considered() -> None:
    off = replace(rule("off", AssignTeam("care")), enabled=False)
    assert evaluate(RuleSet([off]), COMPLAINT).runs == ()


@pytest.mark.parametrize(
    ("condition", "error"),
    [
        ("1 / engagement.likes == 1", "ZeroDivisionError"),
        ("engagement.likes + 9223372036854775807 + 1 > 0", "OverflowError"),
        ("no_such_name", "'no_such_name' is not known"),
        ("((", "does not fit"),
    ],
)
def test_a_rule_that_fails_is_logged_and_the_others_go_on(condition: str, error: str) -> None:
    rules = RuleSet(
        [
            rule("broken", AssignTeam("x"), condition=condition, position=1),
            rule("good", AssignTeam("care"), position=2),
        ]
    )
    outcome = evaluate(rules, COMPLAINT)
    assert outcome.routing == replace(UNROUTED, team="care", reasons=("good",))
    assert not outcome.runs[0].matched
    assert error in outcome.runs[0].error
    assert outcome.runs[1].error == ""


def test_two_rules_with_one_key_are_refused() -> None:
    with pytest.raises(InvalidRuleError, match="rule 'a': two rules have this key"):
        RuleSet([rule("a", Stop()), rule("a", Stop())])


def test_teams_that_are_not_listed_are_refused() -> None:
    with pytest.raises(InvalidRuleError, match=r"rule 'a', action 2: no team 'car'.*mean care"):
        RuleSet([rule("a", SetPriority("low"), AssignTeam("car"))], [Team("care", Name("a", "b"))])


@given(rulesets(), st.lists(any_facts, max_size=4))
def test_the_same_posts_always_get_the_same_outcome(ruleset: RuleSet, posts: list[Facts]) -> None:
    outcomes = evaluate_many(ruleset, posts)
    assert outcomes == [evaluate(ruleset, post) for post in posts]
    assert outcomes == evaluate_many(ruleset, posts)


@given(rulesets(), any_facts, st.randoms(use_true_random=False))
def test_only_position_and_key_decide_the_order(
    ruleset: RuleSet, post: Facts, random: Random
) -> None:
    shuffled = list(ruleset.rules)
    random.shuffle(shuffled)
    assert evaluate(RuleSet(shuffled), post) == evaluate(ruleset, post)


@given(rulesets(), any_facts)
def test_the_routing_is_what_the_runs_say(ruleset: RuleSet, post: Facts) -> None:
    outcome = evaluate(ruleset, post)
    routing = UNROUTED
    for run in outcome.runs:
        for action in run.actions:
            routing = action.apply(routing)
    reasons = tuple(run.rule_key for run in outcome.runs if run.matched)
    assert outcome.routing == replace(routing, reasons=reasons)
    order = [r.key for r in ruleset.live(Trigger.POST_TRIAGED)]
    assert [run.rule_key for run in outcome.runs] == order[: len(outcome.runs)]
    by_key = {r.key: r for r in ruleset.rules}
    stops = [key for key in reasons if by_key[key].stop]
    assert stops in ([], [run.rule_key for run in outcome.runs[-1:]])
    assert stops or len(outcome.runs) == len(order)


@given(rulesets(), any_facts)
def test_a_rule_that_does_not_match_changes_nothing(ruleset: RuleSet, post: Facts) -> None:
    outcome = evaluate(ruleset, post)
    matched = {run.rule_key for run in outcome.runs if run.matched}
    kept = RuleSet([r for r in ruleset.rules if r.key in matched])
    assert evaluate(kept, post).routing == outcome.routing


@given(rulesets(), any_facts)
def test_rules_that_run_again_where_they_left_a_case_change_nothing(
    ruleset: RuleSet, post: Facts
) -> None:
    once = evaluate(ruleset, post)
    (again,) = evaluate_many(ruleset, [post], starts=[Start(routing=once.routing)])
    assert again == once


def test_rules_of_another_trigger_are_not_considered() -> None:
    rules = RuleSet(
        [
            replace(rule("edited", AssignTeam("care")), trigger=Trigger.POST_EDITED),
            rule("triaged", AssignTeam("sales")),
        ]
    )
    assert [run.rule_key for run in evaluate(rules, COMPLAINT, Trigger.POST_EDITED).runs] == [
        "edited"
    ]


def test_rules_go_on_from_where_the_case_is() -> None:
    here = replace(UNROUTED, team="care", priority="high", tags=("vip",))
    (outcome,) = evaluate_many(
        RuleSet([rule("a", AddTags(("b2b",)))]), [COMPLAINT], starts=[Start(routing=here)]
    )
    assert outcome.routing == replace(here, tags=("vip", "b2b"), reasons=("a",))


def test_a_rule_that_is_held_does_not_act_and_says_why() -> None:
    rules = RuleSet([rule("a", AddTags(("x",)), Stop()), rule("b", AddTags(("y",)))])
    (outcome,) = evaluate_many(rules, [COMPLAINT], starts=[Start(held={"a": "led here itself"})])
    assert outcome.routing.tags == ("y",)
    assert outcome.runs[0] == RuleRun("a", 1, matched=False, error="led here itself")


def test_only_one_rule_is_considered_where_only_that_is_due() -> None:
    rules = RuleSet([rule("a", AddTags(("x",))), rule("b", AddTags(("y",)))])
    (outcome,) = evaluate_many(rules, [COMPLAINT], starts=[Start(only="b")])
    assert [run.rule_key for run in outcome.runs] == ["b"]


def test_a_capped_rule_acts_no_more_often_than_its_budget_and_others_go_on() -> None:
    capped = replace(rule("a", AddTags(("x",)), Stop()), at_most="2 per hour")
    rules = RuleSet([capped, rule("b", AddTags(("y",)))])
    outcomes = evaluate_many(rules, [COMPLAINT] * 3, budgets={"a": 2})
    assert [one.routing.tags for one in outcomes] == [("x",), ("x",), ("y",)]
    last = outcomes[2].runs[0]
    assert (last.matched, last.capped, last.error) == (False, True, "at most 2 per hour")
