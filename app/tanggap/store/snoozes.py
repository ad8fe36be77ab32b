"""Conversations put to sleep until a time or until the customer writes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tanggap.store.base import Base, utcnow
from tanggap.store.users import User

BY_TIME = "time"
BY_REPLY = "reply"


class Snooze(Base):
    """The last sleep of a conversation; without `until` it lasts until the customer writes.

    `woken_by` says what ended it: the time, or the customer.
    """

    __tablename__ = "snoozes"
    __table_args__ = (
        Index(
            "ix_snoozes_asleep",
            "until",
            sqlite_where=text("woken_at IS NULL"),
            postgresql_where=text("woken_at IS NULL"),
        ),
    )

    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    until: Mapped[datetime | None]
    words: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    woken_at: Mapped[datetime | None]
    woken_by: Mapped[str] = mapped_column(String(16), default="")

    user: Mapped[User] = relationship()
