"""Lists and reports that the API gives."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from tanggap.web.api.things import (
    Account,
    Alert,
    Covered,
    Label,
    Person,
    Suggestion,
    TeamRef,
    Thing,
)


class Rule(Thing):
    """A rule in force; `definition` is the whole of it, as YAML."""

    key: str
    name: dict[str, str]
    version: int
    position: int
    enabled: bool
    trigger: str
    condition: str
    definition: str


class Place(Thing):
    """Where a post goes."""

    team: str | None
    priority: str
    not_ours: bool
    needs_human: bool


class Match(Thing):
    """A post that a rule matches, with where it goes without the rule and with it."""

    post_id: int
    conversation_id: int
    label: str
    text: Covered
    before: Place
    after: Place


class Tried(Thing):
    """What a rule would have done with the newest posts; nothing was changed."""

    asked: int
    looked_at: int
    matched: int
    reached: int
    failed: int
    error: str
    cut_short: bool
    matches: list[Match]


class Counts(Thing):
    """How many cases are in which view."""

    states: dict[str, int]
    mine: int
    my_teams: int
    unassigned: int
    urgent: int
    due: int
    unread: int
    teams: dict[int, int]


class FirstAnswers(Thing):
    """First answers on one channel; a share is null where nothing was to be answered."""

    channel: str
    cases: int
    answered: int
    within_hour: float | None
    within_day: float | None
    in_time: float | None


class Entry(Thing):
    """An entry of the audit log."""

    id: int
    at: datetime
    user_id: int | None
    user: str
    action: str
    object_type: str
    object_id: str
    detail: dict[str, Any]


class AccountList(Thing):
    """All accounts."""

    items: list[Account]


class TeamList(Thing):
    """All teams."""

    items: list[TeamRef]


class PersonList(Thing):
    """Everybody."""

    items: list[Person]


class LabelList(Thing):
    """The labels of the active model."""

    items: list[Label]


class AlertPage(Thing):
    """A page of alerts; `next` leads to the next one, as `after`."""

    items: list[Alert]
    next: int | None


class RuleList(Thing):
    """All rules in force, in the order in which they run."""

    items: list[Rule]


class SuggestionList(Thing):
    """Suggested answers, the best one first."""

    items: list[Suggestion]


class FirstAnswerReport(Thing):
    """First answers, channel by channel."""

    days: int = Field(ge=1)
    items: list[FirstAnswers]


class EntryPage(Thing):
    """A page of the audit log, newest first; `next` leads to the next one, as `before`."""

    items: list[Entry]
    next: int | None


class LabelTask(Thing):
    """A post that somebody is asked to label, with the model's guess and why it is asked.

    Skip it by asking for what comes behind its `position`.
    """

    position: int
    post_id: int
    conversation_id: int
    channel: str
    text: Covered
    posted_at: datetime
    language: str
    reason: str
    guess: str
    confidence: float


class Labelling(Thing):
    """The next post to label, null at the end, and how far the list is."""

    task: LabelTask | None
    done: int
    total: int
