"""How far stored posts have been looked up again on their platforms."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base


class RecheckMark(Base):
    """One account's progress at one age: every post up to this one has been looked up at it."""

    __tablename__ = "recheck_marks"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    age_s: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(default=0)
