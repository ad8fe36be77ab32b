"""Copy a whole installation into an empty PostgreSQL database, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import JSON, Column, Connection, Table, Text, func, inspect, select, text
from sqlalchemy import cast as sql_cast
from sqlalchemy.exc import DBAPIError

from tanggap.errors import TanggapError
from tanggap.store.base import Base
from tanggap.store.db import Database

if TYPE_CHECKING:
    import psycopg

AT_ONCE: Final = 2_000

# Posts name parents that were stored after them, so keys are checked when all rows are there. That
# also checks them in one go, which is much faster than row by row.
_KEYS: Final = text(
    "SELECT conrelid::regclass::text AS of, quote_ident(conname) AS name,"
    " pg_get_constraintdef(oid) AS definition"
    " FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
)
_SEQUENCES: Final = text(
    "SELECT table_name, column_name FROM information_schema.columns"
    " WHERE table_schema = current_schema()"
    " AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL"
)

Note = Callable[[str, int], None]
"""Told after each batch: the table, and how many rows it brought."""


class CopyError(TanggapError):
    """An installation cannot be copied to this database; nothing was written there."""


@dataclass(frozen=True, slots=True)
class Key:
    """A foreign key that is put back when all rows are there."""

    of: str
    name: str
    definition: str


def count_rows(database: Database) -> int:
    """Count the rows of all tables."""
    with database.engine.connect() as connection:
        return sum(_count(connection, table) for table in _tables())


def check_target(target: Database) -> None:
    """Raise `CopyError` unless a PostgreSQL database holds no rows and no strange tables."""
    with target.engine.connect() as connection:
        there = set(inspect(connection).get_table_names())
        ours = {table.name: table for table in _tables()}
        strange = sorted(there - ours.keys() - {"alembic_version", "post_search"})
        if strange:
            raise CopyError(
                f"the database holds tables that are not Tanggap's ({', '.join(strange[:3])}); "
                "create an empty database for it"
            )
        for name in sorted(there & ours.keys()):
            if connection.scalar(select(1).select_from(ours[name]).limit(1)) is not None:
                raise CopyError(
                    f"the database is not empty: {name} holds rows; create an empty one, so that "
                    "nothing is mixed or overwritten"
                )


def copy_rows(source: Database, target: Database, note: Note) -> dict[str, int]:
    """Copy every row, encrypted columns as they are, and give the verified counts by table.

    Reads one moment of the source and writes one transaction, which ends in nothing where counts
    or keys do not fit. Both have this release's schema. Raises `CopyError`.
    """
    from psycopg import Error  # noqa: PLC0415  # an extra that SQLite does without

    try:
        with _moment(source) as old, target.engine.begin() as new:
            counts = _copy(old, new, note)
        with target.engine.begin() as new:
            new.execute(text("ANALYZE"))
    except (DBAPIError, Error) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise CopyError(f"PostgreSQL refused the rows: {reason}") from error
    return counts


@contextmanager
def _moment(source: Database) -> Iterator[Connection]:
    """Read one moment of a database, whatever is written meanwhile."""
    with source.engine.connect() as connection:
        if source.is_sqlite:
            connection.exec_driver_sql("BEGIN")
        else:
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection
        connection.rollback()


def _copy(old: Connection, new: Connection, note: Note) -> dict[str, int]:
    keys = [Key(*row) for row in new.execute(_KEYS)]
    for key in keys:
        new.exec_driver_sql(f"ALTER TABLE {key.of} DROP CONSTRAINT {key.name}")
    counts = {table.name: _copy_table(old, new, table, note) for table in _tables()}
    for key in keys:
        new.exec_driver_sql(f"ALTER TABLE {key.of} ADD CONSTRAINT {key.name} {key.definition}")
    _set_sequences(new)
    _verify(old, new, counts)
    return counts


def _copy_table(old: Connection, new: Connection, table: Table, note: Note) -> int:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    driver = cast("psycopg.Connection[Any]", new.connection.driver_connection)
    query = select(*(_as_stored(column) for column in table.columns))
    found = old.execute(query.execution_options(yield_per=AT_ONCE))
    statement = f"COPY {table.name} ({names}) FROM STDIN"
    total = 0
    for rows in found.partitions():
        # The index of words is filled after each statement, from the rows that it brought.
        with driver.cursor() as cursor, cursor.copy(statement) as to:
            for row in rows:
                to.write_row(row)
        total += len(rows)
        note(table.name, len(rows))
    return total


def _as_stored(column: Column[Any]) -> Any:
    """Take JSON as its text: read and written again, None and the JSON null were the same."""
    return sql_cast(column, Text) if isinstance(column.type, JSON) else column


def _set_sequences(new: Connection) -> None:
    """Let ids go on after the copied ones."""
    for table, column in new.execute(_SEQUENCES).all():
        new.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'),"  # noqa: S608 - catalogue
            f" coalesce(max({column}), 1), max({column}) IS NOT NULL) FROM {table}"
        )


def _verify(old: Connection, new: Connection, counts: Mapping[str, int]) -> None:
    for table in _tables():
        before, after = _count(old, table), _count(new, table)
        if not before == after == counts[table.name]:
            raise CopyError(
                f"{table.name} has {before} rows and {after} of them arrived; stop the server and "
                "the worker, and copy again"
            )


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _tables() -> Sequence[Table]:
    return Base.metadata.sorted_tables
