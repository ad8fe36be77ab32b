"""The few statements that SQLAlchemy spells differently for each database."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Insert, Row, Select, Table, bindparam, column, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

Key = tuple[str, ...]


def upsert(session: Session, model: type[DeclarativeBase]) -> Any:
    """Begin an INSERT that knows ON CONFLICT."""
    return _insert(_dialect(session), model)


@cache
def insert_new(dialect: str, model: type[DeclarativeBase], key: Key) -> Insert:
    """Begin an INSERT that skips rows known by their `key`."""
    statement: Insert = _insert(dialect, model).on_conflict_do_nothing(index_elements=key)
    return statement


def insert_rows(
    session: Session,
    model: type[DeclarativeBase],
    rows: Sequence[dict[str, Any]],
    *,
    key: Key = (),
    returning: Key = (),
) -> Sequence[Row[Any]]:
    """Insert rows in one statement, passing over those known by their `key`, if one is given.

    All rows name the same columns. Returns `returning` of the rows that were inserted.
    """
    if not rows:
        return ()
    statement = _insertion(_dialect(session), model, tuple(rows[0]), key, returning)
    values: Any = list(rows) if _dialect(session) == "sqlite" else {"rows": list(rows)}
    result = session.execute(statement, values)
    return result.all() if returning else ()


def skip_locked(session: Session, query: Select[Any]) -> Select[Any]:
    """Pass over rows another worker holds; SQLite has one writer, so nobody else holds any."""
    if _dialect(session) == "sqlite":
        return query
    return query.with_for_update(skip_locked=True)


def erase_traces(session: Session) -> None:
    """Rewrite the search index without the words of texts that are gone.

    SQLite's index only marks a word as deleted until its parts are merged. PostgreSQL's holds
    none of its own beyond the rows, which its vacuum clears.
    """
    if _dialect(session) == "sqlite":
        session.execute(text("INSERT INTO posts_fts(posts_fts) VALUES ('optimize')"))


# Building a statement costs more than running it, and these run for every batch of posts.
@cache
def _insertion(
    dialect: str, model: type[DeclarativeBase], names: Key, key: Key, returning: Key
) -> Any:
    statement = _insert(dialect, model)
    if dialect != "sqlite":
        statement = statement.from_select(names, _recordset(model, names))
    if key:
        statement = statement.on_conflict_do_nothing(index_elements=key)
    return statement.returning(*(model.__table__.c[name] for name in returning))


def _recordset(model: type[DeclarativeBase], names: Key) -> Select[Any]:
    """Select the rows out of one JSON parameter.

    The driver looks at every parameter of a statement, which takes longer than all the rest when
    a batch has thousands of them.
    """
    columns = [column(name, model.__table__.c[name].type) for name in names]
    rows = func.jsonb_to_recordset(bindparam("rows", type_=postgresql.JSONB))
    return select(*rows.table_valued(*columns, name="rows").render_derived(with_types=True).c)


def _insert(dialect: str, model: type[DeclarativeBase]) -> Any:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - narrows the type; models have tables
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
