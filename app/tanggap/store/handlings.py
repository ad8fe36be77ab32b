"""How the rules want cases handled: by whom, in which tone, with which template first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, BigId, utcnow


class Handling(Base):
    """What rules wish for one case.

    The wish for a person stands until somebody has the case: `assignee_id` names the person;
    `by_load` asks for whoever of the team is on shift, has all of the `skills` and the least to
    do, with `sticky` the customer's last agent before all others. `tone` is the formality of the
    answers and `template` the key of the one to suggest first; both may be empty.
    """

    __tablename__ = "handlings"

    conversation_id: Mapped[int] = mapped_column(
        BigId,
        ForeignKey("conversations.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    by_load: Mapped[bool] = mapped_column(default=False)
    skills: Mapped[list[Any]] = mapped_column(default=list)
    sticky: Mapped[bool] = mapped_column(default=False)
    tone: Mapped[str] = mapped_column(String(16), default="")
    template: Mapped[str] = mapped_column(String(64), default="")
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)
