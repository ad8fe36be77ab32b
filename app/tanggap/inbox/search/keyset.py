"""Places in lists that are read page by page, newest first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from tanggap.store.base import UtcDateTime

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """One row of a list that is sorted by a time and then by an id."""

    at: datetime
    id: int

    def __str__(self) -> str:
        """Write the cursor as it stands in addresses."""
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}.{self.id}"

    @classmethod
    def read(cls, written: str) -> Cursor | None:
        """Read a cursor; anything else than a cursor means the first page."""
        match = re.fullmatch(r"(\d{1,17})\.(\d{1,18})", written, re.ASCII)
        if match is None:
            return None
        return cls(_EPOCH + timedelta(microseconds=int(match[1])), int(match[2]))

    def older(
        self, at: InstrumentedAttribute[datetime], id_: InstrumentedAttribute[int]
    ) -> ColumnElement[bool]:
        """Tell whether a row stands after this one, newest first."""
        return tuple_(at, id_) < self._place()

    def later(
        self, at: InstrumentedAttribute[datetime | None], id_: InstrumentedAttribute[int]
    ) -> ColumnElement[bool]:
        """Tell whether a row stands after this one, earliest first."""
        return tuple_(at, id_) > self._place()

    def not_older(
        self, at: InstrumentedAttribute[datetime], id_: InstrumentedAttribute[int]
    ) -> ColumnElement[bool]:
        """Tell whether a row is this one or stands before it, newest first."""
        return tuple_(at, id_) >= self._place()

    def _place(self) -> ColumnElement[Any]:
        return tuple_(literal(self.at, UtcDateTime()), literal(self.id))
