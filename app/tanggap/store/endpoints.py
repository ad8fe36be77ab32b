"""Other systems of the company that are told of events by webhooks, and what they were told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tanggap.store.base import Base, Id, utcnow

ACTIVE = "active"
PAUSED = "paused"

PENDING = "pending"
DELIVERED = "delivered"
FAILED = "failed"


class Endpoint(Base):
    """An address that is told of the events it asks for.

    `failures` counts tries that failed in a row. `with_texts` sends what customers write and how
    they are called, personal data in it covered.
    """

    __tablename__ = "endpoints"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(80))
    url: Mapped[str] = mapped_column(Text)
    events: Mapped[list[Any]] = mapped_column(default=list)
    with_texts: Mapped[bool] = mapped_column(default=False)
    sealed_secrets: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16), default=ACTIVE)
    paused_at: Mapped[datetime | None]
    paused_for: Mapped[str] = mapped_column(String(16), default="")
    failures: Mapped[int] = mapped_column(default=0)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class EndpointMessage(Base):
    """One event on its way to one endpoint, written in the transaction in which it happened.

    `uid` goes with every try, so that whoever gets it twice can tell. The same `occasion` of a
    type is told an endpoint once. `object_id` is the reply, alert or label it is about. The body is
    made when it is sent, so that nothing of a person is kept here.
    """

    __tablename__ = "endpoint_messages"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "type", "occasion"),
        Index("ix_endpoint_messages_endpoint_id_id", "endpoint_id", "id"),
        Index(
            "ix_endpoint_messages_pending",
            "next_try_at",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_endpoint_messages_occurred_at", "occurred_at"),
    )

    id: Mapped[Id]
    uid: Mapped[str] = mapped_column(String(40), unique=True)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("endpoints.id", ondelete="CASCADE"))
    type: Mapped[str] = mapped_column(String(32))
    conversation_id: Mapped[int | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    post_id: Mapped[int | None] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), index=True
    )
    object_id: Mapped[str] = mapped_column(String(64), default="")
    occasion: Mapped[str] = mapped_column(String(160))
    occurred_at: Mapped[datetime] = mapped_column(default=utcnow)
    state: Mapped[str] = mapped_column(String(16), default=PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(default=utcnow)
    finished_at: Mapped[datetime | None]

    endpoint: Mapped[Endpoint] = relationship()
    tries: Mapped[list[EndpointAttempt]] = relationship(
        order_by="EndpointAttempt.id", cascade="all, delete-orphan", back_populates="message"
    )


class EndpointAttempt(Base):
    """One try to deliver a message; heads alone are kept, signatures and cookies covered."""

    __tablename__ = "endpoint_attempts"

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(
        ForeignKey("endpoint_messages.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime] = mapped_column(default=utcnow)
    status: Mapped[int | None]
    error: Mapped[str] = mapped_column(String(255), default="")
    milliseconds: Mapped[int] = mapped_column(default=0)
    request_head: Mapped[str] = mapped_column(Text, default="")
    response_head: Mapped[str] = mapped_column(Text, default="")

    message: Mapped[EndpointMessage] = relationship(back_populates="tries")
