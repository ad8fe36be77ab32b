"""The few statements that SQLAlchemy spells differently for each database.

A batch goes to the database as one parameter wherever the driver lets it: statements then read the
same however many rows there are, so that they are compiled and planned once, and PostgreSQL's
driver, which looks at every parameter, has one to look at instead of thousands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    String,
    Table,
    Text,
    any_,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session
from sqlalchemy.orm.util import identity_key
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import GenerativeSelect
from sqlalchemy.types import NULLTYPE

from tanggap.store.base import to_json

Key = tuple[str, ...]
Query = TypeVar("Query", bound=GenerativeSelect)

_SQLITE: Final = sqlite.dialect(json_serializer=to_json)
_ROW_ID: Final = "row_id"
_VALUES: Final = "values"


def new_ids(session: Session, model: type[DeclarativeBase], count: int) -> list[int]:
    """Take ids that no other row gets, in a transaction that may write; unused ones are lost."""
    table = _table(model)
    if dialect_of(session) == "sqlite":
        first = (session.scalar(select(func.max(table.c.id))) or 0) + 1
        return list(range(first, first + count))
    sequence = func.pg_get_serial_sequence(table.name, "id")
    each = func.generate_series(1, count).table_valued("number")
    return sorted(session.scalars(select(func.nextval(sequence)).select_from(each)))


def upsert(session: Session, model: type[DeclarativeBase]) -> Any:
    """Begin an INSERT that knows ON CONFLICT."""
    return _insert(dialect_of(session), model)


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
    names = tuple(rows[0])
    if dialect_of(session) == "sqlite" and not returning:
        statement = _insertion("sqlite", model, names, key, ())
        _run(session, _prepared(statement, names), rows)
        return ()
    statement = _insertion(dialect_of(session), model, names, key, returning)
    result = session.execute(statement, batch(session, rows))
    return result.all() if returning else ()


def update_rows(
    session: Session, model: type[DeclarativeBase], rows: Sequence[dict[str, Any]]
) -> None:
    """Write rows that are known by their `id`; all of them name the same columns.

    Objects of the session that stand for one of the rows are read anew when they are next used.
    """
    if not rows:
        return
    session.flush()
    names = tuple(rows[0])
    statement = _update(dialect_of(session), model, names)
    if dialect_of(session) == "sqlite":
        _run(session, _prepared(statement, names), rows)
    else:
        session.connection().execute(statement, batch(session, rows))
    if not session.identity_map:
        return
    for row in rows:
        loaded = session.identity_map.get(identity_key(model, row["id"]))
        if loaded is not None:
            session.expire(loaded, names)


def among(
    session: Session,
    attribute: InstrumentedAttribute[Any] | ColumnElement[Any],
    values: Collection[Any],
) -> ColumnElement[bool]:
    """Tell whether a column holds one of many values, given as one parameter."""
    if dialect_of(session) == "sqlite":
        return _in(attribute, _Each(literal(json.dumps(list(values)))))
    return attribute == any_(literal(list(values), postgresql.ARRAY(_kind(attribute))))


def among_given(dialect: str, attribute: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Tell it in a statement that is made once, of the values that `given` gives it each time."""
    if dialect == "sqlite":
        return _in(attribute, _Each(bindparam(_VALUES, type_=String())))
    return attribute == any_(bindparam(_VALUES, type_=postgresql.ARRAY(_kind(attribute))))


def given(session: Session, values: Collection[Any]) -> dict[str, Any]:
    """Give values to a statement with `among_given`."""
    there = list(values)
    return {_VALUES: json.dumps(there) if dialect_of(session) == "sqlite" else there}


class _Each(FunctionElement[Any]):
    """The values of a JSON list; a subquery costs more to build than to run."""

    inherit_cache = True
    type = NULLTYPE


@compiles(_Each, "sqlite")
def _write_each(element: _Each, compiler: Any, **options: Any) -> str:
    given = compiler.process(element.clauses, **options)
    return f"(SELECT value FROM json_each({given}))"  # noqa: S608 - a parameter's place


def _in(attribute: Any, values: _Each) -> ColumnElement[bool]:
    found: ColumnElement[bool] = attribute.op("IN", is_comparison=True)(values)
    return found


def _kind(attribute: InstrumentedAttribute[Any] | ColumnElement[Any]) -> Text | BigInteger:
    return Text() if isinstance(attribute.type, String) else BigInteger()


def holds(
    session: Session, attribute: InstrumentedAttribute[Any] | ColumnElement[Any], value: str
) -> ColumnElement[bool]:
    """Tell whether a list in a JSON column holds a text."""
    if dialect_of(session) == "sqlite":
        each = func.json_each(attribute).table_valued("value")
        return exists(select(1).select_from(each).where(each.c.value == value))
    return cast(attribute, postgresql.JSONB).contains([value])


