"""Lists of handles and names that rules read and people edit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.rulebook.rulebook import current_rules
from tanggap.inbox.services import Services
from tanggap.rules import InvalidRuleError, RuleSet
from tanggap.rules import lists as rule_lists
from tanggap.rules.actions import KEY
from tanggap.rules.conditions import Condition, try_condition
from tanggap.store import audit
from tanggap.store.base import utcnow
from tanggap.store.rules import NamedList

MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class ListView:
    """A list with the keys of the rules in force that read it; `version` guards changes."""

    row: NamedList
    used_by: Sequence[str]
    version: str


def list_lists(session: Session) -> list[ListView]:
    """List all lists by key."""
    rules = current_rules(session)
    rows = session.scalars(select(NamedList).order_by(NamedList.key))
    return [ListView(row, _users(rules, row.key), version_of(row)) for row in rows]


def read_list(session: Session, key: str) -> ListView:
    """Give one list; raises `NotFoundError`."""
    for one in list_lists(session):
        if one.row.key == key:
            return one
    raise NotFoundError(f"there is no list {key!r}")


def version_of(row: NamedList) -> str:
    """Name the state of a list, so that nobody overwrites a colleague's change."""
    return row.updated_at.isoformat()


def save_list(
    services: Services,
    key: str,
    *,
    name_id: str,
    name_en: str,
    entries: Iterable[str],
    seen: str = "",
    user_id: int | None = None,
) -> bool:
    """Store a list, a new one where there is none of this key; tells whether that changed it.

    Entries are trimmed, and empty ones dropped. Raises `InvalidRuleError` for what cannot be
    stored and `ConflictError` when somebody changed it since it was `seen` in this version.
    """
    with services.database.write() as session:
        row = session.scalar(select(NamedList).where(NamedList.key == key).with_for_update())
        if (version_of(row) if row else "") != seen:
            raise ConflictError("somebody changed this list a moment ago; look again")
        return put_list(session, key, name_id, name_en, entries, user_id=user_id)


def put_list(
    session: Session,
    key: str,
    name_id: str,
    name_en: str,
    entries: Iterable[str],
    *,
    user_id: int | None,
) -> bool:
    """Store a list whatever it was before; tells whether that changed it."""
    if not KEY.fullmatch(key):
        raise InvalidRuleError(
            f"{key!r} cannot be a key",
            "Use lower-case letters, digits, - and _, beginning with a letter.",
            field="key",
        )
    names = [" ".join(name.split())[:MAX_NAME] for name in (name_id, name_en)]
    if not all(names):
        raise InvalidRuleError("the name is missing", "Write one in each language.", field="name")
    wanted = list(rule_lists.read_entries([plain for one in entries if (plain := one.strip())]))
    row = session.scalar(select(NamedList).where(NamedList.key == key))
    if row is not None and [row.name_id, row.name_en, row.entries] == [*names, wanted]:
        return False
    before = set(row.entries) if row else set()
    if row is None:
        row = NamedList(key=key)
        session.add(row)
    row.name_id, row.name_en, row.entries = names[0], names[1], wanted
    row.author_id, row.updated_at = user_id, utcnow()
    detail = {
        "added": sorted(set(wanted) - before)[:100],
        "removed": sorted(before - set(wanted))[:100],
    }
    audit.record(session, "list.changed", "list", key, user_id=user_id, detail=detail)
    session.flush()
    return True


def delete_list(services: Services, key: str, *, user_id: int | None = None) -> None:
    """Delete a list; raises `ConflictError` while a rule in force reads it."""
    with services.database.write() as session:
        row = session.scalar(select(NamedList).where(NamedList.key == key).with_for_update())
        if row is None:
            raise NotFoundError(f"there is no list {key!r}")
        users = _users(current_rules(session), key)
        if users:
            raise ConflictError(
                f"the list {key!r} is read by {', '.join(users)}; change these rules first"
            )
        session.delete(row)
        detail = {"entries": list(row.entries)[:100]}
        audit.record(session, "list.deleted", "list", key, user_id=user_id, detail=detail)


def _users(rules: RuleSet, key: str) -> list[str]:
    return [
        rule.key
        for rule in rules.rules
        if isinstance(condition := try_condition(rule.condition), Condition)
        and (key in condition.reads.lists or f'"{key}" in author.lists' in rule.condition)
    ]
