"""People who asked to be forgotten, what was given to them, and how long texts are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, Id, utcnow

QUEUED = "queued"
RUNNING = "running"
DONE = "done"
FAILED = "failed"


class Suppression(Base):
    """Somebody who was erased, known by a keyed hash of the platform's id alone.

    Whatever they write from then on comes under the pseudonym of `author_id`, or not at all.
    `key_hint` tells whether the key is still the one that made the hash.
    """

    __tablename__ = "suppressions"
    __table_args__ = (UniqueConstraint("channel", "id_hash"),)

    id: Mapped[Id]
    channel: Mapped[str] = mapped_column(String(64))
    id_hash: Mapped[str] = mapped_column(String(64))
    key_hint: Mapped[str] = mapped_column(String(16))
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("authors.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Erasure(Base):
    """One person's erasure: a job with its progress, then its certificate.

    It names nobody: `author_ids` are rows without names by then. `before` are the rows of each
    place when it was asked for, `counts` what was erased, `left` what a recount found.
    """

    __tablename__ = "erasures"
    __table_args__ = (
        Index(
            "ix_erasures_unfinished",
            "id",
            sqlite_where=text("state IN ('queued', 'running')"),
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )

    id: Mapped[Id]
    author_ids: Mapped[list[Any]] = mapped_column(default=list)
    identities: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(String(16), default=QUEUED)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    asked_by: Mapped[str] = mapped_column(String(255), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    step: Mapped[str] = mapped_column(String(64), default="")
    done_steps: Mapped[int] = mapped_column(default=0)
    all_steps: Mapped[int] = mapped_column(default=0)
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    left: Mapped[dict[str, Any]] = mapped_column(default=dict)
    certificate: Mapped[str] = mapped_column(Text, default="")
    digest: Mapped[str] = mapped_column(String(64), default="")
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    claimed_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class PersonExport(Base):
    """What one person is given of themselves: sealed, downloaded once, gone after a while."""

    __tablename__ = "person_exports"

    id: Mapped[Id]
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    size: Mapped[int] = mapped_column(default=0)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    downloaded_at: Mapped[datetime | None]


class RetentionRule(Base):
    """How long the company keeps what customers wrote on a platform, or on one account of it.

    Days are counted from the receipt; None keeps for ever. `beside_days` are for what cases hold
    beside posts. What a platform's own terms bound stays bound. `posts`, `authors` and `beside`
    count what went so far.
    """

    __tablename__ = "retention_rules"
    __table_args__ = (
        Index("ix_retention_rules_account_id", "account_id"),
        Index(
            "uq_retention_rules_channel",
            "channel",
            unique=True,
            sqlite_where=text("account_id IS NULL"),
            postgresql_where=text("account_id IS NULL"),
        ),
        Index(
            "uq_retention_rules_account",
            "account_id",
            unique=True,
            sqlite_where=text("account_id IS NOT NULL"),
            postgresql_where=text("account_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    channel: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    text_days: Mapped[int | None]
    profile_days: Mapped[int | None]
    beside_days: Mapped[int | None]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)
    ran_at: Mapped[datetime | None]
    posts: Mapped[int] = mapped_column(default=0)
    authors: Mapped[int] = mapped_column(default=0)
    beside: Mapped[int] = mapped_column(default=0)
