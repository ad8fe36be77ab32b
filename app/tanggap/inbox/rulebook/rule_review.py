"""Hold rules against what there is: teams, people, templates, lists, labels, plugins' actions."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tanggap.inbox.rulebook.action_runs import check_rule
from tanggap.inbox.rulebook.rulebook import current_rules, strangers
from tanggap.inbox.services import Services
from tanggap.inbox.serving import labels_of
from tanggap.inbox.tone.answer_templates import templates_in_force
from tanggap.rules import InvalidRuleError, RuleSet
from tanggap.rules.review import KnownNames, Remark, review
from tanggap.store.rules import NamedList
from tanggap.store.users import Team, User


def known_names(session: Session) -> KnownNames:
    """List what rules may name."""
    return KnownNames(
        teams=set(session.scalars(select(Team.key))),
        people=set(session.scalars(select(func.lower(User.email)).where(User.active))),
        templates={template.key for template in templates_in_force(session)},
        lists=set(session.scalars(select(NamedList.key))),
    )


def review_rules(
    services: Services, session: Session, ruleset: RuleSet | None = None
) -> list[Remark]:
    """List what is wrong or doubtful in a set, or in the rules in force, in their order."""
    rules = ruleset or current_rules(session)
    known = known_names(session)
    if ruleset is not None:
        known = KnownNames(
            teams={*(known.teams or ()), *(team.key for team in ruleset.teams)},
            people=known.people,
            templates=known.templates,
            lists={*(known.lists or ()), *(one.key for one in ruleset.named_lists)},
        )
    remarks = review(rules, known)
    labels = labels_of(services.classifier).labels
    remarks += [_remark(key, error) for key, error in strangers(session, labels, rules)]
    for rule in rules.rules:
        if not rule.enabled:
            continue
        try:
            check_rule(services.registry, rule, services.settings.private_hosts)
        except InvalidRuleError as error:
            remarks.append(_remark(rule.key, error))
    order = {rule.key: place for place, rule in enumerate(rules.rules)}
    return sorted(dict.fromkeys(remarks), key=lambda remark: order[remark.rule])


def _remark(key: str, error: InvalidRuleError) -> Remark:
    field = error.field or "condition"
    return Remark(level="error", rule=key, field=field, problem=error.problem, fix=error.fix)
