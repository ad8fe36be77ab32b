"""Write rows by the hundred thousand: no indexes, triggers and foreign keys meanwhile.

What is taken away is made again from the database's own words for it, so that a table ends as the
migrations made it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any, Protocol

from sqlalchemy import JSON, Dialect
from sqlalchemy.dialects import postgresql, sqlite

from tanggap.store.base import Base, to_json
from tanggap.store.db import Database

Rows = Iterable[dict[str, Any]]
Model = type[Base]

AT_ONCE = 10_000
_DIALECTS: dict[bool, Dialect] = {
    True: sqlite.dialect(json_serializer=to_json),
    False: postgresql.dialect(),
}


class Bulk(Protocol):
    """Writes into tables that were named when it was opened."""

    def write(self, model: Model, rows: Rows) -> None:
        """Write rows that all name the same columns."""


class _Sqlite:
    """SQLite takes rows fastest in one transaction of one statement that is never built anew."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def write(self, model: Model, rows: Rows) -> None:
        names, values = _values(model, rows, sqlite=True)
        places = ", ".join("?" * len(names))
        statement = f"INSERT INTO {model.__tablename__} ({', '.join(names)}) VALUES ({places})"  # noqa: S608 - ours
        while batch := list(islice(values, AT_ONCE)):
            self._cursor.executemany(statement, batch)


class _Postgresql:
    """PostgreSQL takes rows fastest through COPY."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def write(self, model: Model, rows: Rows) -> None:
        names, values = _values(model, rows, sqlite=False)
        with self._cursor.copy(f"COPY {model.__tablename__} ({', '.join(names)}) FROM STDIN") as to:
            for row in values:
                to.write_row(row)


@contextmanager
def bulk(database: Database, models: Sequence[Model], say: Callable[[str], None]) -> Iterator[Bulk]:
    """Open the tables of these models for many rows; `say` is told what is done in the end."""
    tables = [model.__tablename__ for model in models]
    connection = database.engine.raw_connection()
    cursor = connection.cursor()
    try:
        if database.is_sqlite:
            yield from _in_sqlite(cursor, tables, say)
        else:
            yield from _in_postgresql(cursor, tables, say)
        connection.commit()
    finally:
        # Its settings are not for anybody else.
        connection.invalidate()
        connection.close()


def _in_sqlite(cursor: Any, tables: list[str], say: Callable[[str], None]) -> Iterator[Bulk]:
    for pragma in ("foreign_keys = OFF", "synchronous = OFF", "cache_size = -500000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute("BEGIN IMMEDIATE")
    made = cursor.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND (type = 'trigger' "
        "OR type = 'index' AND tbl_name IN (SELECT value FROM json_each(?)))",
        (json.dumps(tables),),
    ).fetchall()
    for kind, name, _ in made:
        cursor.execute(f"DROP {kind} {name}")
    yield _Sqlite(cursor)
    for kind, name, sql in made:
        if kind == "index":
            say(name)
        cursor.execute(sql)
    say("posts_fts")
    cursor.execute("INSERT INTO posts_fts(posts_fts) VALUES ('rebuild')")
    say("statistics")
    cursor.execute("ANALYZE")
    cursor.execute("COMMIT")


_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)
    AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname)
"""
_REFERENCES = """
SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)
"""
# The function is called once for each text and each name: its results add up to the trigger's.
_WORDS = """
INSERT INTO post_search (post_id, words)
WITH texts AS MATERIALIZED (
        SELECT text, tanggap_search_words(text, true, '', '') AS words
        FROM (SELECT DISTINCT text FROM posts) AS each),
    names AS MATERIALIZED (
        SELECT id, tanggap_search_words('', false, name, handle) AS words FROM authors)
SELECT posts.id,
    CASE WHEN posts.from_us THEN texts.words ELSE texts.words || names.words END
FROM posts JOIN texts ON texts.text = posts.text JOIN names ON names.id = posts.author_id
"""


def _in_postgresql(cursor: Any, tables: list[str], say: Callable[[str], None]) -> Iterator[Bulk]:
    cursor.execute("SET maintenance_work_mem = '512MB'; SET work_mem = '256MB'")
    cursor.execute("SET LOCAL synchronous_commit = off")
    tables = [*tables, "post_search"]
    indexes = cursor.execute(_INDEXES, (tables,)).fetchall()
    references = cursor.execute(_REFERENCES, (tables,)).fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    for name, table, _ in references:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield _Postgresql(cursor)
    say("post_search")
    cursor.execute(_WORDS)
    for name, made in indexes:
        say(name)
        cursor.execute(made)
    for name, table, made in references:
        say(name)
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {made}")
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _values(
    model: Model, rows: Rows, *, sqlite: bool
) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """Name the columns and write each row's values as the driver takes them."""
    rows = iter(rows)
    first = next(rows)
    columns = model.__table__.columns
    ours = {
        column.key: column.default.arg(None) if column.default.is_callable else column.default.arg
        for column in columns
        if column.key not in first and column.default is not None
    }
    names = [*first, *ours]
    converters = [_converter(columns[name].type, sqlite=sqlite) for name in names]
    convert = [(place, one) for place, one in enumerate(converters) if one is not None]

    def written() -> Iterator[tuple[Any, ...]]:
        for row in chain((first,), rows):
            values = [*row.values(), *ours.values()]
            for place, into in convert:
                values[place] = into(values[place])
            yield tuple(values)

    return names, written()


def _converter(kind: Any, *, sqlite: bool) -> Callable[[Any], Any] | None:
    if not sqlite:
        # The driver knows moments; JSON goes as text.
        return to_json if isinstance(kind, JSON) else None
    found: Callable[[Any], Any] | None = kind.dialect_impl(_DIALECTS[True]).bind_processor(
        _DIALECTS[True]
    )
    return found
