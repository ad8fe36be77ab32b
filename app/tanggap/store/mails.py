"""The e-mail leg: the mailbox, how cases go on by e-mail, and every mail that came or went."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tanggap.store.base import Base, Id, utcnow
from tanggap.store.users import User

EMAIL: Final = "email"
"""The third way to answer beside public and private, and the kind of posts that came by it."""

INCOMING = "in"
OUTGOING = "out"

ANSWER = "answer"
UNKNOWN = "unknown"
AUTOMATIC = "automatic"
BOUNCE = "bounce"
LOOP = "loop"
FLOOD = "flood"
UNREADABLE = "unreadable"
TOO_LARGE = "too_large"

WAITING = "waiting"
DONE = "done"
DISMISSED = "dismissed"


class Mailbox(Base):
    """A mailbox of the company: where answers leave from and where customers' mails come in.

    Of a `team_id` the cases of that team go on from it; without one, those of all that have none.
    Passwords are sealed together. `uid_validity` and `last_uid` are how far the folder was read,
    `problem` is why it could not be read or written lately.
    """

    __tablename__ = "mailboxes"

    id: Mapped[Id]
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))
    address: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(255), default="")
    smtp_host: Mapped[str] = mapped_column(String(255))
    smtp_port: Mapped[int]
    smtp_security: Mapped[str] = mapped_column(String(16))
    smtp_user: Mapped[str] = mapped_column(String(255), default="")
    imap_host: Mapped[str] = mapped_column(String(255))
    imap_port: Mapped[int]
    imap_security: Mapped[str] = mapped_column(String(16))
    imap_user: Mapped[str] = mapped_column(String(255), default="")
    folder: Mapped[str] = mapped_column(String(255), default="INBOX")
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    plus_addresses: Mapped[bool] = mapped_column(default=False)
    enabled: Mapped[bool] = mapped_column(default=True)
    uid_validity: Mapped[int | None]
    last_uid: Mapped[int] = mapped_column(default=0)
    polled_at: Mapped[datetime | None]
    poll_claimed_until: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(Text, default="")
    problem_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)


class MailLeg(Base):
    """A case that goes on by e-mail; whoever knows the `token` writes into it.

    It stays with the mailbox that it began in, or that the customer wrote to last.
    """

    __tablename__ = "mail_legs"

    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    mailbox_id: Mapped[int | None] = mapped_column(ForeignKey("mailboxes.id", ondelete="SET NULL"))
    token: Mapped[str] = mapped_column(String(32), unique=True)
    sealed_address: Mapped[bytes] = mapped_column(LargeBinary)
    address_hash: Mapped[str] = mapped_column(String(64), index=True)
    address_hint: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(255))
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    created_by: Mapped[User] = relationship()
    mailbox: Mapped[Mailbox | None] = relationship()


class Mail(Base):
    """One e-mail, known by the hash of its Message-ID so that it is taken in once.

    `kind` is what it was taken for; one that belongs to no case or is no answer waits for a
    person. `quoted` is what the sender quoted of earlier mails, `left_out` names files that are not
    kept. `raw` is sealed and kept while it waits.
    """

    __tablename__ = "mails"
    __table_args__ = (
        Index(
            "ix_mails_waiting",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    message_id: Mapped[str] = mapped_column(Text, default="")
    direction: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(16), default=ANSWER)
    state: Mapped[str] = mapped_column(String(16), default=DONE)
    conversation_id: Mapped[int | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="SET NULL"), index=True
    )
    post_id: Mapped[int | None] = mapped_column(
        ForeignKey("posts.id", ondelete="SET NULL"), index=True
    )
    reply_id: Mapped[int | None] = mapped_column(
        ForeignKey("replies.id", ondelete="SET NULL"), index=True
    )
    mailbox_id: Mapped[int | None] = mapped_column(ForeignKey("mailboxes.id", ondelete="SET NULL"))
    sealed_sender: Mapped[bytes] = mapped_column(LargeBinary)
    sender_hash: Mapped[str] = mapped_column(String(64), default="", index=True)
    sender_hint: Mapped[str] = mapped_column(String(254), default="")
    sender_name: Mapped[str] = mapped_column(String(255), default="")
    other_sender: Mapped[bool] = mapped_column(default=False)
    subject: Mapped[str] = mapped_column(String(255), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    quoted: Mapped[str] = mapped_column(Text, default="")
    left_out: Mapped[list[Any]] = mapped_column(default=list)
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)
    size: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(default=utcnow)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]

    decided_by: Mapped[User | None] = relationship()
    files: Mapped[list[MailFile]] = relationship(order_by="MailFile.id")


class MailFile(Base):
    """A file that came with a mail, sealed."""

    __tablename__ = "mail_files"

    id: Mapped[Id]
    mail_id: Mapped[int] = mapped_column(ForeignKey("mails.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
