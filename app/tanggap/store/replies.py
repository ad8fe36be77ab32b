"""Drafts people write and the outbox of replies on their way to a platform."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from tanggap.errors import NotFoundError
from tanggap.store.base import Base, Id, utcnow
from tanggap.store.users import User
from tanggap.store.words import WordsText

QUEUED = "queued"
SENDING = "sending"
SENT = "sent"
FAILED = "failed"
UNKNOWN = "unknown"
UNDONE = "undone"


INVITATION = "invitation"
ACKNOWLEDGEMENT = "acknowledgement"
UPDATE = "update"
SATISFACTION = "satisfaction"
PERMISSION = "permission"
PURPOSES = (INVITATION, ACKNOWLEDGEMENT, UPDATE, SATISFACTION, PERMISSION)
"""What an answer can be for beyond answering; it takes effect when the answer has arrived."""


class Draft(Base):
    """What one person has typed in one conversation so far, and what it is for, if anything.

    `promised_until` is by when it promises the customer to hear from us. `visibility` is the way
    it was written for, empty where nobody has chosen.
    """

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("conversation_id", "user_id"),)

    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text)
    seen_post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"))
    visibility: Mapped[str] = mapped_column(String(16), default="")
    purpose: Mapped[str] = mapped_column(String(16), default="")
    promised_until: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)


class ReplyRow(Base):
    """One reply in the outbox.

    `queued` waits for the worker, `sending` was handed to the platform, `sent` has its receipt,
    `failed` was refused for good, `unknown` may or may not have arrived and is read back before
    any further try. `undone` was called off by its author before `send_after`. `lookups` counts how
    often it was looked for in vain. `purpose` and `promised_until` are those of its draft. With
    `overrides_wish` somebody wrote against the wish not to be contacted; the audit log tells why.
    """

    __tablename__ = "replies"
    __table_args__ = (Index("ix_replies_state_next_try_at", "state", "next_try_at"),)

    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    in_reply_to_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str] = mapped_column(Text)
    visibility: Mapped[str] = mapped_column(String(16), default="public")
    purpose: Mapped[str] = mapped_column(String(16), default="")
    promised_until: Mapped[datetime | None]
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(16), default=QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    lookups: Mapped[int] = mapped_column(default=0)
    overrides_wish: Mapped[bool] = mapped_column(default=False)
    send_after: Mapped[datetime | None]
    next_try_at: Mapped[datetime] = mapped_column(default=utcnow)
    claimed_until: Mapped[datetime | None]
    first_tried_at: Mapped[datetime | None]
    error_code: Mapped[str] = mapped_column(String(64), default="")
    error: Mapped[str] = mapped_column(WordsText, default="")
    external_id: Mapped[str | None] = mapped_column(String(255))
    url: Mapped[str | None] = mapped_column(Text)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    sent_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()
    parts: Mapped[list[ReplyPart]] = relationship(
        order_by="ReplyPart.number", cascade="all, delete-orphan"
    )
    attachments: Mapped[list[ReplyAttachment]] = relationship(
        order_by="ReplyAttachment.id", passive_deletes=True
    )


class ReplyPart(Base):
    """One post of a reply that is too long for one; a reply that fits has no parts.

    They are sent in order, each as an answer to the one before; the reply's state is that of the
    first part without an `external_id`.
    """

    __tablename__ = "reply_parts"
    __table_args__ = (UniqueConstraint("reply_id", "number"),)

    id: Mapped[Id]
    reply_id: Mapped[int] = mapped_column(ForeignKey("replies.id", ondelete="CASCADE"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    first_tried_at: Mapped[datetime | None]
    external_id: Mapped[str | None] = mapped_column(String(255))
    url: Mapped[str | None] = mapped_column(Text)
    post_id: Mapped[int | None] = mapped_column(
        ForeignKey("posts.id", ondelete="SET NULL"), index=True
    )
    sent_at: Mapped[datetime | None]


class ReplyAttachment(Base):
    """A picture that goes out with an answer: drawn anew from its pixels, and sealed.

    It lies in its author's composer until an answer takes it along: `reply_id` says which, and
    `approval_id` where it was handed in. `part` is the one of the reply's parts that carries it.
    """

    __tablename__ = "reply_attachments"
    __table_args__ = (
        Index("ix_reply_attachments_conversation_id_user_id", "conversation_id", "user_id"),
    )

    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    reply_id: Mapped[int | None] = mapped_column(
        ForeignKey("replies.id", ondelete="CASCADE"), index=True
    )
    approval_id: Mapped[int | None] = mapped_column(
        ForeignKey("approvals.id", ondelete="CASCADE"), index=True
    )
    part: Mapped[int] = mapped_column(default=1)
    description: Mapped[str] = mapped_column(Text, default="")
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


def reply_by_id(session: Session, reply_id: int) -> ReplyRow:
    """Load a reply with its author; raises `NotFoundError`."""
    query = select(ReplyRow).where(ReplyRow.id == reply_id).options(joinedload(ReplyRow.user))
    reply = session.scalar(query)
    if reply is None:
        raise NotFoundError(f"reply {reply_id} does not exist")
    return reply
