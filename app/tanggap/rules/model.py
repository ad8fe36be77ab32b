"""Rules, sets of rules, and what came of them: plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tanggap.rules.actions import Action, AssignTeam, Stop
from tanggap.rules.lists import Lists, NamedList
from tanggap.rules.problems import InvalidRuleError, closest
from tanggap.rules.routing import Routing
from tanggap.rules.timing import parse_schedule, parse_wait


class Trigger(StrEnum):
    """What makes rules run."""

    POST_TRIAGED = "post_triaged"
    POST_EDITED = "post_edited"
    POST_DELETED = "post_deleted"
    ENGAGEMENT_GREW = "engagement_grew"
    AUTHOR_REPLIED = "author_replied"
    REPLY_SENT = "reply_sent"
    REPLY_FAILED = "reply_failed"
    CASE_OPENED = "case_opened"
    CASE_ASSIGNED = "case_assigned"
    CASE_REOPENED = "case_reopened"
    CASE_RESOLVED = "case_resolved"
    CLOCK_WARNING = "clock_warning"
    CLOCK_BROKEN = "clock_broken"
    NO_ANSWER = "no_answer"
    SCHEDULE = "schedule"


TIMED: Final = frozenset({Trigger.NO_ANSWER, Trigger.SCHEDULE})
"""The triggers whose rules say when in `timing`."""


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
    """When `condition` (CEL) holds for a post, its actions run in order.

    `timing` says when, for the triggers in `TIMED` ("60 minutes", "every day at 08:00"), and is
    empty for all others. `at_most` caps how often the rule acts ("20 per hour"); empty: never.
    """

    key: str
    name: Name
    condition: str
    actions: tuple[Action, ...]
    position: int
    trigger: Trigger = Trigger.POST_TRIAGED
    timing: str = ""
    at_most: str = ""
    version: int = 1
    enabled: bool = True

    @property
    def stop(self) -> bool:
        """Whether no later rule is considered once this one matched."""
        return any(isinstance(action, Stop) for action in self.actions)


@dataclass(frozen=True, slots=True, init=False)
class RuleSet:
    """Rules in the order in which they run, the teams they may name, and the lists they read.

    Raises `InvalidRuleError` when two rules share a key, or when a rule names a team that is
    missing from a non-empty list of teams.
    """

    rules: tuple[Rule, ...]
    teams: tuple[Team, ...]
    named_lists: tuple[NamedList, ...]
    lists: Lists = field(compare=False, repr=False)

    def __init__(
        self,
        rules: Iterable[Rule],
        teams: Iterable[Team] = (),
        lists: Iterable[NamedList] = (),
    ) -> None:
        ordered = tuple(sorted(rules, key=lambda rule: (rule.position, rule.key)))
        object.__setattr__(self, "rules", ordered)
        object.__setattr__(self, "teams", tuple(teams))
        object.__setattr__(self, "named_lists", tuple(lists))
        object.__setattr__(self, "lists", Lists(self.named_lists))
        _check_timing(ordered)
        _refuse_repeated(ordered)
        if self.teams:
            _refuse_unknown_teams(ordered, [team.key for team in self.teams])

    @property
    def triggers(self) -> frozenset[Trigger]:
        """The triggers of the enabled rules."""
        return frozenset(rule.trigger for rule in self.rules if rule.enabled)

    def live(self, trigger: Trigger) -> tuple[Rule, ...]:
        """List the enabled rules of a trigger, in order."""
        return tuple(rule for rule in self.rules if rule.enabled and rule.trigger is trigger)


@dataclass(frozen=True, slots=True)
class RuleRun:
    """One rule considered for one post; `actions` are those applied, `error` is empty if none.

    One that is `capped` would have acted, had it not acted too often lately.
    """

    rule_key: str
    version: int
    matched: bool
    actions: tuple[Action, ...] = ()
    error: str = ""
    capped: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules decided for one post, with every rule that was considered, in order."""

    routing: Routing
    runs: tuple[RuleRun, ...]


def check_timing(trigger: Trigger, timing: str) -> None:
    """Refuse a timing that does not suit its trigger."""
    if trigger is Trigger.NO_ANSWER:
        parse_wait(timing)
    elif trigger is Trigger.SCHEDULE:
        parse_schedule(timing)
    elif timing:
        raise InvalidRuleError(
            f"the trigger {trigger} has no timing", "Remove it, or choose no_answer or schedule."
        )


def _check_timing(rules: tuple[Rule, ...]) -> None:
    for rule in rules:
        try:
            check_timing(rule.trigger, rule.timing)
        except InvalidRuleError as error:
            raise error.at(rule=rule.key, field="timing") from error


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
