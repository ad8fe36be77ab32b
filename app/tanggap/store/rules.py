"""Stored rules, every version of them, and the log of what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, Id, utcnow


class RuleRow(Base):
    """One version of one rule; the engine runs the versions that are `current`."""

    __tablename__ = "rules"
    __table_args__ = (
        UniqueConstraint("key", "version"),
        Index(
            "uq_rules_current",
            "key",
            unique=True,
            sqlite_where=text("current"),
            postgresql_where=text("current"),
        ),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)
    current: Mapped[bool] = mapped_column(default=True)
    enabled: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int]
    definition: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class RuleRun(Base):
    """What one rule did with one revision of a post; written once."""

    __tablename__ = "rule_runs"
    __table_args__ = (UniqueConstraint("post_id", "revision", "rule_key", "rule_version"),)

    id: Mapped[Id]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    revision: Mapped[int]
    rule_key: Mapped[str] = mapped_column(String(64))
    rule_version: Mapped[int]
    matched: Mapped[bool]
    actions: Mapped[list[Any]] = mapped_column(default=list)
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
