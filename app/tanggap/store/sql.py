"""The few statements that SQLAlchemy spells differently for each database."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Insert, Select, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session


def upsert(session: Session, model: type[DeclarativeBase]) -> Any:
    """Begin an INSERT that knows ON CONFLICT."""
    return _insert(_dialect(session), model)


def insert_new(session: Session | str, model: type[DeclarativeBase], *key: str) -> Insert:
    """Begin an INSERT, for a session or a dialect by name, that skips rows known by their `key`."""
    dialect = session if isinstance(session, str) else _dialect(session)
    return _insert_new(dialect, model, key)


def skip_locked(session: Session, query: Select[Any]) -> Select[Any]:
    """Pass over rows another worker holds; SQLite has one writer, so nobody else holds any."""
    if _dialect(session) == "sqlite":
        return query
    return query.with_for_update(skip_locked=True)


# Building a statement costs more than running it, and these run for every post.
@cache
def _insert_new(dialect: str, model: type[DeclarativeBase], key: tuple[str, ...]) -> Insert:
    statement: Insert = _insert(dialect, model).on_conflict_do_nothing(index_elements=key)
    return statement


def _insert(dialect: str, model: type[DeclarativeBase]) -> Any:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - narrows the type; models have tables
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
