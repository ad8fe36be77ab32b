"""Rules as a YAML file: out for keeping or another installation, and in again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.inbox.rulebook.named_lists import put_list
from tanggap.inbox.rulebook.rule_editing import (
    check_meaning,
    known_teams,
    next_version,
    retire,
    store,
)
from tanggap.inbox.rulebook.rule_versions import same, stored_rule
from tanggap.inbox.rulebook.rulebook import current_rules
from tanggap.inbox.services import Services
from tanggap.inbox.serving import labels_of
from tanggap.rules import RuleSet, dump_rules, load_rules
from tanggap.store.rules import RuleRow


@dataclass(frozen=True, slots=True)
class Imported:
    """How many rules of a file were new, changed, as they were, and taken out of force."""

    created: int
    changed: int
    same: int
    removed: int


def import_rules(
    services: Services, text: str, *, replace_all: bool, user_id: int | None
) -> Imported:
    """Take over a YAML file of rules, in its order: all of it or, when refused, nothing.

    With `replace_all`, rules that the file does not name are taken out of force. Raises
    `InvalidRuleError` with the line in the file.
    """
    labels = labels_of(services.classifier).labels
    wanted = load_rules(text, labels)
    with services.database.write() as session:
        before = {row.key: row for row in session.scalars(select(RuleRow).where(RuleRow.current))}
        created = changed = 0
        for one in wanted.named_lists:
            put_list(session, one.key, one.name_id, one.name_en, one.entries, user_id=user_id)
        for rule in wanted.rules:
            check_meaning(services, session, rule)
            row = before.pop(rule.key, None)
            new = replace(rule, version=next_version(session, rule.key))
            if row is None or not same(stored_rule(row), rule):
                store(session, new, row, user_id)
                created, changed = created + (row is None), changed + (row is not None)
            else:
                row.position = rule.position
        gone = list(before.values()) if replace_all else []
        for row in gone:
            retire(session, row, user_id)
        session.flush()
        RuleSet(current_rules(session).rules)
    return Imported(created, changed, len(wanted.rules) - created - changed, len(gone))


def export_rules(session: Session) -> str:
    """Write the rules in force as YAML that `import_rules` takes."""
    current = current_rules(session)
    return dump_rules(RuleSet(current.rules, known_teams(session), current.named_lists))
