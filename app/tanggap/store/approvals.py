"""Answers that somebody else has to approve before they may be sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tanggap.store.base import Base, BigId, Id, utcnow
from tanggap.store.replies import ReplyAttachment
from tanggap.store.users import User

SUBMITTED = "submitted"
APPROVED = "approved"
RETURNED = "returned"
WITHDRAWN = "withdrawn"
SUPERSEDED = "superseded"


class Approval(Base):
    """An answer on its way past a second person.

    `submitted` waits; every other state is final. `seen_post_id` is the latest post its author
    had read: one that came later supersedes it.
    """

    __tablename__ = "approvals"
    __table_args__ = (
        Index("ix_approvals_state_id", "state", "id"),
        Index(
            "uq_approvals_submitted",
            "conversation_id",
            "user_id",
            unique=True,
            sqlite_where=text("state = 'submitted'"),
            postgresql_where=text("state = 'submitted'"),
        ),
    )

    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str] = mapped_column(Text)
    visibility: Mapped[str] = mapped_column(String(16), default="public")
    seen_post_id: Mapped[int] = mapped_column(BigId)
    purpose: Mapped[str] = mapped_column(String(16), default="")
    promised_until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(16), default=SUBMITTED)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    words: Mapped[str] = mapped_column(Text, default="")
    reply_id: Mapped[int | None] = mapped_column(ForeignKey("replies.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    attachments: Mapped[list[ReplyAttachment]] = relationship(
        order_by="ReplyAttachment.id", viewonly=True
    )
    decider: Mapped[User | None] = relationship(foreign_keys=[decided_by])
