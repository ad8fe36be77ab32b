"""Call an answer off in the seconds before it leaves the house."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.sending.attachments import lay_back
from tanggap.inbox.sending.drafts import load_draft, save_draft
from tanggap.inbox.sending.intent import intent_of
from tanggap.inbox.services import Services
from tanggap.rules.signature import without_initials
from tanggap.settings import Settings
from tanggap.store import audit
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.posts import Post
from tanggap.store.replies import QUEUED, UNDONE, ReplyRow
from tanggap.store.users import User


class TooLateError(ConflictError):
    """The answer is on its way and cannot be called off any more."""

    def __init__(self, reply_id: int) -> None:
        super().__init__(f"reply {reply_id} is on its way and cannot be called off any more")


def window_end(settings: Settings) -> datetime | None:
    """Tell until when an answer of now waits; None where it goes at once."""
    wait = settings.undo_seconds
    return utcnow() + timedelta(seconds=wait) if wait else None


def undoable(session: Session, conversation_id: int, user_id: int) -> list[ReplyRow]:
    """List a person's answers that wait for a change of mind."""
    query = select(ReplyRow).where(
        ReplyRow.conversation_id == conversation_id,
        ReplyRow.user_id == user_id,
        ReplyRow.state == QUEUED,
        ReplyRow.attempts == 0,
        ReplyRow.send_after > utcnow(),
    )
    return list(session.scalars(query.order_by(ReplyRow.id)))


def undo(services: Services, reply_id: int, user_id: int, *, typed: str = "") -> ReplyRow:
    """Call one's own answer off; its text goes back into the draft, before what was typed since.

    The worker and this function compare and set the same state, so that exactly one of them has
    the answer. Raises `TooLateError` when that was the worker, and `NotFoundError` for an answer
    of somebody else.
    """
    with services.database.write() as session:
        reply = session.get(ReplyRow, reply_id)
        if reply is None or reply.user_id != user_id:
            raise NotFoundError(f"there is no reply {reply_id} of yours")
        taken = session.execute(
            update(ReplyRow)
            .where(
                ReplyRow.id == reply_id,
                ReplyRow.state == QUEUED,
                ReplyRow.send_after.is_not(None),
                ReplyRow.attempts == 0,
            )
            .values(state=UNDONE)
            .returning(ReplyRow.id)
        ).first()
        if taken is None:
            raise TooLateError(reply_id)
        _give_back(session, reply, typed)
        session.add(Change(conversation_id=reply.conversation_id, kind="reply_undone"))
        audit.record(session, "reply_undone", "reply", reply_id, user_id=user_id)
        return reply


def _give_back(session: Session, reply: ReplyRow, typed: str) -> None:
    lay_back(session, reply_id=reply.id)
    kept = load_draft(session, reply.conversation_id, reply.user_id)
    text = without_initials(reply.text, session.get_one(User, reply.user_id).initials)
    later = typed if typed.strip() or kept is None else kept.text
    save_draft(
        session,
        conversation_id=reply.conversation_id,
        user_id=reply.user_id,
        text=f"{text}\n\n{later}" if later.strip() and later.strip() != text else text,
        seen_post_id=_seen(session, reply),
        visibility=reply.visibility,
        intent=intent_of(reply),
    )


def _seen(session: Session, reply: ReplyRow) -> int | None:
    """Give the latest post that had come in when the answer was sent: its author had read it."""
    return session.scalar(
        select(func.max(Post.id)).where(
            Post.conversation_id == reply.conversation_id, Post.received_at <= reply.created_at
        )
    )
