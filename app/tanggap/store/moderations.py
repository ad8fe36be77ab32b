"""What people asked platforms to do to a post: hide it, like it, take it away."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, Id, utcnow
from tanggap.store.words import WordsText

QUEUED = "queued"
RUNNING = "running"
DONE = "done"
FAILED = "failed"


class Moderation(Base):
    """One action on one post; asking for it twice changes nothing, so it may be tried again.

    `user_id` is None where a rule asked for it. Of each post only one action is open at a time.
    """

    __tablename__ = "moderations"
    __table_args__ = (
        Index("ix_moderations_state_next_try_at", "state", "next_try_at"),
        Index(
            "uq_moderations_open",
            "post_id",
            unique=True,
            sqlite_where=text("state IN ('queued', 'running')"),
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )

    id: Mapped[Id]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    action: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), default=QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(default=utcnow)
    error_code: Mapped[str] = mapped_column(String(64), default="")
    error: Mapped[str] = mapped_column(WordsText, default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    done_at: Mapped[datetime | None]
