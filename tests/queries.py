"""Look at what goes to the database: how many statements, and by which plan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Select, event, text
from sqlalchemy.orm import Session

from tanggap.store.db import Database


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Collect the statements that run meanwhile."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def plan_of(session: Session, query: Select[Any]) -> str:
    """Ask how the database would run a query if its tables were large."""
    bind = session.get_bind()
    if bind.dialect.name == "postgresql":
        # Small tables are read whole whatever the indexes; this asks what could be used.
        session.execute(text("SET LOCAL enable_seqscan = off"))
        session.execute(text("SET LOCAL enable_sort = off"))
    prefix = "EXPLAIN QUERY PLAN " if bind.dialect.name == "sqlite" else "EXPLAIN "
    written = query.compile(dialect=bind.dialect, compile_kwargs={"literal_binds": True})
    sql = str(written).replace(":", r"\:")
    rows = session.execute(text(prefix + sql))
    return "\n".join(str(row[-1]) for row in rows)
