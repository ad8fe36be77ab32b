"""What a new installation begins with."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tanggap.inbox import sla
from tanggap.rules import dump_rule, load_default_rules
from tanggap.store.rules import RuleRow
from tanggap.store.users import Team


def ensure_defaults(session: Session) -> None:
    """Create the default teams, rules and targets where there are none at all."""
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
    session.flush()
    sla.ensure_policies(session)
