"""Rules' errands on their way: each once for a rule's version, a post, an occasion and a place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, Id, utcnow
from tanggap.store.words import WordsText

QUEUED = "queued"
RUNNING = "running"
DONE = "done"
FAILED = "failed"


class ActionRun(Base):
    """One action of one rule for one post; `number` is its place among the rule's actions.

    `action` is a plugin's ("notify.post") or one of the inbox's own ("hide").
    """

    __tablename__ = "action_runs"
    __table_args__ = (
        UniqueConstraint(
            "post_id",
            "rule_key",
            "rule_version",
            "occasion",
            "number",
            name="uq_action_runs_once",
        ),
        Index("ix_action_runs_state_next_try_at", "state", "next_try_at"),
    )

    id: Mapped[Id]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    rule_key: Mapped[str] = mapped_column(String(64))
    rule_version: Mapped[int]
    occasion: Mapped[str] = mapped_column(String(128), default="")
    number: Mapped[int]
    action: Mapped[str] = mapped_column(String(128))
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(16), default=QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(default=utcnow)
    error: Mapped[str] = mapped_column(WordsText, default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    done_at: Mapped[datetime | None]
