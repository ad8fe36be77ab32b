"""Signs of life in conversations: who looks at one, who types, and how far each person has read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, utcnow


class Sign(Base):
    """An open tab that shows a conversation; it counts while `seen_at` is fresh."""

    __tablename__ = "signs"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    tab: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    typing: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)


class SeenMark(Base):
    """How far a person has read a conversation: the latest post that came in, by its id."""

    __tablename__ = "seen_marks"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    post_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=utcnow)
