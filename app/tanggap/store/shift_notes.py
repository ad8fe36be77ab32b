"""What people leave for whoever goes on with their cases when their shift ends."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tanggap.store.base import Base, Id, utcnow
from tanggap.store.users import Team, User


class ShiftNote(Base):
    """A note to a person or to a team, until somebody there confirms that it was read."""

    __tablename__ = "shift_notes"
    __table_args__ = (
        Index(
            "ix_shift_notes_waiting",
            "id",
            sqlite_where=text("confirmed_at IS NULL"),
            postgresql_where=text("confirmed_at IS NULL"),
        ),
        Index("ix_shift_notes_user_id_id", "user_id", "id"),
    )

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    to_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    to_team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text, default="")
    given: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    to_user: Mapped[User | None] = relationship(foreign_keys=[to_user_id])
    to_team: Mapped[Team | None] = relationship()
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=[confirmed_by_id])
    cases: Mapped[list[ShiftNoteCase]] = relationship(
        order_by="ShiftNoteCase.id", cascade="all, delete-orphan"
    )


class ShiftNoteCase(Base):
    """One case of a shift note, and what is to be known of it."""

    __tablename__ = "shift_note_cases"
    __table_args__ = (UniqueConstraint("shift_note_id", "conversation_id"),)

    id: Mapped[Id]
    shift_note_id: Mapped[int] = mapped_column(ForeignKey("shift_notes.id", ondelete="CASCADE"))
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    text: Mapped[str] = mapped_column(Text, default="")
