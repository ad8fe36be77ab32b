"""Cases that people made one of or took apart, and threads that go on in another case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tanggap.store.base import Base, Id, utcnow
from tanggap.store.users import User

MERGE = "merge"
SPLIT = "split"


class CaseJoin(Base):
    """One merge or split by hand, until somebody undoes it and after.

    It stands in the timeline of `conversation_id`: what a merge left, what a split took from.
    `other_id` is the case that a merge ended or a split began; it is no foreign key because the
    former is gone. `kept` is what undoing it needs.
    """

    __tablename__ = "case_joins"

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(8))
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    other_id: Mapped[int] = mapped_column(index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    posts: Mapped[int] = mapped_column(default=0)
    kept: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    undone_by: Mapped[User | None] = relationship(foreign_keys=[undone_by_id])


class FollowedThread(Base):
    """Where a person's posts in a thread go after its case became part of another one."""

    __tablename__ = "followed_threads"
    __table_args__ = (UniqueConstraint("account_id", "thread_id", "author_id"),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    thread_id: Mapped[str] = mapped_column(String(255))
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"), index=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
