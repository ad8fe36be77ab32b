"""Change the rules in force: versions with author, order, switches; a refused change stays out.

Everything that is saved passes `check_candidate` first, so the running set is always one that can
run. A change of what a rule does makes a new version; order and the switch do not, so that a rule
is not carried out again for posts it had already.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.rulebook.action_runs import check_rule
from tanggap.inbox.rulebook.rule_review import known_names
from tanggap.inbox.rulebook.rule_versions import diff, same, stored_rule, written
from tanggap.inbox.rulebook.rulebook import current_rules
from tanggap.inbox.services import Services
from tanggap.inbox.serving import labels_of
from tanggap.rules import (
    InvalidRuleError,
    Name,
    Rule,
    RuleSet,
    Team,
    compile_condition,
    dump_rule,
)
from tanggap.rules.review import check_names
from tanggap.rules.yaml_io import STEP
from tanggap.store import audit
from tanggap.store.rules import RuleRow
from tanggap.store.users import list_teams

NEW: Final = 0
"""The version seen by somebody who makes a new rule."""

_STALE: Final = "somebody changed this rule a moment ago; look again"


def read_rule(session: Session, key: str) -> Rule:
    """Give a rule in force; raises `NotFoundError`."""
    for rule in current_rules(session).rules:
        if rule.key == key:
            return rule
    raise NotFoundError(f"there is no rule {key!r}")


def check_candidate(services: Services, session: Session, candidate: Rule) -> RuleSet:
    """Check a rule by itself and among the others; gives the set as it would be.

    Raises `InvalidRuleError` with the place and the fix. What was wrong with other rules before
    does not keep this one from being saved.
    """
    check_meaning(services, session, candidate)
    current = current_rules(session)
    others = [rule for rule in current.rules if rule.key != candidate.key]
    return RuleSet([*others, candidate], lists=current.named_lists)


def check_meaning(services: Services, session: Session, rule: Rule) -> None:
    """Hold a rule against the active model's labels, the teams and the plugins' actions."""
    try:
        compile_condition(rule.condition, labels_of(services.classifier).labels)
    except InvalidRuleError as error:
        raise error.at(rule=rule.key) from error
    check_names(rule, known_names(session))
    check_rule(services.registry, rule, services.settings.private_hosts)


def save_rule(services: Services, rule: Rule, *, seen: int, user_id: int) -> int:
    """Store a new version of a rule and return its number.

    `seen` is the version its author looked at, `NEW` for a rule that did not exist. What changes
    nothing stores nothing. Raises `ConflictError` when somebody was faster and
    `InvalidRuleError` when the rule cannot run; the rules in force stay as they are.
    """
    with services.database.write() as session:
        before = _locked(session, rule.key)
        if (before.version if before else NEW) != seen:
            raise ConflictError(_STALE)
        position = before.position if before else _last_position(session) + STEP
        rule = replace(rule, position=position, version=next_version(session, rule.key))
        check_candidate(services, session, rule)
        return store(session, rule, before, user_id)


def set_enabled(services: Services, key: str, enabled: bool, *, user_id: int) -> bool:
    """Switch a rule on or off at once; tells whether that changed anything.

    A rule is checked again before it is switched on; switching off always works.
    """
    with services.database.write() as session:
        row = _locked(session, key)
        if row is None:
            raise NotFoundError(f"there is no rule {key!r}")
        if row.enabled is enabled:
            return False
        if enabled:
            check_meaning(services, session, stored_rule(row))
        row.enabled = enabled
        action = "rule.enabled" if enabled else "rule.disabled"
        detail = {"version": row.version}
        audit.record(session, action, "rule", key, user_id=user_id, detail=detail)
    return True


def move_rule(services: Services, key: str, places: int, *, user_id: int) -> bool:
    """Move a rule up (negative) or down by places; tells whether the order changed."""
    with services.database.write() as session:
        keys = [rule.key for rule in current_rules(session).rules]
        if key not in keys:
            raise NotFoundError(f"there is no rule {key!r}")
        before = list(keys)
        place = max(0, min(len(keys) - 1, keys.index(key) + places))
        keys.remove(key)
        keys.insert(place, key)
        if keys == before:
            return False
        for number, one in enumerate(keys, start=1):
            session.execute(
                update(RuleRow)
                .where(RuleRow.key == one, RuleRow.current)
                .values(position=number * STEP)
            )
        detail = {"from": before.index(key) + 1, "to": place + 1}
        audit.record(session, "rule.moved", "rule", key, user_id=user_id, detail=detail)
    return True


def delete_rule(services: Services, key: str, *, seen: int, user_id: int) -> None:
    """Take a rule out of force; its versions stay, so that it can be restored."""
    with services.database.write() as session:
        row = _locked(session, key)
        if row is None or row.version != seen:
            raise ConflictError(_STALE)
        retire(session, row, user_id)


def restore_version(services: Services, key: str, number: int, *, seen: int, user_id: int) -> int:
    """Make an earlier version the newest one and return its new number."""
    with services.database.read() as session:
        row = session.scalar(select(RuleRow).where(RuleRow.key == key, RuleRow.version == number))
        if row is None:
            raise NotFoundError(f"the rule {key!r} has no version {number}")
        rule = stored_rule(row)
    return save_rule(services, rule, seen=seen, user_id=user_id)


def retire(session: Session, row: RuleRow, user_id: int | None) -> None:
    """Take a rule out of force."""
    row.current = False
    detail = {"version": row.version, "diff": diff(written(stored_rule(row)), "")}
    audit.record(session, "rule.deleted", "rule", row.key, user_id=user_id, detail=detail)


def store(session: Session, rule: Rule, before: RuleRow | None, user_id: int | None) -> int:
    """Write a version unless it says what the one before says; returns the one in force."""
    if before is not None and same(stored_rule(before), rule):
        return before.version
    old = written(stored_rule(before)) if before else ""
    _add(session, rule, before, user_id)
    detail = {"version": rule.version, "diff": diff(old, written(rule))}
    action = "rule.changed" if before else "rule.created"
    audit.record(session, action, "rule", rule.key, user_id=user_id, detail=detail)
    return rule.version


def with_free_key(session: Session, rule: Rule) -> Rule:
    """Give a new rule a key that no rule has or had."""
    return replace(rule, key=free_key(session, rule.key))


def free_key(session: Session, wanted: str) -> str:
    """Find a key near the wanted one that no rule has or had."""
    taken = set(session.scalars(select(RuleRow.key).where(RuleRow.key.startswith(wanted))))
    if wanted not in taken:
        return wanted
    return next(key for n in range(2, 10_000) if (key := f"{wanted[:58]}-{n}") not in taken)


def _locked(session: Session, key: str) -> RuleRow | None:
    return session.scalar(
        select(RuleRow).where(RuleRow.key == key, RuleRow.current).with_for_update()
    )


def next_version(session: Session, key: str) -> int:
    """Give the number of a rule's next version."""
    newest = select(func.max(RuleRow.version)).where(RuleRow.key == key)
    return (session.scalar(newest) or 0) + 1


def _last_position(session: Session) -> int:
    return session.scalar(select(func.max(RuleRow.position)).where(RuleRow.current)) or 0


def _add(session: Session, rule: Rule, before: RuleRow | None, user_id: int | None) -> None:
    if before is not None:
        before.current = False
        session.flush()  # only one version of a key may be current
    session.add(
        RuleRow(
            key=rule.key,
            version=rule.version,
            enabled=rule.enabled,
            position=rule.position,
            definition=dump_rule(rule),
            author_id=user_id,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError(_STALE) from error


def known_teams(session: Session) -> Collection[Team]:
    """List the teams that rules may name."""
    return [Team(team.key, Name(team.name_id, team.name_en)) for team in list_teams(session)]
