"""Links to our own pages that work once: the secret of each is kept as a hash alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, Id, utcnow


class SingleUseLink(Base):
    """A link for one customer of one conversation, to one `purpose` and perhaps one `subject_id`.

    It works until it is used, revoked, expired or out of attempts. `code_hash` is there where a
    code is asked beside the link, or instead of one.
    """

    __tablename__ = "single_use_links"
    __table_args__ = (Index("ix_single_use_links_conversation_id_id", "conversation_id", "id"),)

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    code_hash: Mapped[str | None] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int | None]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    language: Mapped[str] = mapped_column(String(8), default="id")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    attempts_left: Mapped[int]
