"""What happened to cases that rules may act upon, kept until they did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, BigId, Id, utcnow


class RuleEvent(Base):
    """One event of a case; the same `occasion` of a trigger happens to a case once.

    `rule_key` is the only rule it is for, or empty; `chain` are the keys of the rules whose
    actions led to it, oldest first. An event without `done_at` is still to be worked on.
    """

    __tablename__ = "rule_events"
    __table_args__ = (
        UniqueConstraint("conversation_id", "trigger", "occasion"),
        Index(
            "ix_rule_events_pending",
            "id",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
        Index("ix_rule_events_created_at", "created_at"),
    )

    id: Mapped[Id]
    trigger: Mapped[str] = mapped_column(String(32))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    post_id: Mapped[int | None] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), index=True
    )
    rule_key: Mapped[str] = mapped_column(String(64), default="")
    occasion: Mapped[str] = mapped_column(String(128))
    chain: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    done_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")


class ScheduleMark(Base):
    """The moment for which a rule with a schedule ran last."""

    __tablename__ = "schedule_marks"

    rule_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    ran_for: Mapped[datetime]


class Growth(Base):
    """How fast others take up a post: interactions an hour between the last two sights of it."""

    __tablename__ = "growths"

    post_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    total: Mapped[int]
    per_hour: Mapped[float]
    seen_at: Mapped[datetime] = mapped_column(default=utcnow)
