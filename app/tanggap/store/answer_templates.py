"""Templates of answers that people wrote, or put in the place of those that ship."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, Id, utcnow


class AnswerTemplate(Base):
    """One template in one language; a key that a shipped one has too takes that one's place.

    `texts` say the same in other words. `revision` grows with every change.
    """

    __tablename__ = "answer_templates"
    __table_args__ = (UniqueConstraint("key", "language"),)

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    step: Mapped[str] = mapped_column(String(32))
    formality: Mapped[str] = mapped_column(String(16))
    labels: Mapped[list[Any]] = mapped_column(default=list)
    channels: Mapped[list[Any]] = mapped_column(default=list)
    texts: Mapped[list[Any]] = mapped_column(default=list)
    enabled: Mapped[bool] = mapped_column(default=True)
    revision: Mapped[int] = mapped_column(default=1)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)
