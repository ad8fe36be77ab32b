"""Drafts: what people have typed so far, kept on the server and never overwritten unseen."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from sqlalchemy import ScalarSelect, delete, select
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError
from tanggap.inbox.sending.intent import PLAIN, Intent
from tanggap.store.base import utcnow
from tanggap.store.posts import Post
from tanggap.store.replies import Draft
from tanggap.store.sql import upsert
from tanggap.store.storable import storable


class OtherDraftError(ConflictError):
    """The same person has typed something else in another window; `text` is that."""

    def __init__(self, text: str) -> None:
        super().__init__("another window of yours holds a different draft of this answer")
        self.text = text


def fingerprint(text: str) -> str:
    """Name a draft's text; windows say by it which draft theirs goes on from."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def save_draft(
    session: Session,
    *,
    conversation_id: int,
    user_id: int,
    text: str,
    seen_post_id: int | None,
    base: str | None = None,
    on_the_way: Collection[str] = (),
    visibility: str = "",
    intent: Intent = PLAIN,
) -> None:
    """Keep what a person has typed, and for which way; an emptied draft is dropped.

    With `base`, the fingerprint of what stood here before, raises `OtherDraftError` when
    something else stands here by now. `on_the_way` is what the same window has sent before
    without having had an answer: it may stand here, and is nothing else.
    """
    text = storable(text)
    if base is not None:
        own = {base, *(fingerprint(storable(one)) for one in (text, *on_the_way))}
        _refuse_other(session, conversation_id, user_id, own)
    if not text.strip():
        drop_draft(session, conversation_id, user_id)
        return
    statement = upsert(session, Draft).values(
        conversation_id=conversation_id,
        user_id=user_id,
        text=text,
        seen_post_id=_of_this_conversation(seen_post_id, conversation_id),
        visibility=visibility,
        updated_at=utcnow(),
        **intent.values(),
    )
    kept = ("text", "seen_post_id", "updated_at", "visibility", "purpose", "promised_until")
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["conversation_id", "user_id"],
            set_={name: statement.excluded[name] for name in kept},
        )
    )


def load_draft(session: Session, conversation_id: int, user_id: int) -> Draft | None:
    """Give back what a person had typed."""
    return session.scalar(
        select(Draft).where(Draft.conversation_id == conversation_id, Draft.user_id == user_id)
    )


def drop_draft(session: Session, conversation_id: int, user_id: int) -> None:
    """Forget a draft, because it was sent or emptied."""
    session.execute(
        delete(Draft).where(Draft.conversation_id == conversation_id, Draft.user_id == user_id)
    )


def _of_this_conversation(post_id: int | None, conversation_id: int) -> ScalarSelect[int] | None:
    """Select the post if it is there: what a browser says it has seen may be made up."""
    if post_id is None:
        return None
    return (
        select(Post.id)
        .where(Post.id == post_id, Post.conversation_id == conversation_id)
        .scalar_subquery()
    )


def _refuse_other(
    session: Session, conversation_id: int, user_id: int, own: Collection[str]
) -> None:
    kept = session.scalar(
        select(Draft.text)
        .where(Draft.conversation_id == conversation_id, Draft.user_id == user_id)
        .with_for_update()
    )
    if kept is not None and fingerprint(kept) not in own:
        raise OtherDraftError(kept)
