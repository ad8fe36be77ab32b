"""What people answered for practice: it goes to nobody and teaches no model."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, Id, utcnow


class PracticeAnswer(Base):
    """One person's try at one past post, made once.

    `label` and `team_id` are what the person chose, `expected` and `expected_team_id` what the
    post was taken for and where the rules sent it by then, so that figures stay what they were.
    `findings` are the codes that the linter found in the text.
    """

    __tablename__ = "practice_answers"
    __table_args__ = (UniqueConstraint("user_id", "post_id"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(64))
    expected: Mapped[str] = mapped_column(String(64))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))
    expected_team_id: Mapped[int | None] = mapped_column(
        ForeignKey("teams.id", ondelete="SET NULL")
    )
    right_team: Mapped[bool]
    text: Mapped[str] = mapped_column(Text)
    findings: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
