"""Questions about a case to another team, each with a time by which the answer is due."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tanggap.store.base import Base, Id, utcnow
from tanggap.store.users import Team, User

_WAITS = "answered_at IS NULL AND withdrawn_at IS NULL"


class Consultation(Base):
    """One question; the case stays with whoever has it.

    `warned_at` and `broken_at` say when it was noticed that the time runs short and ran out.
    """

    __tablename__ = "consultations"
    __table_args__ = (
        Index(
            "ix_consultations_waiting",
            "team_id",
            "due_at",
            sqlite_where=text(_WAITS),
            postgresql_where=text(_WAITS),
        ),
        Index(
            "ix_consultations_to_warn",
            "warn_at",
            sqlite_where=text(f"{_WAITS} AND broken_at IS NULL"),
            postgresql_where=text(f"{_WAITS} AND broken_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    question: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    warn_at: Mapped[datetime]
    due_at: Mapped[datetime]
    warned_at: Mapped[datetime | None]
    broken_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    withdrawn_at: Mapped[datetime | None]

    team: Mapped[Team] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])

    @property
    def waits(self) -> bool:
        """Whether nobody has answered it or taken it back yet."""
        return self.answered_at is None and self.withdrawn_at is None
