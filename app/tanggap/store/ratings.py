"""How satisfied customers were, in a number and their words."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tanggap.store.base import Base, Id, utcnow
from tanggap.store.users import User

BY_REPLY = "reply"
BY_LINK = "link"
BY_PERSON = "person"
LOW = 2
"""The highest score that reopens a case."""


class Rating(Base):
    """One asking whether a customer is satisfied, and the answer.

    `asked_at` is empty where the customer said it unasked. `score` goes from 1 to 5 and is empty
    until there is an answer; `by` is how it came. Channel, team, label and agent are those of the
    case when it was asked, so that reports stay what they were.
    """

    __tablename__ = "ratings"
    __table_args__ = (
        Index(
            "ix_ratings_waiting",
            "conversation_id",
            sqlite_where=text("score IS NULL"),
            postgresql_where=text("score IS NULL"),
        ),
        Index("ix_ratings_author_id_answered_at", "author_id", "answered_at"),
    )

    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))
    channel: Mapped[str] = mapped_column(String(64))
    team_id: Mapped[int | None] = mapped_column(
        ForeignKey("teams.id", ondelete="SET NULL"), index=True
    )
    label: Mapped[str | None] = mapped_column(String(64))
    agent_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    asked_at: Mapped[datetime | None]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    answered_at: Mapped[datetime | None] = mapped_column(index=True)
    score: Mapped[int | None]
    words: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[str] = mapped_column(String(16), default="")
    post_id: Mapped[int | None] = mapped_column(
        ForeignKey("posts.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    agent: Mapped[User | None] = relationship(foreign_keys=[agent_id])
