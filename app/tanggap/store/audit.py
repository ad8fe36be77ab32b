"""The audit log, and the change feed that open browsers follow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, Session, mapped_column

from tanggap.store.base import Base, Id, utcnow


class AuditEntry(Base):
    """Who did what to which object; never updated, never holds a secret."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_object", "object_type", "object_id", "id"),
        Index("ix_audit_entries_user_id_id", "user_id", "id"),
    )

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(default=utcnow)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    action: Mapped[str] = mapped_column(String(64), index=True)
    object_type: Mapped[str] = mapped_column(String(64))
    object_id: Mapped[str] = mapped_column(String(255))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    remote_address: Mapped[str] = mapped_column(Text, default="")


class Change(Base):
    """One line of the change feed: this conversation looks different now, or is no more.

    It outlives its conversation, so that open lists learn of the end.
    """

    __tablename__ = "changes"

    id: Mapped[Id]
    conversation_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(default=utcnow, index=True)


def record(
    session: Session,
    action: str,
    object_type: str,
    object_id: object,
    *,
    user_id: int | None = None,
    detail: dict[str, Any] | None = None,
    remote_address: str = "",
) -> None:
    """Write an audit entry in the session's transaction."""
    session.add(
        AuditEntry(
            action=action,
            object_type=object_type,
            object_id=str(object_id),
            user_id=user_id,
            detail=detail or {},
            remote_address=remote_address,
        )
    )
