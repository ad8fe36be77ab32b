"""Rules in plain words: conditions, actions and what starts them, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from flask_babel import gettext, lazy_gettext

from tanggap.rules import Rule, actions_to_data
from tanggap.rules.builder import Group, Row, Subject
from tanggap.rules.builder_reading import read_rows
from tanggap.store.users import Team
from tanggap.web.i18n import language, name_of
from tanggap.web.labels import label_name
from tanggap.web.rulebook.action_words import action_text
from tanggap.web.templating import channel_name

SUBJECTS: Final = {
    "label": lazy_gettext("label"),
    "confidence": lazy_gettext("confidence"),
    "certain": lazy_gettext("label is certain"),
    "language": lazy_gettext("language"),
    "channel": lazy_gettext("platform"),
    "account": lazy_gettext("account"),
    "kind": lazy_gettext("kind of post"),
    "visibility": lazy_gettext("visibility"),
    "text": lazy_gettext("text"),
    "mentions": lazy_gettext("mentioned handles"),
    "hashtags": lazy_gettext("hashtags"),
    "author.handle": lazy_gettext("author's handle"),
    "author.name": lazy_gettext("author's name"),
    "author.followers": lazy_gettext("author's followers"),
    "author.verified": lazy_gettext("author is verified"),
    "author.identity_verified": lazy_gettext("author is a customer you verified"),
    "engagement.likes": lazy_gettext("likes"),
    "engagement.replies": lazy_gettext("replies"),
    "engagement.reposts": lazy_gettext("reposts"),
    "conversation.state": lazy_gettext("state of the case"),
    "conversation.posts": lazy_gettext("posts in the case"),
    "conversation.reopened": lazy_gettext("case was reopened"),
    "links": lazy_gettext("links"),
    "author.tier": lazy_gettext("author's reach"),
    "author.lists": lazy_gettext("lists the author is on"),
    "author.previous_cases": lazy_gettext("author's earlier cases"),
    "author.last_satisfaction": lazy_gettext("author's last satisfaction"),
    "engagement.per_hour": lazy_gettext("engagement an hour"),
    "conversation.answered": lazy_gettext("case was answered"),
    "conversation.handover": lazy_gettext("how far it is to private and back"),
    "conversation.assigned": lazy_gettext("somebody has the case"),
    "conversation.team": lazy_gettext("team of the case"),
    "conversation.priority": lazy_gettext("priority of the case"),
    "conversation.tags": lazy_gettext("tags of the case"),
    "conversation.age_hours": lazy_gettext("age of the case in hours"),
    "conversation.waiting_minutes": lazy_gettext("minutes the customer waits"),
    "time.hour": lazy_gettext("hour of the day"),
    "time.weekday": lazy_gettext("day of the week"),
    "time.business_hours": lazy_gettext("within business hours"),
    "mentions_list()": lazy_gettext("a handle named is on the list"),
    "words_list()": lazy_gettext("a word of the text is on the list"),
    "words_any()": lazy_gettext("words in the text"),
    "mentions_any()": lazy_gettext("handles named"),
    "hashtags_any()": lazy_gettext("hashtags used"),
}
OPERATORS: Final = {
    "yes": lazy_gettext("yes"),
    "no": lazy_gettext("no"),
    "is": lazy_gettext("is"),
    "is_not": lazy_gettext("is not"),
    "any": lazy_gettext("any of"),
    "none": lazy_gettext("none of"),
    "has": lazy_gettext("has"),
    "has_not": lazy_gettext("has not"),
    "contains": lazy_gettext("contains"),
    "not_contains": lazy_gettext("does not contain"),
    "startsWith": lazy_gettext("begins with"),
    "not_startsWith": lazy_gettext("does not begin with"),
    "endsWith": lazy_gettext("ends with"),
    "not_endsWith": lazy_gettext("does not end with"),
    "matches": lazy_gettext("matches the pattern"),
    "not_matches": lazy_gettext("does not match the pattern"),
    "==": "=",
    "!=": "≠",
    "<": "<",
    "<=": "≤",
    ">": ">",
    ">=": "≥",
}
JOINS: Final = {
    "all": lazy_gettext("all of these hold"),
    "any": lazy_gettext("any of these holds"),
    "none": lazy_gettext("none of these holds"),
    "not_all": lazy_gettext("not all of these hold"),
}
TRIGGERS: Final = {
    "post_triaged": lazy_gettext("A post was labelled"),
    "post_edited": lazy_gettext("A post was edited"),
    "post_deleted": lazy_gettext("A post was deleted on the platform"),
    "engagement_grew": lazy_gettext("A post spreads"),
    "author_replied": lazy_gettext("The customer answered us"),
    "reply_sent": lazy_gettext("An answer was sent"),
    "reply_failed": lazy_gettext("An answer could not be sent"),
    "case_opened": lazy_gettext("A case was opened"),
    "case_assigned": lazy_gettext("A case was given to somebody"),
    "case_reopened": lazy_gettext("A case was opened again"),
    "case_resolved": lazy_gettext("A case was resolved"),
    "clock_warning": lazy_gettext("A target is about to be missed"),
    "clock_broken": lazy_gettext("A target was missed"),
    "no_answer": lazy_gettext("The customer waits without an answer for"),
    "schedule": lazy_gettext("On a schedule"),
}
ACTIONS: Final = {
    "assign_team": lazy_gettext("Give it to a team"),
    "assign_person": lazy_gettext("Give it to a person"),
    "assign_by_load": lazy_gettext("Give it to whoever has the least to do"),
    "set_priority": lazy_gettext("Set the priority"),
    "add_tags": lazy_gettext("Add tags"),
    "remove_tags": lazy_gettext("Remove tags"),
    "set_tone_profile": lazy_gettext("Have answers sound"),
    "suggest_template": lazy_gettext("Suggest a template first"),
    "notify": lazy_gettext("Tell people"),
    "raise_alert": lazy_gettext("Raise an alert"),
    "pause_clock": lazy_gettext("Pause clocks"),
    "resume_clock": lazy_gettext("Let clocks run again"),
    "start_clock": lazy_gettext("Hold it to a target of its own"),
    "call": lazy_gettext("Have a plugin do something"),
    "require_approval": lazy_gettext("Have answers approved"),
    "hide": lazy_gettext("Hide the post on the platform"),
    "mark_not_ours": lazy_gettext("Take it out of the queue"),
    "request_human": lazy_gettext("Have a person check the label"),
    "stop": lazy_gettext("Consider no further rules"),
}
INPUTS: Final = {
    "team": lazy_gettext("Team"),
    "person": lazy_gettext("Person"),
    "skills": lazy_gettext("Skills, separated by commas"),
    "sticky": lazy_gettext("whoever answered this customer last comes first"),
    "priority": lazy_gettext("Priority"),
    "tags": lazy_gettext("Tags, separated by commas"),
    "formality": lazy_gettext("Formality"),
    "template": lazy_gettext("Template"),
    "whom": lazy_gettext("Whom"),
    "text": lazy_gettext("What to tell them"),
    "email": lazy_gettext("by e-mail too"),
    "level": lazy_gettext("Level"),
    "clock": lazy_gettext("Clock"),
    "within": lazy_gettext("Within"),
    "action": lazy_gettext("Action of a plugin"),
    "yaml": lazy_gettext("Value, as in a file"),
}
LEVELS: Final = {
    "notice": lazy_gettext("Notice"),
    "warning": lazy_gettext("Warning"),
    "incident": lazy_gettext("Incident"),
}
VISIBILITIES: Final = {"public": lazy_gettext("public"), "private": lazy_gettext("private")}
_NOUNS: Final = {
    "language": "language",
    "kind": "kind",
    "conversation.state": "state",
    "conversation.priority": "priority",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What the words of rules refer to."""

    teams: Sequence[Team] = ()
    subjects: Mapping[str, Subject] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)

    def condition(self, source: str) -> str:
        """Say a condition in words; one that rows cannot say stays as it is written."""
        group = read_rows(source)
        if group is None:
            return source
        if not group.parts:
            return str(gettext("every post"))
        return self._group(group, outermost=True)

    def actions(self, rule: Rule) -> list[str]:
        """Say each action in words."""
        return [action_text(entry, self.teams) for entry in actions_to_data(rule.actions)]

    def _group(self, group: Group, *, outermost: bool = False) -> str:
        parts = [self.row(p) if isinstance(p, Row) else self._group(p) for p in group.parts]
        joiner = gettext("and") if group.join == "all" else gettext("or")
        text = f" {joiner} ".join(parts)
        if group.negated:
            return str(gettext("not (%(condition)s)", condition=text))
        return text if outermost else f"({text})"

    def row(self, row: Row) -> str:
        """Say one row in words."""
        name = subject_name(row.subject)
        if row.operator in ("yes", "no"):
            return name if row.operator == "yes" else _not(name)
        if row.operator.startswith("size"):
            sign = OPERATORS[row.operator.removeprefix("size")]
            return str(gettext("number of %(things)s", things=f"{name} {sign} {row.values[0]}"))
        values = [self.value(row.subject, value) for value in row.values]
        if row.subject in LISTED:
            said = f"{name} {values[0] if values else ''}".strip()
            return said if row.operator == "any" else _not(said)
        either = gettext("or")
        shown = f" {either} ".join(values[:_SHOWN])
        if len(values) > _SHOWN:
            shown = gettext("%(shown)s and %(num)d more", shown=shown, num=len(values) - _SHOWN)
        return f"{name} {operator_name(row.operator)} {shown}"

    def value(self, subject: str, value: str) -> str:
        """Name a value of a variable."""
        if subject in _NOUNS:
            return name_of(value, _NOUNS[subject])
        if subject in LISTED or subject == "author.lists":
            return f"“{self.lists.get(value, value)}”"
        namers: dict[str, Callable[[str], str]] = {
            "label": label_name,
            "channel": channel_name,
            "visibility": lambda one: str(VISIBILITIES.get(one, one)),
            "conversation.team": self._team,
        }
        if subject in namers:
            return namers[subject](value)
        known = self.subjects.get(subject)
        number = known is not None and known.operators.get("<") == "number"
        return value if number else f"“{value}”"

    def _team(self, key: str) -> str:
        return {team.key: team.name_in(language()) for team in self.teams}.get(key, key)


