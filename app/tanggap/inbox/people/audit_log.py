"""Read the audit log: who did what to which object, from what to what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from tanggap.store.audit import AuditEntry
from tanggap.store.users import User

PAGE_SIZE: Final = 50
_NOBODY: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of the log is shown; None and "" mean everything. Times are UTC, `until` excluded."""

    user_id: int | None = None
    object_type: str = ""
    object_id: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact of an entry; `before` is empty where the entry is no change."""

    name: str
    before: str
    after: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Line:
    """An entry with the name of who did it; empty for the system itself."""

    entry: AuditEntry
    name: str
    facts: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class Page:
    """One page, newest first; `before` leads to the next, None on the last."""

    lines: Sequence[Line]
    before: int | None


def list_entries(session: Session, wanted: Wanted, before: int | None = None) -> Page:
    """List entries in one query."""
    query = (
        select(AuditEntry, User.name)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .where(*_guards(wanted, before))
        .order_by(AuditEntry.id.desc())
        .limit(PAGE_SIZE + 1)
    )
    rows = session.execute(query).all()
    lines = [Line(row[0], row[1] or "", facts_of(row[0].detail)) for row in rows[:PAGE_SIZE]]
    return Page(lines, lines[-1].entry.id if len(rows) > PAGE_SIZE else None)


def known_values(session: Session) -> tuple[list[str], list[str]]:
    """List the object types and the actions that occur."""
    return _distinct(session, AuditEntry.object_type), _distinct(session, AuditEntry.action)


def facts_of(detail: Mapping[str, Any]) -> list[Difference]:
    """List what an entry says: what changed with both values, else what it holds."""
    found = _change(detail)
    if found is None:
        return [Difference(name, "", _written(value), False) for name, value in detail.items()]
    before, after = found
    names = dict.fromkeys([*before, *after])
    return [
        Difference(name, _written(before.get(name)), _written(after.get(name)), True)
        for name in names
        if before.get(name, _NOBODY) != after.get(name, _NOBODY)
    ]


def _change(detail: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """Find both sides of a change, in whichever way the entry writes them."""
    for old, new in (("before", "after"), ("old", "new")):
        if old in detail and new in detail:
            sides = detail[old], detail[new]
            if all(side is None or isinstance(side, Mapping) for side in sides):
                return sides[0] or {}, sides[1] or {}
            return {"value": sides[0]}, {"value": sides[1]}
    pairs = detail.get("changed")
    if isinstance(pairs, Mapping) and all(isinstance(one, list) for one in pairs.values()):
        return {name: one[0] for name, one in pairs.items()}, {
            name: one[1] for name, one in pairs.items()
        }
    return None


def _guards(wanted: Wanted, before: int | None) -> list[ColumnElement[bool]]:
    entry = AuditEntry
    guards: list[ColumnElement[bool]] = []
    if wanted.user_id is not None:
        guards.append(entry.user_id == wanted.user_id)
    if wanted.object_type:
        guards.append(entry.object_type == wanted.object_type)
    if wanted.object_id:
        guards.append(entry.object_id == wanted.object_id)
    if wanted.action:
        guards.append(entry.action == wanted.action)
    if wanted.since is not None:
        guards.append(entry.at >= wanted.since)
    if wanted.until is not None:
        guards.append(entry.at < wanted.until)
    if before is not None:
        guards.append(entry.id < before)
    return guards


def _distinct(session: Session, column: InstrumentedAttribute[str]) -> list[str]:
    """List a column's values by hopping from one to the next in its index, however long it is."""
    hops = select(func.min(column).label("value")).cte("hops", recursive=True)
    following = select(func.min(column)).where(column > hops.c.value).scalar_subquery()
    hops = hops.union_all(select(following).where(hops.c.value.is_not(None)))
    return [value for value in session.scalars(select(hops.c.value)) if value is not None]


def _written(value: object) -> str:
    if value is None or value == []:
        return "–"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
