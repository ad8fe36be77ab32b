"""Call-backs: telephone calls that somebody promised a customer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tanggap.store.base import Base, Id, utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.users import Team, User

PLANNED = "planned"
REACHED = "reached"
RESOLVED = "resolved"
NO_ANSWER = "no_answer"
WRONG_NUMBER = "wrong_number"
CALLED_OFF = "called_off"
CANCELLED = "cancelled"
OUTCOMES = (REACHED, RESOLVED, NO_ANSWER, WRONG_NUMBER, CALLED_OFF, CANCELLED)
"""Called off by the customer, cancelled by us."""


class CallBack(Base):
    """One call between two moments; a further try after nobody answered is a row of its own.

    The number is sealed and `phone_hint` shows what anybody may see of it. `zone` is where the
    customer lives. Without an assignee the whole team is told. `reminded_at` and `missed_at` are
    when people were told that it comes and that its time passed.
    """

    __tablename__ = "call_backs"
    __table_args__ = (
        Index(
            "ix_call_backs_planned",
            "starts_at",
            "id",
            sqlite_where=text("state = 'planned'"),
            postgresql_where=text("state = 'planned'"),
        ),
        Index("ix_call_backs_ended_at", "ended_at", "id"),
    )

    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    sealed_phone: Mapped[bytes] = mapped_column(LargeBinary)
    phone_hint: Mapped[str] = mapped_column(String(64))
    zone: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    words: Mapped[str] = mapped_column(Text, default="")
    attempt: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(16), default=PLANNED)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    reminded_at: Mapped[datetime | None]
    missed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    outcome: Mapped[str] = mapped_column(Text, default="")

    conversation: Mapped[Conversation] = relationship()
    team: Mapped[Team | None] = relationship()
    assignee: Mapped[User | None] = relationship(foreign_keys=[assignee_id])
    created_by: Mapped[User] = relationship(foreign_keys=[created_by_id])
    ended_by: Mapped[User | None] = relationship(foreign_keys=[ended_by_id])