LISTED: Final = frozenset({"mentions_list()", "words_list()"})
"""Functions that hold for one list; their names say the comparison already."""

_SHOWN: Final = 4
"""Values of a row that are named; a list of a hundred handles would not be read."""


def subject_name(name: str) -> str:
    """Name what a row is about; what is not known here by its name in conditions."""
    if name in SUBJECTS:
        return str(SUBJECTS[name])
    group, _, label = name.partition(".")
    if group == "probabilities":
        return str(gettext("probability of %(label)s", label=label_name(label)))
    return name


def operator_name(operator: str) -> str:
    """Name an operator; a method that is not known here by its name in conditions."""
    if operator.startswith("size"):
        sign = OPERATORS[operator.removeprefix("size")]
        return str(gettext("count %(sign)s", sign=sign))
    if operator in OPERATORS:
        return str(OPERATORS[operator])
    bare = operator.removeprefix("not_")
    return bare if bare == operator else _not(bare)


def trigger_name(trigger: str) -> str:
    """Name what starts a rule."""
    return str(TRIGGERS.get(trigger, trigger.replace("_", " ")))


def action_name(action: str) -> str:
    """Name an action as one chooses it."""
    return str(ACTIONS.get(action, action.replace("_", " ")))


def input_name(name: str) -> str:
    """Name what an action asks for."""
    return str(INPUTS.get(name, name))


def _not(words: str) -> str:
    return str(gettext("not %(what)s", what=words))
