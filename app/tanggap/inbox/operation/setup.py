"""What a new installation begins with."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tanggap.inbox.clocks import sla
from tanggap.inbox.forms.forms import verifying_form
from tanggap.rules import dump_rule, load_default_rules
from tanggap.store.rules import NamedList, RuleRow
from tanggap.store.users import Team


def ensure_defaults(session: Session) -> None:
    """Create the default teams, rules, lists, targets and forms where there are none at all."""
    defaults = load_default_rules()
    if not session.scalar(select(func.count()).select_from(Team)):
        for team in defaults.teams:
            session.add(Team(key=team.key, name_id=team.name.id, name_en=team.name.en))
    if not session.scalar(select(func.count()).select_from(RuleRow)):
        for rule in defaults.rules:
            session.add(
                RuleRow(
                    key=rule.key,
                    version=rule.version,
                    enabled=rule.enabled,
                    position=rule.position,
                    definition=dump_rule(rule),
                )
            )
    if not session.scalar(select(func.count()).select_from(NamedList)):
        for one in defaults.named_lists:
            session.add(
                NamedList(
                    key=one.key, name_id=one.name_id, name_en=one.name_en, entries=list(one.entries)
                )
            )
    session.flush()
    sla.ensure_policies(session)
    verifying_form(session)
