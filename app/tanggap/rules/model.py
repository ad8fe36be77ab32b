"""Rules, sets of rules, and what came of them: plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tanggap.rules.actions import Action, AssignTeam, Stop
from tanggap.rules.problems import InvalidRuleError, closest
from tanggap.rules.routing import Routing


class Trigger(StrEnum):
    """What makes rules run."""

    POST_TRIAGED = "post_triaged"


@dataclass(frozen=True, slots=True)
class Name:
    """What people call a thing, in Indonesian and in English."""

    id: str
    en: str


@dataclass(frozen=True, slots=True)
class Team:
    """A team that rules may name by its key."""

    key: str
    name: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When `condition` (CEL) holds for a post, its actions run in order."""

    key: str
    name: Name
    condition: str
    actions: tuple[Action, ...]
    position: int
    trigger: Trigger = Trigger.POST_TRIAGED
    version: int = 1
    enabled: bool = True

    @property
    def stop(self) -> bool:
        """Whether no later rule is considered once this one matched."""
        return any(isinstance(action, Stop) for action in self.actions)


@dataclass(frozen=True, slots=True, init=False)
class RuleSet:
    """Rules in the order in which they run, and the teams they may name.

    Raises `InvalidRuleError` when two rules share a key, or when a rule names a team that is
    missing from a non-empty list of teams.
    """

    rules: tuple[Rule, ...]
    teams: tuple[Team, ...]

    def __init__(self, rules: Iterable[Rule], teams: Iterable[Team] = ()) -> None:
        ordered = tuple(sorted(rules, key=lambda rule: (rule.position, rule.key)))
        object.__setattr__(self, "rules", ordered)
        object.__setattr__(self, "teams", tuple(teams))
        _refuse_repeated(ordered)
        if self.teams:
            _refuse_unknown_teams(ordered, [team.key for team in self.teams])

    def live(self, trigger: Trigger) -> tuple[Rule, ...]:
        """List the enabled rules of a trigger, in order."""
        return tuple(rule for rule in self.rules if rule.enabled and rule.trigger is trigger)


@dataclass(frozen=True, slots=True)
class RuleRun:
    """One rule considered for one post; `actions` are those applied, `error` is empty if none."""

    rule_key: str
    version: int
    matched: bool
    actions: tuple[Action, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules decided for one post, with every rule that was considered, in order."""

    routing: Routing
    runs: tuple[RuleRun, ...]


def _refuse_repeated(rules: tuple[Rule, ...]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.key in seen:
            raise InvalidRuleError(
                "two rules have this key", "Give one of them another key.", rule=rule.key
            )
        seen.add(rule.key)


def _refuse_unknown_teams(rules: tuple[Rule, ...], teams: list[str]) -> None:
    for rule in rules:
        for number, action in enumerate(rule.actions, start=1):
            if isinstance(action, AssignTeam) and action.team not in teams:
                raise InvalidRuleError(
                    f"no team {action.team!r}",
                    closest(action.team, teams),
                    rule=rule.key,
                    field=f"action {number}",
                )
