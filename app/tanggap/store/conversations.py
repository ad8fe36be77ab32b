"""Conversations: one customer's case in one thread on one account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tanggap.store.accounts import Account
from tanggap.store.base import Base, BigId, Id, utcnow
from tanggap.store.posts import Author
from tanggap.store.users import Team, User

OPEN = "open"
WAITING = "waiting"
SNOOZED = "snoozed"
RESOLVED = "resolved"
NOT_OURS = "not_ours"
STATES = (OPEN, WAITING, SNOOZED, RESOLVED, NOT_OURS)

PUBLIC = "public"
INVITED = "invited"
PRIVATE = "private"
OWED = "owed"
CLOSED = "closed"
HANDOVERS = (PUBLIC, INVITED, PRIVATE, OWED, CLOSED)

PRIORITIES = ("urgent", "high", "normal", "low")


class Conversation(Base):
    """The unit of work: it has a state, a team, perhaps an assignee, and posts.

    `label`, `language` and the counters repeat what the newest posts say, so that the list needs
    one table. `revision` grows with every change a person makes and guards claims. `waits` is
    True from the customer's newest post until our answer to it was sent.
    `needs_approval` sends every answer past a second person. `last_inbound_id` is the id of the
    customer's post that came in last. `handover` is how far the case is on its way to private and
    back: `owed` means that it was solved in private and that the public does not know yet; a case
    that began in private stays `public`, for it owes nothing. `next_due_at` repeats when the first
    of its running clocks is due, `next_warn_at` when that one warns and `next_due` which one it is.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("account_id", "thread_id", "author_id"),
        Index("ix_conversations_list", "state", "last_post_at", "id"),
        Index("ix_conversations_team", "team_id", "state", "last_post_at", "id"),
        Index("ix_conversations_assignee", "assignee_id", "state", "last_post_at", "id"),
        Index("ix_conversations_newest", "last_post_at", "id"),
        Index(
            "ix_conversations_tagged",
            "tags",
            postgresql_using="gin",
            sqlite_where=text("tags <> '[]'"),
            postgresql_where=text("tags <> '[]'"),
        ),
        Index(
            "ix_conversations_resolved",
            "resolved_at",
            "id",
            sqlite_where=text("resolved_at IS NOT NULL"),
            postgresql_where=text("resolved_at IS NOT NULL"),
        ),
        Index(
            "ix_conversations_owed",
            "last_post_at",
            "id",
            sqlite_where=text("handover = 'owed'"),
            postgresql_where=text("handover = 'owed'"),
        ),
        Index(
            "ix_conversations_due",
            "next_due_at",
            "id",
            sqlite_where=text("next_due_at IS NOT NULL"),
            postgresql_where=text("next_due_at IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(64))
    thread_id: Mapped[str] = mapped_column(String(255))
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"), index=True)
    visibility: Mapped[str] = mapped_column(String(16), default="public")
    state: Mapped[str] = mapped_column(String(16), default=OPEN)
    label: Mapped[str | None] = mapped_column(String(64))
    confidence: Mapped[float | None]
    certain: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str | None] = mapped_column(String(8))
    priority: Mapped[int] = mapped_column(default=PRIORITIES.index("normal"))
    tags: Mapped[list[Any]] = mapped_column(default=list)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    assigned_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)
    waits: Mapped[bool] = mapped_column(default=True)
    snippet: Mapped[str] = mapped_column(Text, default="")
    post_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    last_post_at: Mapped[datetime]
    last_inbound_at: Mapped[datetime | None]
    first_answered_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    needs_approval: Mapped[bool] = mapped_column(default=False)
    last_inbound_id: Mapped[int | None]
    handover: Mapped[str] = mapped_column(String(16), default=PUBLIC)
    next_due_at: Mapped[datetime | None]
    next_warn_at: Mapped[datetime | None]
    next_due: Mapped[str | None] = mapped_column(String(16))

    account: Mapped[Account] = relationship()
    author: Mapped[Author] = relationship()
    team: Mapped[Team | None] = relationship()
    assignee: Mapped[User | None] = relationship()

    @property
    def priority_name(self) -> str:
        """Name the priority; stored as a number so that urgent sorts first."""
        return PRIORITIES[self.priority]


class PrivateLeg(Base):
    """A private thread that goes on with a public conversation: the company wrote first."""

    __tablename__ = "private_legs"
    __table_args__ = (UniqueConstraint("account_id", "thread_id"),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    thread_id: Mapped[str] = mapped_column(String(255))
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )


class MergedConversation(Base):
    """The id of a conversation that is part of another one now; addresses of it lead there."""

    __tablename__ = "merged_conversations"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    into_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
