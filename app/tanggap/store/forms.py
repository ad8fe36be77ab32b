"""Forms that the company builds, what was asked of customers with them, and what they answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tanggap.store.base import Base, Id, utcnow
from tanggap.store.users import User

COLLECT = "collect"
VERIFY = "verify"


class Form(Base):
    """A form under its name; its questions stand in its versions, of which `version` is the last.

    `purpose` says what its answers are for: to collect information, or to verify the customer.
    """

    __tablename__ = "forms"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(16), default=COLLECT)
    name_id: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)

    def name_in(self, language: str) -> str:
        """Name the form in the reader's language."""
        return self.name_id if language == "id" else self.name_en


class FormVersion(Base):
    """The questions of a form at one time; never changed, since answers refer to them."""

    __tablename__ = "form_versions"
    __table_args__ = (UniqueConstraint("form_id", "number"),)

    id: Mapped[Id]
    form_id: Mapped[int] = mapped_column(ForeignKey("forms.id", ondelete="CASCADE"))
    number: Mapped[int]
    definition: Mapped[dict[str, Any]]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    form: Mapped[Form] = relationship()
    user: Mapped[User | None] = relationship()


class FormRequest(Base):
    """A form that a customer was asked to fill in, and the sealed answers once they did."""

    __tablename__ = "form_requests"
    __table_args__ = (Index("ix_form_requests_conversation_id_id", "conversation_id", "id"),)

    id: Mapped[Id]
    form_version_id: Mapped[int] = mapped_column(ForeignKey("form_versions.id", ondelete="CASCADE"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id", ondelete="CASCADE"), index=True)
    link_id: Mapped[int | None] = mapped_column(
        ForeignKey("single_use_links.id", ondelete="SET NULL")
    )
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(String(8), default="id")
    sealed_answers: Mapped[bytes | None] = mapped_column(LargeBinary)
    listed: Mapped[bool | None]
    decided_at: Mapped[datetime | None]

    version: Mapped[FormVersion] = relationship()
    user: Mapped[User | None] = relationship()
    photos: Mapped[list[FormPhoto]] = relationship(order_by="FormPhoto.id", viewonly=True)


class FormPhoto(Base):
    """A photo a customer sent with a form: drawn anew from its pixels, and sealed."""

    __tablename__ = "form_photos"

    id: Mapped[Id]
    request_id: Mapped[int] = mapped_column(
        ForeignKey("form_requests.id", ondelete="CASCADE"), index=True
    )
    field: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