def hold(query: Query) -> Query:
    """Keep others from changing what a query finds until the transaction ends.

    They may still store what refers to it: a lock against that as well makes two transactions wait
    for each other that each stored something of a case and now want to change it.
    """
    return query.with_for_update(key_share=True)


def skip_locked(session: Session, query: Select[Any]) -> Select[Any]:
    """Pass over rows another worker holds; SQLite has one writer, so nobody else holds any."""
    if dialect_of(session) == "sqlite":
        return query
    return query.with_for_update(skip_locked=True, key_share=True)


def erase_traces(session: Session) -> None:
    """Rewrite the search index without the words of texts that are gone.

    SQLite's index only marks a word as deleted until its parts are merged. PostgreSQL's holds
    none of its own beyond the rows, which its vacuum clears.
    """
    if dialect_of(session) == "sqlite":
        session.execute(text("INSERT INTO posts_fts(posts_fts) VALUES ('optimize')"))


def dialect_of(session: Session) -> str:
    """Name the database."""
    return session.get_bind().dialect.name


def insertion(dialect: str, model: type[DeclarativeBase], names: Key) -> Any:
    """Begin an INSERT of a `batch` that knows ON CONFLICT."""
    statement = _insert(dialect, model)
    if dialect == "sqlite":
        return statement
    rows = _recordset(model, names)
    return statement.from_select(names, select(*rows.c))


def batch(session: Session, rows: Sequence[dict[str, Any]]) -> Any:
    """Give rows to a statement of this module."""
    return list(rows) if dialect_of(session) == "sqlite" else {"rows": list(rows)}


# Building a statement costs more than running it, and these run for every batch of posts.
@cache
def _insertion(
    dialect: str, model: type[DeclarativeBase], names: Key, key: Key, returning: Key
) -> Any:
    statement = insertion(dialect, model, names)
    if key:
        statement = statement.on_conflict_do_nothing(index_elements=key)
    return statement.returning(*(model.__table__.c[name] for name in returning))


@cache
def _update(dialect: str, model: type[DeclarativeBase], names: Key) -> Any:
    table = _table(model)
    if dialect == "sqlite":
        return update(table).where(table.c.id == bindparam(_ROW_ID))
    rows = _recordset(model, names)
    values = {name: rows.c[name] for name in names if name != "id"}
    return update(table).where(table.c.id == rows.c.id).values(values)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A statement as SQLite's driver takes it, and how a row becomes its parameters."""

    sql: str
    names: Key
    converters: Sequence[tuple[int, Callable[[Any], Any]]]
    defaults: Sequence[tuple[str, Any]]


@cache
def _prepared(statement: Any, names: Key) -> _Prepared:
    """Compile a statement once for all batches of rows that name the same columns."""
    columns = statement.table.c
    written = [name for name in names if name != "id" or statement.is_insert]
    compiled = statement.compile(dialect=_SQLITE, column_keys=written)
    order = tuple("id" if name == _ROW_ID else name for name in compiled.positiontup)
    types = (columns[name].type.dialect_impl(_SQLITE) for name in order)
    converters = ((place, one.bind_processor(_SQLITE)) for place, one in enumerate(types))
    return _Prepared(
        sql=str(compiled),
        names=order,
        converters=[(place, one) for place, one in converters if one is not None],
        defaults=[(one.key, one.default.arg) for one in compiled.insert_prefetch],
    )


def _run(session: Session, prepared: _Prepared, rows: Sequence[dict[str, Any]]) -> None:
    """Hand rows to the driver; SQLAlchemy's own way there takes as long as the database."""
    for name, default in prepared.defaults:
        rows = [{name: default(None) if callable(default) else default, **row} for row in rows]
    given = [[row[name] for name in prepared.names] for row in rows]
    for place, convert in prepared.converters:
        for values in given:
            values[place] = convert(values[place])
    session.connection().exec_driver_sql(prepared.sql, [tuple(values) for values in given])


def _recordset(model: type[DeclarativeBase], names: Key) -> Any:
    """Read rows out of one JSON parameter."""
    columns = [column(name, model.__table__.c[name].type) for name in names]
    rows = func.jsonb_to_recordset(bindparam("rows", type_=postgresql.JSONB))
    return rows.table_valued(*columns, name="rows").render_derived(with_types=True)


def _insert(dialect: str, model: type[DeclarativeBase]) -> Any:
    table = _table(model)
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def _table(model: type[DeclarativeBase]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - narrows the type; models have tables
    return table
