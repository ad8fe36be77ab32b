"""Stop an answer to a thread that has moved on since its writer looked."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from tanggap.errors import StaleThreadError
from tanggap.store.posts import Post
from tanggap.store.replies import QUEUED, SENDING, UNKNOWN, ReplyPart, ReplyRow


def refuse_stale(session: Session, conversation_id: int, user_id: int, seen_post_id: int) -> None:
    """Refuse when there is a post the person has not seen, or a colleague's reply on its way."""
    own = select(ReplyRow.post_id).where(ReplyRow.user_id == user_id, ReplyRow.post_id.is_not(None))
    parts = (
        select(ReplyPart.post_id)
        .join(ReplyRow, ReplyRow.id == ReplyPart.reply_id)
        .where(ReplyRow.user_id == user_id, ReplyPart.post_id.is_not(None))
    )
    unseen = exists().where(
        Post.conversation_id == conversation_id,
        Post.id > seen_post_id,
        Post.id.not_in(own),
        Post.id.not_in(parts),
    )
    colleague = exists().where(
        ReplyRow.conversation_id == conversation_id,
        ReplyRow.user_id != user_id,
        ReplyRow.state.in_((QUEUED, SENDING, UNKNOWN)),
    )
    if session.scalar(select(unseen | colleague)):
        raise StaleThreadError(
            "The conversation has moved on since you opened it. Read what is new, then send again."
        )
