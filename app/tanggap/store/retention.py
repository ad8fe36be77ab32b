"""How far the texts and profiles are removed that platforms' terms bound."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base


class RetentionMark(Base):
    """One channel's progress: everything up to these rows has been looked at, and totals."""

    __tablename__ = "retention_marks"

    channel: Mapped[str] = mapped_column(String(64), primary_key=True)
    post_id: Mapped[int] = mapped_column(default=0)
    delivery_id: Mapped[int] = mapped_column(default=0)
    ran_at: Mapped[datetime | None]
    posts: Mapped[int] = mapped_column(default=0)
    deliveries: Mapped[int] = mapped_column(default=0)
    authors: Mapped[int] = mapped_column(default=0)
