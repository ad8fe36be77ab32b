"""Raw webhook bodies: the first thing stored and the last thing lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, Id, utcnow

PENDING = "pending"
DONE = "done"
DEAD = "dead"


class Delivery(Base):
    """One verified webhook body; a dead one could not be processed and waits for a replay."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("channel", "body_hash"),
        Index(
            "ix_deliveries_pending",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_deliveries_replayed",
            "id",
            sqlite_where=text("attempts > 1"),
            postgresql_where=text("attempts > 1"),
        ),
        Index(
            "ix_deliveries_dead",
            "id",
            sqlite_where=text("state = 'dead'"),
            postgresql_where=text("state = 'dead'"),
        ),
    )

    id: Mapped[Id]
    channel: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    body_hash: Mapped[str] = mapped_column(String(64))
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    query: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(16), default=PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    plugin_version: Mapped[str] = mapped_column(String(64), default="")
    received_at: Mapped[datetime] = mapped_column(default=utcnow)
    processed_at: Mapped[datetime | None]


class NewDelivery(NamedTuple):
    """A verified body to store; `headers` and `query` are JSON objects, written as text."""

    channel: str
    body: bytes
    body_hash: str
    headers: str
    query: str
    plugin_version: str
    received_at: datetime


def insert_deliveries(connection: Connection, new: Sequence[NewDelivery]) -> int:
    """Insert the bodies that are not known and count them.

    Every webhook call waits for this statement, so it is written out: built anew for each number
    of rows, it would take most of the time that a call takes.
    """
    if connection.dialect.name == "sqlite":
        moments = _moments(connection.dialect)
        values = chain.from_iterable((*one[:-1], moments(one.received_at)) for one in new)
        return connection.exec_driver_sql(_sqlite_insertion(len(new)), tuple(values)).rowcount
    columns = tuple(list(column) for column in zip(*new, strict=True))
    return connection.exec_driver_sql(_POSTGRESQL_INSERTION, columns).rowcount


_COLUMNS = """INSERT INTO deliveries
    (channel, body, body_hash, headers, query, plugin_version, received_at, state, attempts, error)
"""
_ONLY_NEW = " ON CONFLICT (channel, body_hash) DO NOTHING"
# An array a column, whatever the number of rows, so that the server plans the statement once; `%b`
# hands the bodies over as they are.
_POSTGRESQL_INSERTION = (
    _COLUMNS
    + """SELECT channel, body, body_hash, headers::jsonb, query::jsonb, plugin_version, received_at,
    'pending', 0, ''
FROM unnest(
    %b::text[], %b::bytea[], %b::text[], %b::text[], %b::text[], %b::text[], %b::timestamptz[]
) AS new (channel, body, body_hash, headers, query, plugin_version, received_at)"""
    + _ONLY_NEW
)
_SQLITE_VALUES = "(?, ?, ?, ?, ?, ?, ?, 'pending', 0, '')"


@cache
def _sqlite_insertion(rows: int) -> str:
    return _COLUMNS + "VALUES " + ", ".join([_SQLITE_VALUES] * rows) + _ONLY_NEW


@cache
def _moments(dialect: Dialect) -> Callable[[datetime], object]:
    """Give the function that writes a time as the column stores it."""
    processor = Delivery.__table__.c.received_at.type.bind_processor(dialect)
    assert processor is not None  # noqa: S101 - narrows the type; times are always converted
    return processor
