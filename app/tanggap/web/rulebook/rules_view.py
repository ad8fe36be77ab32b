"""What the pages of rules show: the list, the choices of the editor, and its preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tanggap.inbox.rulebook.dry_run import DryRun, Place, dry_run
from tanggap.inbox.rulebook.rule_editing import check_candidate
from tanggap.inbox.rulebook.rule_form import Problems, RuleForm, place_of, rule_of
from tanggap.inbox.rulebook.rule_review import review_rules
from tanggap.inbox.rulebook.rulebook import current_rules
from tanggap.inbox.services import Services
from tanggap.inbox.tone.answer_templates import list_templates
from tanggap.rules import InvalidRuleError, Rule
from tanggap.rules.builder import Subject, subjects
from tanggap.rules.review import Remark
from tanggap.sdk.types import ConfigField
from tanggap.store.accounts import list_accounts
from tanggap.store.base import utcnow
from tanggap.store.rules import NamedList, RuleRow, RuleRun
from tanggap.store.users import Team, User, list_teams, list_users
from tanggap.web.clocks.clock_words import CLOCKS
from tanggap.web.i18n import PRIORITIES, language, name_of, told
from tanggap.web.labels import current_labels
from tanggap.web.rulebook import rule_words
from tanggap.web.rulebook.rule_problems import explain_rule
from tanggap.web.rulebook.rule_words import Words
from tanggap.web.time_words import times_of
from tanggap.web.tone.tone_words import FORMALITIES

WEEK: Final = timedelta(days=7)
TRIED: Final = (200, 1_000, 5_000)
"""How many posts a rule may be tried on."""

Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Listed:
    """A rule in the list; `remarks` say what is wrong or doubtful about it among the others."""

    rule: Rule
    condition: str
    actions: Sequence[str]
    times: Sequence[str]
    matched: int
    author: str
    changed_at: datetime | None
    remarks: Sequence[Remark]


@dataclass(frozen=True, slots=True)
class Options:
    """What the editor offers to choose from."""

    subjects: Mapping[str, Subject]
    values: Mapping[str, Choices]
    choices: Mapping[str, Choices]
    teams: Sequence[Team]
    plugin_actions: Mapping[str, tuple[str, Sequence[ConfigField]]]

    @property
    def words(self) -> Words:
        """The words for this choice."""
        return Words(self.teams, self.subjects, dict(self.values.get("author.lists", ())))


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule means and would have done; without `found` it cannot be tried yet."""

    condition: str
    actions: Sequence[str]
    cel: str
    found: DryRun | None
    posts: int


def list_rules(services: Services, session: Session) -> list[Listed]:
    """List the rules in force with what they did in the last seven days."""
    words = options(services, session).words
    remarks = review_rules(services, session)
    matched = dict(
        session.execute(
            select(RuleRun.rule_key, func.count())
            .where(RuleRun.matched, RuleRun.created_at >= utcnow() - WEEK)
            .group_by(RuleRun.rule_key)
        ).all()
    )
    written = {
        row.key: row
        for row in session.execute(
            select(RuleRow.key, RuleRow.created_at, User.name)
            .outerjoin(User, User.id == RuleRow.author_id)
            .where(RuleRow.current)
        )
    }
    return [
        Listed(
            rule,
            words.condition(rule.condition),
            words.actions(rule),
            times_of(rule),
            matched.get(rule.key, 0),
            written[rule.key].name or "",
            written[rule.key].created_at,
            [remark for remark in remarks if remark.rule == rule.key],
        )
        for rule in current_rules(session).rules
    ]


def options(services: Services, session: Session) -> Options:
    """Collect what the editor offers."""
    known = subjects(current_labels())
    words = Words(subjects=known)
    values: dict[str, Choices] = {
        name: [(value, words.value(name, value).strip("“”")) for value in subject.values]
        for name, subject in known.items()
        if subject.values
    }
    channels = services.registry.channels
    values["channel"] = [(key, loaded.channel.name) for key, loaded in channels.items()]
    handles = sorted({account.handle for account in list_accounts(session) if account.handle})
    values["account"] = [(handle, handle) for handle in handles]
    teams = list_teams(session)
    values["conversation.team"] = [(team.key, team.name_in(language())) for team in teams]
    lists = list(list_names(session).items())
    values.update(dict.fromkeys(("author.lists", "mentions_list()", "words_list()"), lists))
    return Options(
        subjects={
            name: replace(subject, values=tuple(value for value, _ in values.get(name, ())))
            for name, subject in known.items()
        },
        values={name: choices for name, choices in values.items() if choices},
        choices=_choices(session, teams),
        teams=teams,
        plugin_actions={
            key: (told(loaded.action.name), loaded.action.fields)
            for key, loaded in services.registry.rule_actions.items()
        },
    )


def checked(
    services: Services, session: Session, form: RuleForm, before: Rule | None
) -> tuple[Rule | None, Problems]:
    """Read the form into a rule and hold it against the whole set."""
    rule, problems = rule_of(form, before, current_labels())
    if rule is not None:
        try:
            check_candidate(services, session, rule)
        except InvalidRuleError as error:
            problems[place_of(error)] = error
    return rule, problems


def preview(
    session: Session, form: RuleForm, rule: Rule | None, shown: Options, posts: int
) -> Preview:
    """Say what a rule means, and try it on the newest posts where it can be tried."""
    posts = posts if posts in TRIED else TRIED[1]
    found = dry_run(session, rule, posts=posts) if rule is not None else None
    words = shown.words
    condition = words.condition(rule.condition) if rule is not None else ""
    actions = words.actions(rule) if rule is not None else []
    return Preview(condition, actions, form.condition, found, posts)


def place_name(place: Place, teams: Sequence[Team]) -> str:
    """Name where a post goes."""
    if place.not_ours:
        return str(gettext("not ours"))
    names = {team.key: team.name_in(language()) for team in teams}
    team = names.get(place.team or "", place.team or str(gettext("no team")))
    checks = [str(gettext("a person checks the label"))] if place.needs_human else []
    return " · ".join([team, name_of(place.priority, "priority"), *checks])


def remark_text(remark: Remark) -> str:
    """Say what is wrong or doubtful in the reader's language."""
    return explain_rule(InvalidRuleError(remark.problem, remark.fix, field=remark.field))


def _choices(session: Session, teams: Sequence[Team]) -> dict[str, Choices]:
    """List what actions can be given, by the kind of input."""
    named = [(team.key, team.name_in(language())) for team in teams]
    clocks = [(key, str(name)) for key, name in CLOCKS.items()]
    people = [(person.email, person.name) for person in list_users(session)]
    return {
        "team": named,
        "person": people,
        "whom": [
            ("assignee", str(gettext("whoever has the case"))),
            *((f"team:{key}", name) for key, name in named),
            *((f"person:{email}", name) for email, name in people),
        ],
        "priority": [(key, str(name)) for key, name in PRIORITIES.items()],
        "formality": [(key, str(name)) for key, name in FORMALITIES.items()],
        "level": [(key, str(name)) for key, name in rule_words.LEVELS.items()],
        "clock": clocks,
        "clocks": [("all", str(gettext("all clocks"))), *clocks],
        "template": [(key, key) for key in _template_keys(session)],
    }


def _template_keys(session: Session) -> list[str]:
    return sorted({kept.template.key for kept in list_templates(session)})


def list_names(session: Session) -> dict[str, str]:
    """Name the lists that rules read, by key."""
    rows = session.scalars(select(NamedList).order_by(NamedList.key))
    return {row.key: row.name_id if language() == "id" else row.name_en for row in rows}
