"""Single sign-on: the provider that the company signs in with, and whom of its people it knows."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, BigId, Id, utcnow

OWN: Final = "own"
PROVIDER: Final = "provider"
SECOND_FACTORS: Final = (OWN, PROVIDER)

ONLY: Final = 1
"""The id of the one row; an installation has one provider."""


class SignOnProvider(Base):
    """How people sign in with an OpenID Connect provider, and what they may do then.

    `groups` lists `{"group", "role", "teams", "limited"}`: members of the group get the role and
    the teams, and with `limited` see the cases of those teams alone; the first that fits counts.
    Without one that fits, `role` is given to people who come for the first time; empty means that
    they are refused. `domains` are the e-mail domains of those who may be new. `second_factor`
    says whose second step counts: ours, or the provider's by `amr` and `acr`. With
    `passwords_off` only `break_glass_id` may still sign in with a password.
    """

    __tablename__ = "sign_on_providers"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    enabled: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str] = mapped_column(String(80), default="")
    issuer: Mapped[str] = mapped_column(String(255))
    client_id: Mapped[str] = mapped_column(String(255))
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    domains: Mapped[list[Any]] = mapped_column(default=list)
    groups_claim: Mapped[str] = mapped_column(String(80), default="groups")
    groups: Mapped[list[Any]] = mapped_column(default=list)
    role: Mapped[str] = mapped_column(String(32), default="")
    second_factor: Mapped[str] = mapped_column(String(16), default=OWN)
    passwords_off: Mapped[bool] = mapped_column(default=False)
    break_glass_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)


class Identity(Base):
    """A person as a provider knows them, by a name of its own that never changes."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    last_used_at: Mapped[datetime] = mapped_column(default=utcnow)
