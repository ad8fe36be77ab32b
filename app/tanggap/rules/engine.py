"""Run rules over posts: pure, deterministic, in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import cel

from tanggap.rules.conditions import Condition, context_for, try_condition
from tanggap.rules.facts import Facts
from tanggap.rules.model import Outcome, Rule, RuleRun, RuleSet, Trigger
from tanggap.rules.problems import InvalidRuleError
from tanggap.rules.reads import Reads
from tanggap.rules.routing import UNROUTED, Routing


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where the rules begin with one post.

    `held` are rules that must not act, by key, with the reason. With `only` no other rule is
    considered.
    """

    routing: Routing = UNROUTED
    held: Mapping[str, str] = field(default_factory=dict)
    only: str = ""


FRESH: Final = Start()


def evaluate(ruleset: RuleSet, facts: Facts, trigger: Trigger = Trigger.POST_TRIAGED) -> Outcome:
    """Route one post.

    Rules run by position; the last one to set a thing wins, and `stop` ends. A rule that fails
    does not match; its run carries the error and the other rules go on.
    """
    return evaluate_many(ruleset, [facts], trigger)[0]


def evaluate_many(
    ruleset: RuleSet,
    posts: Iterable[Facts],
    trigger: Trigger = Trigger.POST_TRIAGED,
    *,
    starts: Sequence[Start] = (),
    budgets: Mapping[str, int] | None = None,
) -> list[Outcome]:
    """Route a batch of posts, each by itself; cheaper a post than one by one.

    `starts` go with the posts where they do not begin afresh. `budgets` say how often the rules
    that have a cap may still act, by key, all posts of the batch together.
    """
    steps = [_step(rule) for rule in ruleset.live(trigger)]
    reads = reads_of(ruleset, trigger)
    left = dict(budgets or {})
    begin = iter(starts)
    return [
        _run(steps, context_for(facts, reads, ruleset.lists), next(begin, FRESH), left)
        for facts in posts
    ]


def reads_of(ruleset: RuleSet, trigger: Trigger = Trigger.POST_TRIAGED) -> Reads:
    """Say what the rules of a trigger read of posts, so that only that has to be known."""
    reads = Reads()
    for rule in ruleset.live(trigger):
        condition = try_condition(rule.condition)
        if isinstance(condition, Condition):
            reads.add(condition.reads)
    return reads


class _Step(NamedTuple):
    """A rule ready to run, with its run for a post it matches and for one it does not."""

    rule: Rule
    condition: Condition | None
    hit: RuleRun
    missed: RuleRun
    stops: bool


def _step(rule: Rule) -> _Step:
    condition = try_condition(rule.condition)
    hit = RuleRun(rule.key, rule.version, matched=True, actions=rule.actions)
    missed = RuleRun(rule.key, rule.version, matched=False)
    if isinstance(condition, InvalidRuleError):
        return _Step(rule, None, hit, replace(missed, error=str(condition)), rule.stop)
    return _Step(rule, condition, hit, missed, rule.stop)


def _run(steps: list[_Step], context: cel.Context, start: Start, left: dict[str, int]) -> Outcome:
    routing = start.routing
    reasons: list[str] = []
    runs: list[RuleRun] = []
    guarded = bool(start.held or left)
    if start.only:
        steps = [step for step in steps if step.rule.key == start.only]
    for step in steps:
        run = step.missed
        try:
            if step.condition is not None and step.condition.holds(context):
                run = _guard(step, start, left) if guarded else step.hit
        except Exception as error:  # whatever CEL raises is this rule's failure alone
            run = replace(step.missed, error=f"{type(error).__name__}: {error}")
        runs.append(run)
        if not run.matched:
            continue
        reasons.append(run.rule_key)
        for action in run.actions:
            routing = action.apply(routing)
        if step.stops:
            break
    return Outcome(replace(routing, reasons=tuple(reasons)), tuple(runs))


def _guard(step: _Step, start: Start, left: dict[str, int]) -> RuleRun:
    """Hold back a rule that matched where it must not act."""
    key = step.rule.key
    if key in start.held:
        return replace(step.missed, error=start.held[key])
    if left.get(key, 1) <= 0:
        return replace(step.missed, error=f"at most {step.rule.at_most}", capped=True)
    if key in left:
        left[key] -= 1
    return step.hit
