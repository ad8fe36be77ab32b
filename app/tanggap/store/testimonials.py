"""Praise that the company would like to show, and the customers' permission for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tanggap.store.base import Base, Id, utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Author, Post
from tanggap.store.users import User

ASKED = "asked"
GRANTED = "granted"
DECLINED = "declined"
WITHDRAWN = "withdrawn"
STATES = (ASKED, GRANTED, DECLINED, WITHDRAWN)


class Testimonial(Base):
    """A praise whose author was asked whether it may be shown.

    `quote` and `consent` are the words of the two posts when the permission was recorded: what was
    permitted, and by which words, has to be known whatever becomes of the posts.
    """

    __tablename__ = "testimonials"
    __table_args__ = (Index("ix_testimonials_state_id", "state", "id"),)

    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"), index=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), unique=True)
    state: Mapped[str] = mapped_column(String(16), default=ASKED)
    asked_at: Mapped[datetime] = mapped_column(default=utcnow)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    consent_post_id: Mapped[int | None] = mapped_column(
        ForeignKey("posts.id", ondelete="SET NULL"), index=True
    )
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    quote: Mapped[str] = mapped_column(Text, default="")
    consent: Mapped[str] = mapped_column(Text, default="")
    consent_url: Mapped[str] = mapped_column(Text, default="")
    consent_at: Mapped[datetime | None]

    author: Mapped[Author] = relationship()
    conversation: Mapped[Conversation] = relationship()
    post: Mapped[Post] = relationship(foreign_keys=[post_id])
    decider: Mapped[User | None] = relationship(foreign_keys=[decided_by])
