"""How accounts were read: gaps in what was received, and reads that platforms bill."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, Id, utcnow
from tanggap.store.words import WordsText


class Gap(Base):
    """A time in which an account could not be read; open until `ended_at` is known.

    `recovered` counts the posts from that time that polling brought in afterwards.
    """

    __tablename__ = "gaps"
    __table_args__ = (Index("ix_gaps_account_id_started_at", "account_id", "started_at"),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    started_at: Mapped[datetime]
    noticed_at: Mapped[datetime] = mapped_column(default=utcnow)
    ended_at: Mapped[datetime | None]
    cause: Mapped[str] = mapped_column(String(32))
    detail: Mapped[str] = mapped_column(WordsText, default="")
    recovered: Mapped[int] = mapped_column(default=0)


class BilledRead(Base):
    """One thing that was read on one UTC day, which the platform bills once."""

    __tablename__ = "billed_reads"
    __table_args__ = (UniqueConstraint("account_id", "day", "external_id"),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    day: Mapped[date] = mapped_column(Date, index=True)
    external_id: Mapped[str] = mapped_column(String(255))


class ReadDay(Base):
    """How much of an account was read on one UTC day, and what that cost in millionths of USD."""

    __tablename__ = "read_days"
    __table_args__ = (UniqueConstraint("account_id", "day"),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    day: Mapped[date] = mapped_column(Date)
    reads: Mapped[int] = mapped_column(default=0)
    micro_usd: Mapped[int] = mapped_column(default=0)
