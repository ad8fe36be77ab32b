"""Write down, for every table, which of its rows are in sight.

What hangs on a case is found by the foreign keys, so that a new table is limited from its first
day. `tests/store/test_limits.py` asks for a decision about a table that hangs on none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from sqlalchemy import BigInteger, BindParameter, Column, String, Table, bindparam
from sqlalchemy.dialects.postgresql import ARRAY

from tanggap.store import sight
from tanggap.store.base import Base

CASES: Final = "conversations"
POSTS: Final = "posts"
AUTHORS: Final = "authors"
ACCOUNTS: Final = "accounts"

_NEAREST: Final = (CASES, POSTS)
_FARTHEST: Final = (AUTHORS, ACCOUNTS)
_ASKED: Final = "consultations"
ASKING: Final = ("consult_asked", "consult_due")
"""What the bell says of questions to a team."""

_MAILS: Final = "mails"
_BELL: Final = "notifications"
TEAMED: Final[Mapping[str, str]] = {
    "macros": "team_id",
    "saved_views": "team_id",
    "shift_notes": "to_team_id",
}
"""Tables that hang on no case but may be a team's, and the column that says whose."""

_NULL_IS_OWN: Final = frozenset({"notifications"})
"""Tables whose rows without a case are their reader's own; elsewhere they are the company's."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides how the conditions are written; the ids themselves are parameters.

    With one team its index gives a list in order; with several, the list's own index does, and
    the planner must not be led to read whole teams and sort them.
    """

    dialect: str
    teams: int
    accounts: bool


def shape_of(wanted: sight.Sight, dialect: str) -> Shape:
    """Give the shape of a sight: no, one or several teams, with or without accounts."""
    return Shape(dialect, min(len(wanted.team_ids), 2), bool(wanted.account_ids))


def parameters(dialect: str) -> Mapping[str, BindParameter[object]]:
    """Make the parameters of conditions; outside of any sight they fit nothing."""
    if dialect == "sqlite":
        return {
            "team": bindparam("sight_team", callable_=_one_team, type_=BigInteger()),
            "teams": bindparam("sight_teams", callable_=_teams_as_json, type_=String()),
            "accounts": bindparam("sight_accounts", callable_=_accounts_as_json, type_=String()),
        }
    many = ARRAY(BigInteger())
    return {
        "team": bindparam("sight_team", callable_=_one_team, type_=BigInteger()),
        "teams": bindparam("sight_teams", callable_=_teams, type_=many),
        "accounts": bindparam("sight_accounts", callable_=_accounts, type_=many),
    }


@cache
def conditions(shape: Shape) -> Mapping[str, str]:
    """Write the condition of each limited table, with {team}, {teams} and {accounts} to fill in.

    A table that is not named here shows all its rows.
    """
    writer = _Writer(shape)
    written = {
        table.name: writer.condition(table, table.name, 0) for table in Base.metadata.sorted_tables
    }
    return {name: condition for name, condition in written.items() if condition}


def way(table: Table) -> Column[object] | None:
    """Give the column through which a table's rows hang on a case, an author or an account.

    One that always holds something goes before one that may be empty.
    """
    found = [
        (column.nullable and not column.primary_key, _distance(parent), number, column)
        for number, column in enumerate(table.columns)
        if (parent := target(column)) is not None and parent != table.name and _hangs(parent)
    ]
    return min(found, key=lambda one: one[:3])[3] if found else None


def _hangs(name: str) -> bool:
    return name in (*_NEAREST, *_FARTHEST) or way(Base.metadata.tables[name]) is not None


def _distance(name: str) -> int:
    order = (*_NEAREST, "", *_FARTHEST)
    return order.index(name) if name in order else order.index("")


def target(column: Column[object]) -> str | None:
    """Name the table that a column points to."""
    return next((key.column.table.name for key in column.foreign_keys), None)


