"""The few statements that SQLAlchemy spells differently for each database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Insert, Select, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

AnyInsert = postgresql.Insert | sqlite.Insert


def upsert(session: Session, model: type[DeclarativeBase]) -> Any:
    """Begin an INSERT that knows ON CONFLICT."""
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - narrows the type; models have tables
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def insert_new(session: Session, model: type[DeclarativeBase], *key: str) -> Insert:
    """Begin an INSERT that skips rows whose `key` exists already."""
    statement: Insert = upsert(session, model).on_conflict_do_nothing(index_elements=key)
    return statement


def skip_locked(session: Session, query: Select[Any]) -> Select[Any]:
    """Pass over rows another worker holds; SQLite has one writer, so nobody else holds any."""
    if session.get_bind().dialect.name == "sqlite":
        return query
    return query.with_for_update(skip_locked=True)
