"""Model bundles the installation knows, what was done with them, and what candidates say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tanggap.store.base import Base, Id, utcnow

ACTIVATE = "activate"
ROLL_BACK = "rollback"
SHADOW = "shadow"
GATE = "gate"
FIRST = 0
"""What the first event follows."""


class Model(Base):
    """A bundle that was activated or shadowed once; `folder` stands in the models folder.

    `sha256` is that of its `bundle.json`, which holds the hashes of the other files. The counters
    are about its time as a candidate; `shadow_cursor` is the newest verdict it has been held
    against, or passed over.
    """

    __tablename__ = "models"

    id: Mapped[Id]
    version: Mapped[str] = mapped_column(String(64), unique=True)
    folder: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    labels: Mapped[list[Any]] = mapped_column(default=list)
    label_names: Mapped[dict[str, Any]] = mapped_column(default=dict)
    added_at: Mapped[datetime] = mapped_column(default=utcnow)
    shadow_cursor: Mapped[int] = mapped_column(default=0)
    shadow_failed: Mapped[int] = mapped_column(default=0)
    shadow_dropped: Mapped[int] = mapped_column(default=0)
    shadow_error: Mapped[str] = mapped_column(Text, default="")
    shadow_error_at: Mapped[datetime | None]


class ModelEvent(Base):
    """Something people decided about models; the newest of a kind says what holds.

    `model_id` is what serves (activate, rollback) or runs beside it (shadow) from then on; None
    is the bundle of the settings, or no candidate. Every event names the one it `follows`, so
    that of two people who decide at once one is told to look again.
    """

    __tablename__ = "model_events"
    __table_args__ = (Index("ix_model_events_kind", "kind", "id"),)

    id: Mapped[Id]
    follows: Mapped[int] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(default=utcnow)
    kind: Mapped[str] = mapped_column(String(16))
    model_id: Mapped[int | None] = mapped_column(ForeignKey("models.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    by: Mapped[str] = mapped_column(String(255))
    forced: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(Text, default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)

    model: Mapped[Model | None] = relationship()


class ShadowVerdict(Base):
    """What a candidate said of a post, beside the verdict that counts."""

    __tablename__ = "shadow_verdicts"
    __table_args__ = (
        UniqueConstraint("model_id", "verdict_id"),
        Index("ix_shadow_verdicts_agrees", "model_id", "agrees", "id"),
    )

    id: Mapped[Id]
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id", ondelete="CASCADE"))
    verdict_id: Mapped[int] = mapped_column(
        ForeignKey("verdicts.id", ondelete="CASCADE"), index=True
    )
    label: Mapped[str] = mapped_column(String(64))
    confidence: Mapped[float]
    certain: Mapped[bool]
    agrees: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


def newest_event(session: Session, *kinds: str) -> ModelEvent | None:
    """Give the newest event of these kinds, or of any."""
    query = select(ModelEvent).order_by(ModelEvent.id.desc()).limit(1)
    return session.scalar(query.where(ModelEvent.kind.in_(kinds)) if kinds else query)


def serving_model(session: Session) -> Model | None:
    """Give the model that people activated last; None is the bundle of the settings."""
    event = newest_event(session, ACTIVATE, ROLL_BACK)
    return event.model if event else None


def candidate_model(session: Session) -> Model | None:
    """Give the model that runs beside the active one, if there is one."""
    event = newest_event(session, SHADOW)
    return event.model if event else None


def model_by_version(session: Session, version: str) -> Model | None:
    """Find a known model."""
    return session.scalar(select(Model).where(Model.version == version))
