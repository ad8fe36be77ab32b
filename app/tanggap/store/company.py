"""The company that answers here: how it is called and looks to its customers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, utcnow

ONLY = 1
"""The id of the one row."""


class Company(Base):
    """What customers see of the company on pages of ours; there is one row, or none yet.

    `colour` is written #rrggbb; `zone` names a time zone of the IANA database.
    """

    __tablename__ = "company"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(120))
    logo_text: Mapped[str] = mapped_column(String(24), default="")
    colour: Mapped[str] = mapped_column(String(7))
    contact: Mapped[str] = mapped_column(Text, default="")
    website: Mapped[str] = mapped_column(String(255), default="")
    zone: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
