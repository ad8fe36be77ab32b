"""When people work, what they know, how much they take, and whether they are there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Date, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tanggap.store.base import Base, Id

DAY_MINUTES: Final = 24 * 60
DEFAULT_ZONE: Final = "Asia/Jakarta"


class Staff(Base):
    """What a person knows and takes; without a row they are given nothing.

    `capacity` is how many open cases the person is given at most; 0 gives none. Empty languages
    and platforms mean all. `given_at` is when a case was last given by itself.
    """

    __tablename__ = "staff"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    capacity: Mapped[int] = mapped_column(default=0)
    languages: Mapped[list[Any]] = mapped_column(default=list)
    platforms: Mapped[list[Any]] = mapped_column(default=list)
    products: Mapped[list[Any]] = mapped_column(default=list)
    zone: Mapped[str] = mapped_column(String(64), default=DEFAULT_ZONE)
    given_at: Mapped[datetime | None]


class Shift(Base):
    """A span of a weekday (0 is Monday) in which a person works, in minutes of local time.

    One that does not end after it starts goes on past midnight.
    """

    __tablename__ = "shifts"
    __table_args__ = (Index("ix_shifts_user_id", "user_id"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    weekday: Mapped[int]
    starts: Mapped[int]
    ends: Mapped[int]


class ShiftException(Base):
    """Days on which a person works otherwise than every week, or not at all.

    Without `starts` and `ends` the person is absent on all the days.
    """

    __tablename__ = "shift_exceptions"
    __table_args__ = (Index("ix_shift_exceptions_user_id_last_day", "user_id", "last_day"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    starts: Mapped[int | None]
    ends: Mapped[int | None]
    note: Mapped[str] = mapped_column(String(255), default="")


class Presence(Base):
    """Whether a person is there: `seen_at` is the newest sign of an open browser."""

    __tablename__ = "presences"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    seen_at: Mapped[datetime | None]
    away_since: Mapped[datetime | None]


def shifts_of(session: Session, user_ids: Collection[int]) -> list[Shift]:
    """List the weekly shifts of people, in order."""
    query = select(Shift).where(Shift.user_id.in_(user_ids))
    return list(session.scalars(query.order_by(Shift.user_id, Shift.weekday, Shift.starts)))


def exceptions_of(session: Session, user_ids: Collection[int], since: date) -> list[ShiftException]:
    """List what is otherwise on or after a day, the newest entry last."""
    query = select(ShiftException).where(
        ShiftException.user_id.in_(user_ids), ShiftException.last_day >= since
    )
    return list(session.scalars(query.order_by(ShiftException.id)))
