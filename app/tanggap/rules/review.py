"""Look at a whole set of rules: what can never run, what contradicts, what names nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tanggap.rules.actions import (
    Action,
    AddTags,
    AssignPerson,
    AssignTeam,
    MarkNotOurs,
    Notify,
    RemoveTags,
    SetPriority,
    SetToneProfile,
    SuggestTemplate,
)
from tanggap.rules.conditions import Condition, try_condition
from tanggap.rules.model import Rule, RuleSet
from tanggap.rules.problems import InvalidRuleError, closest
from tanggap.rules.tokens import Fault, tokenize

Level = Literal["error", "warning"]
_SETS_ONE: Final = (AssignTeam, AssignPerson, SetPriority, SetToneProfile, SuggestTemplate)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNames:
    """What rules may name; None leaves a kind unchecked."""

    teams: Collection[str] | None = None
    people: Collection[str] | None = None
    templates: Collection[str] | None = None
    lists: Collection[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something about one rule: with an `error` it does not do all it says."""

    level: Level
    rule: str
    field: str
    problem: str
    fix: str
    other: str = ""

    def __str__(self) -> str:
        """Write the remark in a line."""
        return f"{self.level}: rule {self.rule!r}, {self.field}: {self.problem}. {self.fix}"


def check_names(rule: Rule, known: KnownNames) -> None:
    """Refuse a rule that names a team, person, template or list that is not there."""
    for error in _unknown(rule, known):
        raise error


def review(ruleset: RuleSet, known: KnownNames) -> list[Remark]:
    """List what is wrong or doubtful in a set, in the order of its rules.

    Rules that are switched off are not looked at.
    """
    remarks: list[Remark] = []
    for trigger in sorted(ruleset.triggers):
        live = ruleset.live(trigger)
        for place, rule in enumerate(live):
            condition = try_condition(rule.condition)
            errors = [condition] if isinstance(condition, InvalidRuleError) else []
            errors += _unknown(rule, known)
            remarks += [_error(rule, error) for error in errors]
            remarks += _unreachable(rule, live[:place])
            remarks += _contradictions(rule, live[:place])
            remarks += _within(rule)
    order = {rule.key: place for place, rule in enumerate(ruleset.rules)}
    return sorted(remarks, key=lambda remark: order[remark.rule])


def _unknown(rule: Rule, known: KnownNames) -> list[InvalidRuleError]:
    named: list[tuple[str, str, str, Collection[str] | None]] = []
    for number, action in enumerate(rule.actions, start=1):
        field = f"action {number} ({action.name})"
        named += [(what, name, field, among) for what, name, among in _names_of(action, known)]
    condition = try_condition(rule.condition)
    if isinstance(condition, Condition):
        reads = condition.reads
        named += [("list", name, "condition", known.lists) for name in sorted(reads.lists)]
        named += [("team", name, "condition", known.teams) for name in sorted(reads.teams)]
    return [
        InvalidRuleError(f"no {what} {name!r}", _fix(name, among), rule=rule.key, field=field)
        for what, name, field, among in named
        if among is not None and name not in among
    ]


def _names_of(
    action: Action, known: KnownNames
) -> Iterator[tuple[str, str, Collection[str] | None]]:
    if isinstance(action, AssignTeam):
        yield "team", action.team, known.teams
    if isinstance(action, AssignPerson):
        yield "person", action.email, known.people
    if isinstance(action, SuggestTemplate):
        yield "template", action.template, known.templates
    if isinstance(action, Notify) and action.team:
        yield "team", action.team, known.teams
    if isinstance(action, Notify) and action.person:
        yield "person", action.person, known.people


def _fix(name: str, among: Collection[str]) -> str:
    if not among:
        return "There is none yet; make it first."
    if len(among) > 30:
        near = closest(name, sorted(among))
        return near if near.startswith("Did") else "See the list of them."
    return closest(name, sorted(among))


def _error(rule: Rule, error: InvalidRuleError) -> Remark:
    return Remark(
        level="error",
        rule=rule.key,
        field=error.field,
        problem=error.problem,
        fix=error.fix,
    )


def _unreachable(rule: Rule, earlier: Sequence[Rule]) -> Iterator[Remark]:
    """Find a rule before this one that always stops first."""
    for other in earlier:
        same = _plain(other.condition) == _plain(rule.condition)
        if other.stop and (same or _plain(other.condition) == "true"):
            yield Remark(
                level="error",
                rule=rule.key,
                field="position",
                problem=f"never runs: {other.key!r} stands before it and always stops first",
                fix=f"Move it above {other.key!r}, or take the stop out of that one.",
                other=other.key,
            )
            return


def _contradictions(rule: Rule, earlier: Sequence[Rule]) -> Iterator[Remark]:
    """Find rules with the same condition that say the opposite: the later one wins."""
    for other in earlier:
        if _plain(other.condition) != _plain(rule.condition):
            continue
        for number, action in enumerate(rule.actions, start=1):
            against = [one for one in other.actions if _contrary(one, action)]
            if against:
                yield Remark(
                    level="warning",
                    rule=rule.key,
                    field=f"action {number} ({action.name})",
                    problem=f"undoes {against[0].name} of {other.key!r}, whose condition is equal",
                    fix="Join the two rules, or make their conditions differ.",
                    other=other.key,
                )


def _within(rule: Rule) -> Iterator[Remark]:
    """Find an action that undoes an earlier one of the same rule."""
    for number, action in enumerate(rule.actions, start=1):
        if any(_contrary(one, action) for one in rule.actions[: number - 1]):
            yield Remark(
                level="warning",
                rule=rule.key,
                field=f"action {number} ({action.name})",
                problem="undoes an earlier action of the same rule",
                fix="Remove one of the two.",
            )


def _contrary(one: Action, other: Action) -> bool:
    if type(one) is type(other) and isinstance(one, _SETS_ONE):
        return one != other
    pair = (one, other)
    for first, second in (pair, pair[::-1]):
        if isinstance(first, MarkNotOurs) and isinstance(second, (AssignTeam, AssignPerson)):
            return True
        if isinstance(first, AddTags) and isinstance(second, RemoveTags):
            return bool(set(first.tags) & set(second.tags))
    return False


def _plain(condition: str) -> str:
    """Write a condition without comments, line ends and outer brackets."""
    try:
        words = [token.source for token in tokenize(condition)][:-1]
    except Fault:
        return condition
    while len(words) > 2 and words[0] == "(" and _closes(words) == len(words) - 1:
        words = words[1:-1]
    return " ".join(words)


def _closes(words: Sequence[str]) -> int:
    """Tell where the bracket that is first closes."""
    depth = 0
    for place, word in enumerate(words):
        depth += (word == "(") - (word == ")")
        if depth == 0:
            return place
    return -1
