"""What an owner changed of the tone that a channel's plugin proposes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, Id, utcnow


class ToneRow(Base):
    """Changes of a profile: of a whole channel, or of one account where `account_id` is set."""

    __tablename__ = "tone_profiles"
    __table_args__ = (
        Index(
            "ux_tone_profiles_channel",
            "channel",
            "language",
            unique=True,
            sqlite_where=text("account_id IS NULL"),
            postgresql_where=text("account_id IS NULL"),
        ),
        Index(
            "ux_tone_profiles_account",
            "account_id",
            "language",
            unique=True,
            sqlite_where=text("account_id IS NOT NULL"),
            postgresql_where=text("account_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    channel: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(8))
    changes: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)
