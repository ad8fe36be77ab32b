"""Sessions that see the rows in sight alone, whatever they are asked.

A limited table is written as a subquery of its rows that fit wherever a statement reads it: in
lists, joins, counters, EXISTS and IN, through the ORM or not. Databases fold such a subquery into
the statement around it, so that its indexes serve as before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, Dialect, Engine, Table, event, select, text
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.sql.compiler import SQLCompiler

from tanggap.errors import NotFoundError
from tanggap.store.base import Base
from tanggap.store.limits import CASES, POSTS, Shape, conditions, parameters, shape_of, target
from tanggap.store.sight import Sight, current

_WHOLE: Final = "whole"


class LimitedCompiler(SQLCompiler):
    """Writes each limited table as a subquery of its rows that fit."""

    fitting: Mapping[str, str]
    given: Mapping[str, BindParameter[object]]

    def visit_table(  # type: ignore[no-untyped-def,override]
        self, table, asfrom=False, iscrud=False, ashint=False, enclosing_alias=None, **kw
    ) -> str:
        """Write a table that is read as a subquery, and one that is written to as it is."""
        written: str = super().visit_table(  # type: ignore[no-untyped-call]
            table,
            asfrom=asfrom,
            iscrud=iscrud,
            ashint=ashint,
            enclosing_alias=enclosing_alias,
            **kw,
        )
        condition = self.fitting.get(table.name)
        if condition is None or not asfrom or iscrud or ashint:
            return written
        literal = bool(kw.get("literal_binds"))
        values = {
            name: self.process(given, literal_binds=literal)
            for name, given in self.given.items()
            if f"{{{name}}}" in condition
        }
        inner = f"(SELECT * FROM {written} WHERE {condition.format_map(values)})"  # noqa: S608 - ours
        named = enclosing_alias is not None and enclosing_alias.element is table
        return inner if named else f"{inner} AS {written}"


class LimitedSession(Session):
    """A session on an engine of `LimitedEngines`."""


class LimitedEngines:
    """The engines of one database, one for each shape of sight; they share its connections."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._engines: dict[Shape, Engine] = {}

    def open(self, wanted: Sight) -> LimitedSession:
        """Open a session with a sight."""
        shape = shape_of(wanted, self._engine.dialect.name)
        found = self._engines.get(shape)
        if found is None:
            with self._engine.connect():  # a dialect learns from its server when it first connects
                found = self._engine.execution_options()
            found.dialect = _limited_dialect(self._engine.dialect, shape)
            self._engines[shape] = found
        return LimitedSession(found, expire_on_commit=False)


def is_limited(session: Session) -> bool:
    """Tell whether a session sees less than everything."""
    return isinstance(session, LimitedSession) and _WHOLE not in session.info


@contextmanager
def whole(session: Session) -> Iterator[None]:
    """Let a session see everything for a while: what is left to do to a case that left its sight.

    The caller has made sure that the person may do it.
    """
    if not is_limited(session):
        yield
        return
    session.flush()
    connection = session.connection()
    limited = connection.dialect
    connection.dialect = _plain_of(limited)
    session.info[_WHOLE] = True
    try:
        yield
        session.flush()
    finally:
        session.info.pop(_WHOLE)
        connection.dialect = limited


@cache
def _limited_dialect(plain: Dialect, shape: Shape) -> Dialect:
    dialect = copy(plain)
    dialect.statement_compiler = type(
        "Limited",
        (LimitedCompiler, plain.statement_compiler),
        {"fitting": conditions(shape), "given": parameters(shape.dialect)},
    )
    _PLAIN[dialect] = plain
    return dialect


_PLAIN: Final[dict[Dialect, Dialect]] = {}


def _plain_of(limited: Dialect) -> Dialect:
    return _PLAIN[limited]


@event.listens_for(LimitedSession, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    """Let UPDATE and DELETE touch rows of the sight alone."""
    if not (state.is_update or state.is_delete) or not is_limited(state.session):
        return
    table: Table = state.statement.table  # type: ignore[attr-defined]
    dialect = state.session.get_bind().dialect.name
    condition = conditions(shape_of(current(), dialect)).get(table.name)
    if condition is None:
        return
    given = parameters(dialect)
    used = [bind for name, bind in given.items() if f"{{{name}}}" in condition]
    written = condition.format_map({name: f":{bind.key}" for name, bind in given.items()})
    state.statement = state.statement.where(text(written).bindparams(*used))  # type: ignore[attr-defined]


@event.listens_for(LimitedSession, "before_flush")
def _refuse_foreign(session: Session, _context: Any, _instances: Any) -> None:
    """Let nothing new hang on a case or a post that is out of sight."""
    if not is_limited(session):
        return
    wanted: dict[str, set[int]] = {CASES: set(), POSTS: set()}
    for row in session.new:
        table = row.__table__
        for column in table.columns:
            parent = target(column)
            value = getattr(row, column.key, None) if parent in wanted else None
            if value is not None and parent is not None:
                wanted[parent].add(value)
    for name, ids in wanted.items():
        table = Base.metadata.tables[name]
        found = select(table.c.id).where(table.c.id.in_(ids))
        if ids and len(set(session.scalars(found))) < len(ids):
            raise NotFoundError(f"there is no such row among the {name}")
