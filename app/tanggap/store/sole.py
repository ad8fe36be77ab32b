"""Rows of which there is one, whoever comes first."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Session

from tanggap.store.sql import hold, insert_rows

Found = TypeVar("Found", bound=DeclarativeBase)


def sole_row(
    session: Session, model: type[Found], key: dict[str, Any], values: dict[str, Any]
) -> Found:
    """Hold the row of a unique key, with these values when nobody has made it yet.

    Processes begin at the same time and find nothing: all of them get the row that one of them
    makes, the others once that one is done with it.
    """
    query = hold(select(model).filter_by(**key)).execution_options(populate_existing=True)
    while (row := session.scalars(query).one_or_none()) is None:
        insert_rows(session, model, [key | values], key=tuple(key))
    return row
