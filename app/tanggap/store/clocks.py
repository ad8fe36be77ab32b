"""Business calendars, targets, what moved a case's clocks, and how its clocks stand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, Id, utcnow


class CalendarRow(Base):
    """Open hours of one team, or of all others where `team_id` is None; `key` names whose.

    `week` lists the spans of each weekday as minutes after midnight, Monday first. `added` and
    `exceptions` are by day; `removed` are official holidays that are worked.
    """

    __tablename__ = "calendars"
    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(32), unique=True)
    team_id: Mapped[int | None] = mapped_column(
        ForeignKey("teams.id", ondelete="CASCADE"), index=True
    )
    zone: Mapped[str] = mapped_column(String(64))
    week: Mapped[list[Any]]
    public: Mapped[bool] = mapped_column(default=True)
    shared_leave: Mapped[bool] = mapped_column(default=False)
    added: Mapped[dict[str, Any]] = mapped_column(default=dict)
    removed: Mapped[list[Any]] = mapped_column(default=list)
    exceptions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)


class SlaPolicy(Base):
    """Targets for the cases that are as its other columns say; None fits every case.

    `targets` maps a clock to seconds and whether it runs around the clock. `proposed_by` is the
    channel that asked for the policy; once a person changed it, it is their own.
    """

    __tablename__ = "sla_policies"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(255), default="")
    channel: Mapped[str | None] = mapped_column(String(64))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    label: Mapped[str | None] = mapped_column(String(64))
    priority: Mapped[str | None] = mapped_column(String(16))
    visibility: Mapped[str | None] = mapped_column(String(16))
    targets: Mapped[dict[str, Any]]
    warn_share: Mapped[float | None]
    warn_seconds: Mapped[int | None]
    enabled: Mapped[bool] = mapped_column(default=True)
    proposed_by: Mapped[str | None] = mapped_column(String(64), unique=True)
    changed: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)


class CaseEventRow(Base):
    """What moved a case's clocks beside its posts: states, promises, pauses, targets of rules."""

    __tablename__ = "case_events"

    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(16))
    post_id: Mapped[int | None] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), index=True
    )
    clock: Mapped[str | None] = mapped_column(String(16))
    until: Mapped[datetime | None]
    within_seconds: Mapped[int | None]
    around_the_clock: Mapped[bool] = mapped_column(default=False)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(Text, default="")


class ClockRow(Base):
    """One clock of one case in one period.

    All but `warned_at`, `broken_at` and `created_at` follow from the case's events. Those two say
    when it was noticed that the clock warns and broke, so that each is told once.
    """

    __tablename__ = "clocks"
    __table_args__ = (
        UniqueConstraint("conversation_id", "kind", "period"),
        Index("ix_clocks_started_at", "kind", "started_at"),
        Index(
            "ix_clocks_to_warn",
            "warn_at",
            sqlite_where=text("met_at IS NULL AND ended_at IS NULL AND warned_at IS NULL"),
            postgresql_where=text("met_at IS NULL AND ended_at IS NULL AND warned_at IS NULL"),
        ),
        Index(
            "ix_clocks_to_break",
            "due_at",
            sqlite_where=text("met_at IS NULL AND ended_at IS NULL AND broken_at IS NULL"),
            postgresql_where=text("met_at IS NULL AND ended_at IS NULL AND broken_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    period: Mapped[int]
    started_at: Mapped[datetime]
    warn_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    met_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(String(16), default="")
    spent_seconds: Mapped[int] = mapped_column(default=0)
    within_seconds: Mapped[int]
    warned_at: Mapped[datetime | None]
    broken_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class ClockRun(Base):
    """How far the clocks were told again after a calendar or a policy changed."""

    __tablename__ = "clock_runs"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    after_id: Mapped[int] = mapped_column(default=0)
    wanted_at: Mapped[datetime]
