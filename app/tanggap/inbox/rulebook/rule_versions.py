"""The versions of rules: what each says, who wrote it, and what it changed."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError
from tanggap.rules import Rule, dump_rule, load_rule
from tanggap.rules.yaml_io import STEP
from tanggap.store.rules import RuleRow
from tanggap.store.users import User


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a rule; `diff` are the lines that changed since the one before it."""

    number: int
    current: bool
    author: str
    at: datetime
    diff: Sequence[str]


def history(session: Session, key: str) -> list[Version]:
    """List the versions of a rule, the newest first; raises `NotFoundError`."""
    rows = session.execute(
        select(RuleRow, User.name)
        .outerjoin(User, User.id == RuleRow.author_id)
        .where(RuleRow.key == key)
        .order_by(RuleRow.version)
    ).all()
    if not rows:
        raise NotFoundError(f"there is no rule {key!r}")
    versions: list[Version] = []
    before = ""
    for row, name in rows:
        definition = written(stored_rule(row))
        lines = diff(before, definition) if before else []
        versions.append(Version(row.version, row.current, name or "", row.created_at, lines))
        before = definition
    return versions[::-1]


def deleted_rules(session: Session) -> dict[str, Rule]:
    """Map the keys of rules that are out of force to their last version."""
    alive = select(RuleRow.key).where(RuleRow.current)
    rows = session.scalars(
        select(RuleRow).where(RuleRow.key.not_in(alive)).order_by(RuleRow.key, RuleRow.version)
    )
    return {row.key: stored_rule(row) for row in rows}


def stored_rule(row: RuleRow) -> Rule:
    """Read a stored version; order and switch are those of its row."""
    rule = load_rule(row.definition, labels=None)
    return replace(rule, version=row.version, position=row.position, enabled=row.enabled)


def same(one: Rule, other: Rule) -> bool:
    """Tell whether two versions do the same."""
    return written(one) == written(other) and one.enabled == other.enabled


def written(rule: Rule) -> str:
    """Write what a version says; order and switch are no part of it."""
    return dump_rule(replace(rule, version=1, position=STEP, enabled=True))


def diff(old: str, new: str) -> list[str]:
    """List the lines that went and came."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]
