"""The few statements that SQLAlchemy spells differently for each database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Insert, Select, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

AnyInsert = postgresql.Insert | sqlite.Insert


def upsert(session: Session | Connection, model: type[DeclarativeBase]) -> Any:
    """Begin an INSERT that knows ON CONFLICT."""
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - narrows the type; models have tables
    if _dialect(session) == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def insert_new(session: Session | Connection, model: type[DeclarativeBase], *key: str) -> Insert:
    """Begin an INSERT that skips rows whose `key` exists already."""
    statement: Insert = upsert(session, model).on_conflict_do_nothing(index_elements=key)
    return statement


def skip_locked(session: Session, query: Select[Any]) -> Select[Any]:
    """Pass over rows another worker holds; SQLite has one writer, so nobody else holds any."""
    if _dialect(session) == "sqlite":
        return query
    return query.with_for_update(skip_locked=True)


def _dialect(session: Session | Connection) -> str:
    bind = session.get_bind() if isinstance(session, Session) else session
    return bind.dialect.name
