"""Connected accounts, the developer apps they use, and half-finished connection attempts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Date,
    ForeignKey,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from tanggap.errors import NotFoundError
from tanggap.store.base import Base, Id, utcnow
from tanggap.store.words import WordsText

ACTIVE = "active"
NEEDS_RECONNECT = "needs_reconnect"
DISCONNECTED = "disconnected"


class ChannelApp(Base):
    """The company's developer app on one channel."""

    __tablename__ = "channel_apps"

    channel: Mapped[str] = mapped_column(String(64), primary_key=True)
    config: Mapped[dict[str, Any]]
    sealed_secrets: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)


class Account(Base):
    """A connected page, profile or handle; reconnecting keeps the row, so history stays."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id: Mapped[Id]
    channel: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255))
    handle: Mapped[str] = mapped_column(String(255), default="")
    state: Mapped[str] = mapped_column(String(32), default=ACTIVE)
    state_reason: Mapped[str] = mapped_column(WordsText, default="")
    state_cause: Mapped[str] = mapped_column(String(32), default="")
    config: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sealed_token: Mapped[bytes | None] = mapped_column(LargeBinary)
    token_expires_at: Mapped[datetime | None]
    connected_at: Mapped[datetime] = mapped_column(default=utcnow)
    connected_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    webhook_subscribed_at: Mapped[datetime | None]
    last_received_at: Mapped[datetime | None]
    last_polled_at: Mapped[datetime | None]
    poll_cursor: Mapped[str | None] = mapped_column(Text)
    poll_claimed_until: Mapped[datetime | None]
    refresh_claimed_until: Mapped[datetime | None]
    rechecked_at: Mapped[datetime | None]
    recheck_claimed_until: Mapped[datetime | None]
    health_status: Mapped[str] = mapped_column(String(16), default="ok")
    health_detail: Mapped[str] = mapped_column(WordsText, default="")
    health_checked_at: Mapped[datetime | None]
    read_cap_micro_usd: Mapped[int | None]
    read_cap_reads: Mapped[int | None]
    read_warned_on: Mapped[date | None] = mapped_column(Date)


class ConnectAttempt(Base):
    """One trip through a platform's consent page; secrets of the trip are sealed here."""

    __tablename__ = "connect_attempts"

    id: Mapped[Id]
    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    channel: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


def account_by_id(session: Session, account_id: int) -> Account:
    """Load an account; raises `NotFoundError`."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFoundError(f"account {account_id} does not exist")
    return account


def list_accounts(session: Session) -> list[Account]:
    """List all accounts by channel and name."""
    return list(session.scalars(select(Account).order_by(Account.channel, Account.name)))


def accounts_by_external_id(session: Session, channel: str) -> dict[str, Account]:
    """Map the platform's ids to the channel's accounts."""
    rows = session.scalars(select(Account).where(Account.channel == channel))
    return {account.external_id: account for account in rows}
