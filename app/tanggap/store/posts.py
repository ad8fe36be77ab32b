"""Authors and what they wrote: posts, their earlier texts, verdicts and corrections."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tanggap.errors import NotFoundError
from tanggap.store.base import Base, Id, utcnow

TRIAGE_PENDING = "pending"
TRIAGE_DONE = "done"
TRIAGE_NONE = "none"


class Author(Base):
    """A person or page on one channel, as far as the platform tells.

    `told_at` is when it last told a name, handle or picture, and `purged_at` when they were
    removed because the platform's terms ask for it. `looked_up_at` is when it was asked for them.
    """

    __tablename__ = "authors"
    __table_args__ = (
        UniqueConstraint("channel", "external_id"),
        Index(
            "ix_authors_nameless",
            "channel",
            "first_seen_at",
            sqlite_where=text("name = '' AND handle = '' AND looked_up_at IS NULL"),
            postgresql_where=text("name = '' AND handle = '' AND looked_up_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    channel: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255), default="")
    handle: Mapped[str] = mapped_column(String(255), default="")
    followers: Mapped[int | None]
    verified: Mapped[bool] = mapped_column(default=False)
    avatar_url: Mapped[str | None] = mapped_column(Text)
    first_seen_at: Mapped[datetime] = mapped_column(default=utcnow)
    told_at: Mapped[datetime] = mapped_column(default=utcnow)
    looked_up_at: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]


class Post(Base):
    """Anything written in or around a conversation, ours included.

    `thread_id` and `in_reply_to` are the platform's ids; `parent_id` is filled once the parent is
    known, whichever came first. A post of ours that answers nobody and a post that only
    gives context have no conversation. `triage` is the truth about what is left to do.
    `purged_at` is when the text was removed because the platform's terms ask for it.
    """

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("account_id", "external_id"),
        Index("ix_posts_account_id_thread_id", "account_id", "thread_id"),
        Index(
            "ix_posts_orphans",
            "account_id",
            "in_reply_to",
            sqlite_where=text("parent_id IS NULL AND in_reply_to IS NOT NULL"),
            postgresql_where=text("parent_id IS NULL AND in_reply_to IS NOT NULL"),
        ),
        Index(
            "ix_posts_parent_id",
            "parent_id",
            sqlite_where=text("parent_id IS NOT NULL"),
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
        Index("ix_posts_conversation_id_posted_at", "conversation_id", "posted_at"),
        Index(
            "ix_posts_deleted",
            "deleted_at",
            sqlite_where=text("deleted_at IS NOT NULL AND purged_at IS NULL"),
            postgresql_where=text("deleted_at IS NOT NULL AND purged_at IS NULL"),
        ),
        Index(
            "ix_posts_triage_pending",
            "id",
            sqlite_where=text("triage = 'pending'"),
            postgresql_where=text("triage = 'pending'"),
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    conversation_id: Mapped[int | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="SET NULL")
    )
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"), index=True)
    delivery_id: Mapped[int | None] = mapped_column(
        ForeignKey("deliveries.id", ondelete="SET NULL"), index=True
    )
    source: Mapped[str] = mapped_column(String(16))
    external_id: Mapped[str] = mapped_column(String(255))
    thread_id: Mapped[str] = mapped_column(String(255))
    in_reply_to: Mapped[str | None] = mapped_column(String(255))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"))
    quoted_id: Mapped[str | None] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16))
    visibility: Mapped[str] = mapped_column(String(16))
    from_us: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(default=1)
    posted_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(default=utcnow)
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    hidden: Mapped[bool] = mapped_column(default=False)
    liked: Mapped[bool] = mapped_column(default=False)
    purged_at: Mapped[datetime | None]
    url: Mapped[str | None] = mapped_column(Text)
    mentions: Mapped[list[Any]] = mapped_column(default=list)
    metrics: Mapped[dict[str, Any]] = mapped_column(default=dict)
    attachments: Mapped[list[Any]] = mapped_column(default=list)
    triage: Mapped[str] = mapped_column(String(16), default=TRIAGE_NONE)
    triage_claimed_until: Mapped[datetime | None]

    author: Mapped[Author] = relationship()
    parent: Mapped[Post | None] = relationship(remote_side="Post.id")
    revisions: Mapped[list[PostRevision]] = relationship(
        order_by="PostRevision.revision", cascade="all, delete-orphan"
    )
    verdicts: Mapped[list[VerdictRow]] = relationship(
        order_by="VerdictRow.id", cascade="all, delete-orphan"
    )
    corrections: Mapped[list[Correction]] = relationship(
        order_by="Correction.id", cascade="all, delete-orphan"
    )


class PostAlias(Base):
    """An id that a post had before it was edited, on platforms where that changes the id."""

    __tablename__ = "post_aliases"
    __table_args__ = (UniqueConstraint("account_id", "external_id"),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    external_id: Mapped[str] = mapped_column(String(255))
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)


class PostRevision(Base):
    """A text that a post had before it was edited."""

    __tablename__ = "post_revisions"
    __table_args__ = (UniqueConstraint("post_id", "revision"),)

    id: Mapped[Id]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    revision: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[datetime] = mapped_column(default=utcnow)


class VerdictRow(Base):
    """What one model said of one revision of a post; `certain` is confidence over threshold."""

    __tablename__ = "verdicts"
    __table_args__ = (UniqueConstraint("post_id", "revision", "model_version"),)

    id: Mapped[Id]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    revision: Mapped[int]
    label: Mapped[str] = mapped_column(String(64))
    confidence: Mapped[float]
    certain: Mapped[bool]
    probabilities: Mapped[dict[str, Any]]
    language: Mapped[str] = mapped_column(String(8))
    model_version: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Correction(Base):
    """A person's word on a post's label, kept for retraining."""

    __tablename__ = "corrections"

    id: Mapped[Id]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    from_label: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text, default="")
    model_version: Mapped[str] = mapped_column(String(64))
    text_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class EarlyEvent(Base):
    """An edit, deletion or hiding that came before the post it is about."""

    __tablename__ = "early_events"
    __table_args__ = (UniqueConstraint("account_id", "external_id", "kind"),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    external_id: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)


def author_by_id(session: Session, author_id: int) -> Author:
    """Load an author; raises `NotFoundError`."""
    author = session.get(Author, author_id)
    if author is None:
        raise NotFoundError(f"author {author_id} does not exist")
    return author
