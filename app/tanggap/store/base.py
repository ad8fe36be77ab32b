"""The declarative base, shared column types and naming of constraints."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, Final

import orjson
from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

# SQLite gives row ids only to INTEGER primary keys.
BigId = BigInteger().with_variant(Integer, "sqlite")
Json = JSON().with_variant(JSONB, "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; a naive value is a programming error."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse naive values and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a stored time needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give back UTC; SQLite forgets the zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    # For each moment of each row; the steps that SQLAlchemy puts together take four times as long.
    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Write a moment as SQLAlchemy writes it in SQLite, in one go."""
        return _write if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Read what `bind_processor` wrote."""
        if dialect.name == "sqlite":
            return _read
        return super().result_processor(dialect, coltype)


_NAIVE: Final = len("2026-11-22 10:00:00.000000")


def _write(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise TypeError("a stored time needs a time zone")
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat(" ", "microseconds")[:_NAIVE]


def _read(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: BigId,
        datetime: UtcDateTime(),
        dict[str, Any]: Json,
        list[Any]: Json,
    }


Id = Annotated[int, mapped_column(BigId, primary_key=True)]


def to_json(value: Any) -> str:
    """Write a JSON column.

    What a platform may send and orjson refuses, such as half of a surrogate pair or a number beyond
    64 bits, is left to the standard library.
    """
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, default=_iso)


def from_json(written: str | bytes) -> Any:
    """Read a JSON column."""
    try:
        return orjson.loads(written)
    except ValueError:
        return json.loads(written)


def _iso(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def utcnow() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)
