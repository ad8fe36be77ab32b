"""That a customer is who they say: until when, how it was found, and who says so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tanggap.store.base import Base, Id, utcnow
from tanggap.store.users import User


class Verification(Base):
    """One time that a customer was verified; it holds until it expires or is revoked.

    `method` says how: "details" that a person compared, details that stood in the "list", or a
    "code" that the customer told.
    """

    __tablename__ = "verifications"
    __table_args__ = (Index("ix_verifications_author_id_id", "author_id", "id"),)

    id: Mapped[Id]
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id", ondelete="CASCADE"))
    conversation_id: Mapped[int | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="SET NULL"), index=True
    )
    request_id: Mapped[int | None] = mapped_column(
        ForeignKey("form_requests.id", ondelete="SET NULL")
    )
    method: Mapped[str] = mapped_column(String(16))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    verified_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    revoked_by: Mapped[User | None] = relationship(foreign_keys=[revoked_by_id])

    @property
    def holds(self) -> bool:
        """Whether it counts now."""
        return self.revoked_at is None and self.expires_at > utcnow()


class KnownCustomer(Base):
    """The details of a customer as a keyed hash, which only tells whether others are equal."""

    __tablename__ = "known_customers"

    details_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
