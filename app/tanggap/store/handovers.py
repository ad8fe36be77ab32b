"""Cases that go on in private and owe the public a conclusion."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tanggap.store.base import Base, utcnow
from tanggap.store.users import User

POSTED = "posted"
WAIVED = "waived"


class Handover(Base):
    """The way of one case from public to private and back; its state is `Conversation.handover`.

    `by_reference` says that only the link of the invitation, which may stand in public, tells that
    who writes privately is the customer. `solved_at` is when somebody said that it is solved there.
    `closing` is how it was closed: `posted` with the public post that says the conclusion, `waived`
    with the reason why none does.
    """

    __tablename__ = "handovers"

    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    invited_at: Mapped[datetime | None]
    invited_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    private_at: Mapped[datetime | None]
    solved_at: Mapped[datetime | None]
    solved_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    by_reference: Mapped[bool] = mapped_column(default=False)
    closing: Mapped[str] = mapped_column(String(16), default="")
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    closing_post_id: Mapped[int | None] = mapped_column(
        ForeignKey("posts.id", ondelete="SET NULL"), index=True
    )
    reason: Mapped[str] = mapped_column(Text, default="")
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)

    closer: Mapped[User | None] = relationship(foreign_keys=[closed_by])
    inviter: Mapped[User | None] = relationship(foreign_keys=[invited_by])
