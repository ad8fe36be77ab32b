"""How calls into plugins went, as the processes that made them report it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, Id, utcnow


class PluginState(Base):
    """One operation of one channel for one account (0: for none) that has failed before.

    `failures` are those in a row. `retry_asked_at` is when a person asked to try now.
    """

    __tablename__ = "plugin_states"
    __table_args__ = (UniqueConstraint("channel", "account_id", "operation"),)

    id: Mapped[Id]
    channel: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[int] = mapped_column(default=0)
    operation: Mapped[str] = mapped_column(String(64))
    error: Mapped[str] = mapped_column(Text, default="")
    failures: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    failed_at: Mapped[datetime | None]
    open_until: Mapped[datetime | None]
    retry_asked_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)