class _Writer:
    """Writes conditions; each level of nesting has a name of its own for its table."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape

    def condition(self, table: Table, name: str, depth: int) -> str:
        """Write the condition of a table that goes by `name`; empty when all its rows fit."""
        if table.name == CASES:
            return self._case(name)
        if table.name == POSTS:
            return self._post(name, depth)
        if table.name == AUTHORS:
            return self._author(name, depth)
        if table.name == ACCOUNTS:
            return self._account(f"{name}.id")
        column = way(table)
        if column is None:
            return self._teamed(table, name)
        own = self._child(table, name, column, depth)
        also = {_ASKED: self._asked, _MAILS: self._strays, _BELL: self._told}.get(table.name)
        more = also(name, depth) if also is not None else ""
        return f"({own}{more})" if more else own

    def _teamed(self, table: Table, name: str) -> str:
        """Show what is everybody's, a person's own, or one of the teams'."""
        column = f"{name}.{TEAMED.get(table.name)}"
        team = self._team(column) if table.name in TEAMED else ""
        return f"({column} IS NULL OR {team})" if team else ""

    def _asked(self, name: str, depth: int) -> str:
        """Show what a team is asked about cases of others, on accounts in sight."""
        team, case = self._team(f"{name}.team_id"), f"l{depth}"
        if not team:
            return ""
        account = self._account(f"{case}.account_id")
        if not account:
            return f" OR {team}"
        rows = f"SELECT 1 FROM {CASES} AS {case} WHERE {case}.id = {name}.conversation_id"  # noqa: S608 - names of ours
        return f" OR ({team} AND EXISTS ({rows} AND {account}))"

    def _told(self, name: str, depth: int) -> str:
        """Show whom the bell called that their team is asked something."""
        asked = f"l{depth}"
        seen = self._asked(asked, depth + 1).removeprefix(" OR ")
        if not seen:
            return ""
        same = f"{asked}.conversation_id = {name}.conversation_id"
        rows = f"SELECT 1 FROM {_ASKED} AS {asked} WHERE {same}"  # noqa: S608 - names of ours
        return f" OR ({name}.kind IN {ASKING} AND EXISTS ({rows} AND {seen}))"

    def _strays(self, name: str, depth: int) -> str:
        """Show mails of no case that came to a team's mailbox; they are of no account."""
        box = f"l{depth}"
        team = self._team(f"{box}.team_id")
        if not team or self._shape.accounts:
            return ""
        rows = f"SELECT 1 FROM mailboxes AS {box} WHERE {box}.id = {name}.mailbox_id AND {team}"  # noqa: S608 - ours
        return f" OR ({name}.conversation_id IS NULL AND EXISTS ({rows}))"

    def _child(self, table: Table, name: str, column: Column[object], depth: int) -> str:
        parent = target(column)
        if parent == ACCOUNTS:
            return _or_null(self._account(f"{name}.{column.name}"), column, name)
        inner = self._exists(str(parent), f"{name}.{column.name}", depth)
        return _or_null(inner, column, name) if table.name in _NULL_IS_OWN else inner

    def _case(self, name: str) -> str:
        parts = [self._team(f"{name}.team_id"), self._account(f"{name}.account_id")]
        return " AND ".join(part for part in parts if part)

    def _team(self, column: str) -> str:
        if not self._shape.teams:
            return ""
        if self._shape.teams == 1:
            return f"{column} = {{team}}"
        return self._among(column, "{teams}")

    def _account(self, column: str) -> str:
        return self._among(column, "{accounts}") if self._shape.accounts else ""

    def _among(self, column: str, given: str) -> str:
        if self._shape.dialect == "sqlite":
            # The sign keeps SQLite, which cannot know how many rows fit, from its index.
            return f"+{column} IN (SELECT value FROM json_each({given}))"  # noqa: S608 - {given} is a parameter
        return f"{column} = ANY({given})"

    def _post(self, name: str, depth: int) -> str:
        """Show the posts of cases, and public ones that only stand around them."""
        inner = self._exists(CASES, f"{name}.conversation_id", depth)
        around = f"({name}.conversation_id IS NULL AND {name}.visibility = 'public')"
        account = self._account(f"{name}.account_id")
        return " AND ".join(part for part in (account, f"({around} OR {inner})") if part)

    def _author(self, name: str, depth: int) -> str:
        """Show customers with a case, and those who have none anywhere, such as ourselves."""
        case = f"l{depth}"
        own = f"SELECT 1 FROM {CASES} AS {case} WHERE {case}.author_id = {name}.id"  # noqa: S608 - names of ours
        return f"(EXISTS ({own} AND {self._case(case)}) OR NOT EXISTS ({own}))"

    def _exists(self, parent: str, column: str, depth: int) -> str:
        other = f"l{depth}"
        inner = self.condition(Base.metadata.tables[parent], other, depth + 1)
        also = f" AND {inner}" if inner else ""
        rows = f"SELECT 1 FROM {parent} AS {other} WHERE {other}.id = {column}"  # noqa: S608 - ours
        return f"EXISTS ({rows}{also})"


def _or_null(condition: str, column: Column[object], name: str) -> str:
    if not condition or not column.nullable:
        return condition
    return f"({name}.{column.name} IS NULL OR {condition})"


def _one_team() -> int:
    return next(iter(sight.current().team_ids), 0)


def _teams() -> list[int]:
    return list(sight.current().team_ids)


def _accounts() -> list[int]:
    return list(sight.current().account_ids)


def _teams_as_json() -> str:
    return json.dumps(_teams())


def _accounts_as_json() -> str:
    return json.dumps(_accounts())
