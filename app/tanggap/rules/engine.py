"""Run rules over posts: pure, deterministic, in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import cel

from tanggap.rules.conditions import Condition, context_for, try_condition
from tanggap.rules.facts import Facts
from tanggap.rules.model import Outcome, Rule, RuleRun, RuleSet, Trigger
from tanggap.rules.problems import InvalidRuleError
from tanggap.rules.routing import UNROUTED


def evaluate(ruleset: RuleSet, facts: Facts, trigger: Trigger = Trigger.POST_TRIAGED) -> Outcome:
    """Route one post.

    Rules run by position; the last one to set a thing wins, and `stop` ends. A rule that fails
    does not match; its run carries the error and the other rules go on.
    """
    return evaluate_many(ruleset, [facts], trigger)[0]


def evaluate_many(
    ruleset: RuleSet, posts: Iterable[Facts], trigger: Trigger = Trigger.POST_TRIAGED
) -> list[Outcome]:
    """Route a batch of posts, each by itself; cheaper a post than one by one."""
    steps = [_step(rule) for rule in ruleset.live(trigger)]
    conditions = [step.condition for step in steps if step.condition]
    names = {name for condition in conditions for name in condition.names}
    labels = {label for condition in conditions for label in condition.labels}
    return [_run(steps, context_for(facts, names, labels)) for facts in posts]


class _Step(NamedTuple):
    """A rule ready to run, with its run for a post it matches and for one it does not."""

    rule: Rule
    condition: Condition | None
    hit: RuleRun
    missed: RuleRun


def _step(rule: Rule) -> _Step:
    condition = try_condition(rule.condition)
    hit = RuleRun(rule.key, rule.version, matched=True, actions=rule.actions)
    missed = RuleRun(rule.key, rule.version, matched=False)
    if isinstance(condition, InvalidRuleError):
        return _Step(rule, None, hit, replace(missed, error=str(condition)))
    return _Step(rule, condition, hit, missed)


def _run(steps: list[_Step], context: cel.Context) -> Outcome:
    routing = UNROUTED
    reasons: list[str] = []
    runs: list[RuleRun] = []
    for rule, condition, hit, missed in steps:
        try:
            matched = condition is not None and condition.holds(context)
        except Exception as error:  # whatever CEL raises is this rule's failure alone
            runs.append(replace(missed, error=f"{type(error).__name__}: {error}"))
            continue
        if not matched:
            runs.append(missed)
            continue
        runs.append(hit)
        reasons.append(rule.key)
        for action in rule.actions:
            routing = action.apply(routing)
        if rule.stop:
            break
    return Outcome(replace(routing, reasons=tuple(reasons)), tuple(runs))
