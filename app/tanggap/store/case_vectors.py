"""What resolved cases were about, as vectors, so that similar ones are found."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, BigId, utcnow


class CaseVector(Base):
    """One resolved case: a vector of 16-bit floats of length one, by the model of `version`.

    `resolved_at` repeats when the case was resolved, and says how far the work has come.
    `question_id` is the customer's post it was made of, `answer_id` our last answer; a case without
    a post that is still there has a vector of zeros.
    """

    __tablename__ = "case_vectors"
    __table_args__ = (
        Index("ix_case_vectors_resolved", "version", "resolved_at", "conversation_id"),
        Index("ix_case_vectors_made", "version", "made_at"),
    )

    conversation_id: Mapped[int] = mapped_column(
        BigId,
        ForeignKey("conversations.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    version: Mapped[str] = mapped_column(String(64))
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    question_id: Mapped[int | None] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), index=True
    )
    answer_id: Mapped[int | None] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), index=True
    )
    resolved_at: Mapped[datetime]
    made_at: Mapped[datetime] = mapped_column(default=utcnow)
