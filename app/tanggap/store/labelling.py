"""Posts that a person is asked to label, because the model would learn most from them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, Id, utcnow


class LabelRequest(Base):
    """One post of the list; `position` begins with the most telling one.

    A request is open until somebody says what the post is.
    """

    __tablename__ = "label_requests"

    id: Mapped[Id]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), unique=True)
    position: Mapped[int] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(16))
    guess: Mapped[str] = mapped_column(String(64))
    confidence: Mapped[float]
    model_version: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
