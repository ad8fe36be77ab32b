"""The rules in force, read from the database and compiled once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import lru_cache

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.rules import InvalidRuleError, Rule, RuleSet, compile_condition, load_rule
from tanggap.rules.lists import NamedList
from tanggap.rules.model import Name
from tanggap.store.rules import NamedList as NamedListRow
from tanggap.store.rules import RuleRow

log = structlog.get_logger(__name__)


def current_rules(session: Session) -> RuleSet:
    """Load the rules in force; parsing is paid only when one of them changed."""
    rows = session.execute(
        select(RuleRow.definition, RuleRow.version, RuleRow.position, RuleRow.enabled).where(
            RuleRow.current
        )
    ).all()
    lists = session.execute(
        select(NamedListRow.key, NamedListRow.name_id, NamedListRow.name_en, NamedListRow.entries)
    ).all()
    named = sorted((key, id_, en, tuple(entries)) for key, id_, en, entries in lists)
    return _rule_set(tuple(sorted(tuple(row) for row in rows)), tuple(named))


def strangers(
    session: Session, labels: Collection[str], ruleset: RuleSet | None = None
) -> Iterator[tuple[str, InvalidRuleError]]:
    """Find the rules in force that name a label the active model never gives, and say where."""
    for rule in (ruleset or current_rules(session)).rules:
        if not rule.enabled:
            continue
        try:
            compile_condition(rule.condition, labels)
        except InvalidRuleError as error:
            yield rule.key, error


def rules_of(session: Session, keys: Collection[str]) -> dict[tuple[str, int], Rule]:
    """Give every version of these rules, by key and version."""
    rows = session.execute(
        select(RuleRow.key, RuleRow.version, RuleRow.definition).where(RuleRow.key.in_(keys))
    )
    found = {(row.key, row.version): _readable(row.definition) for row in rows}
    return {key: rule for key, rule in found.items() if rule is not None}


def rule_names(session: Session, keys: Collection[str]) -> dict[tuple[str, int], Name]:
    """Name every version of these rules, by key and version."""
    return {known: rule.name for known, rule in rules_of(session, keys).items()}


@lru_cache(maxsize=4)
def _rule_set(
    rows: tuple[tuple[str, int, int, bool], ...],
    lists: tuple[tuple[str, str, str, tuple[str, ...]], ...],
) -> RuleSet:
    rules = (
        replace(rule, version=version, position=position, enabled=enabled)
        for definition, version, position, enabled in rows
        if (rule := _readable(definition)) is not None
    )
    return RuleSet(rules, lists=[NamedList(*one) for one in lists])


def _readable(definition: str) -> Rule | None:
    """Read a stored rule; one that cannot be read must not keep the others from running."""
    try:
        return _parse(definition)
    except InvalidRuleError as error:
        log.warning("a stored rule cannot be read and is passed over", reason=str(error))
        return None


@lru_cache(maxsize=2_000)
def _parse(definition: str) -> Rule:
    return load_rule(definition, labels=None)
