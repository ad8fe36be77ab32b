"""Macros: several acts on a case in one click."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, Id, utcnow


class Macro(Base):
    """A text for the composer, tags, a state and a team, each of which may be left out.

    Without `team_id` everybody sees it, else the members of that team. `state` and `move_to_id`
    are taken on at once; the text waits in the composer for a person to send it.
    """

    __tablename__ = "macros"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(80), unique=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text, default="")
    tags: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(String(16), default="")
    move_to_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)
