"""Small pictures of ours of what customers' posts show."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, Id, utcnow

PENDING = "pending"
READY = "ready"
FAILED = "failed"


class PostPreview(Base):
    """A picture of a post, fetched by a worker: drawn anew from its pixels, and sealed.

    `number` is its place among the post's attachments. `pending` waits for a worker, `ready` is
    here, and `failed` says by `error_code` why it is not.
    """

    __tablename__ = "post_previews"
    __table_args__ = (
        UniqueConstraint("post_id", "number"),
        Index(
            "ix_post_previews_pending",
            "next_try_at",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )

    id: Mapped[Id]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    error_code: Mapped[str] = mapped_column(String(32), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(default=utcnow)
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
