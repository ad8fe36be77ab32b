"""What people say a post is: kept for retraining, and shown instead of the model's word."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError
from tanggap.inbox.clocks import clocks
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Correction, Post, VerdictRow


@dataclass(frozen=True, slots=True)
class Said:
    """A person's word on a post; `was` is what it was called before, empty if nothing."""

    post_id: int
    conversation_id: int
    label: str
    was: str

    @property
    def kind(self) -> str:
        """Name it for the change feed and the audit log."""
        return "label_confirmed" if self.was == self.label else "label_corrected"


def label_post(
    session: Session,
    post_id: int,
    user_id: int,
    label: str,
    *,
    labels: Sequence[str],
    reason: str = "",
) -> Said | None:
    """Write down what a person says a customer's post is; None when they said so already.

    A label that is right is a label too: confirming it counts for retraining. The word keeps the
    model's version and a hash of the text that was judged. Raises `NotFoundError` for a label that
    is none of `labels`, and for a post that is gone or ours.
    """
    if label not in labels:
        raise NotFoundError(f"there is no label {label!r}; choose one of {', '.join(labels)}")
    post = session.get(Post, post_id)
    if post is None or post.from_us or post.conversation_id is None:
        raise NotFoundError(f"post {post_id} is no customer's post that could be labelled")
    conversation = session.get_one(Conversation, post.conversation_id, with_for_update=True)
    text_hash = hash_text(post.text)
    before = _last_word(session, post_id, text_hash)
    if before is not None and (before.user_id, before.label) == (user_id, label):
        return None
    newest = _is_newest(session, post)
    verdict = _verdict(session, post)
    was = before.label if before else verdict.label if verdict else ""
    was = (conversation.label if newest else None) or was
    session.add(
        Correction(
            post_id=post_id,
            user_id=user_id,
            from_label=was,
            label=label,
            reason=reason,
            model_version=verdict.model_version if verdict else "",
            text_hash=text_hash,
        )
    )
    if newest:
        conversation.label, conversation.certain, conversation.confidence = label, True, None
        conversation.revision += 1
        clocks.move(session, {conversation.id})
    return Said(post_id, conversation.id, label, was)


def hash_text(text: str) -> str:
    """Hash a text, so that a later edit of it is noticed."""
    return hashlib.sha256(text.encode()).hexdigest()


def _last_word(session: Session, post_id: int, text_hash: str) -> Correction | None:
    query = select(Correction).where(
        Correction.post_id == post_id, Correction.text_hash == text_hash
    )
    return session.scalar(query.order_by(Correction.id.desc()).limit(1))


def _verdict(session: Session, post: Post) -> VerdictRow | None:
    return session.scalar(
        select(VerdictRow)
        .where(VerdictRow.post_id == post.id, VerdictRow.revision == post.revision)
        .order_by(VerdictRow.id.desc())
        .limit(1)
    )


def _is_newest(session: Session, post: Post) -> bool:
    """Tell whether the post is the customer's newest one, which names the conversation."""
    newest = session.scalar(
        select(Post.id)
        .where(Post.conversation_id == post.conversation_id, Post.from_us.is_(False))
        .order_by(Post.posted_at.desc(), Post.id.desc())
        .limit(1)
    )
    return newest == post.id
