"""Raw webhook bodies: the first thing stored and the last thing lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, Id, utcnow
from tanggap.store.sql import insert_new

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
        Index("ix_deliveries_state_id", "state", "id"),
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


def insert_deliveries(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[int | None]:
    """Insert the bodies that are new; gives each one's id, None for one that is known."""
    stored = connection.execute(_insertion(connection.dialect.name), list(rows))
    ids = {(channel, body_hash): id_ for id_, channel, body_hash in stored}
    return [ids.pop((row["channel"], row["body_hash"]), None) for row in rows]


@cache
def _insertion(dialect: str) -> Any:
    statement = insert_new(dialect, Delivery, ("channel", "body_hash"))
    return statement.returning(Delivery.id, Delivery.channel, Delivery.body_hash)
