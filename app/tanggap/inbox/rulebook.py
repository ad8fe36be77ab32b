"""The rules in force, read from the database and compiled once."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.rules import Rule, RuleSet, load_rule
from tanggap.store.rules import RuleRow


def current_rules(session: Session) -> RuleSet:
    """Load the rules in force; parsing is paid only when one of them changed."""
    rows = session.execute(
        select(RuleRow.definition, RuleRow.version, RuleRow.position, RuleRow.enabled).where(
            RuleRow.current
        )
    ).all()
    return _rule_set(tuple(sorted(tuple(row) for row in rows)))


@lru_cache(maxsize=4)
def _rule_set(rows: tuple[tuple[str, int, int, bool], ...]) -> RuleSet:
    return RuleSet(
        replace(_parse(definition), version=version, position=position, enabled=enabled)
        for definition, version, position, enabled in rows
    )


@lru_cache(maxsize=2_000)
def _parse(definition: str) -> Rule:
    return load_rule(definition)
