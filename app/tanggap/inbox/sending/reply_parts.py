"""A reply's parts: which one is next, what it answers, and where it goes once it has arrived."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.inbox.clocks.clock_acts import only_acknowledged
from tanggap.inbox.handover.private_legs import go_on_privately
from tanggap.inbox.posts.record import record_events
from tanggap.rules.signature import without_initials
from tanggap.rules.tone.holding import only_acknowledges
from tanggap.sdk.types import IncomingPost, PostKind, Reply, SentReply, Visibility
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Author, Post
from tanggap.store.replies import ReplyPart, ReplyRow


def new_parts(texts: Sequence[str], idempotency_key: str) -> list[ReplyPart]:
    """Make a thread's parts, each with a key of its own that follows from the reply's."""
    return [
        ReplyPart(
            number=number,
            text=text,
            idempotency_key=hashlib.sha256(f"{idempotency_key}/{number}".encode()).hexdigest(),
        )
        for number, text in enumerate(texts, start=1)
    ]


def next_part(row: ReplyRow) -> ReplyPart | None:
    """Give the first part that has not arrived; None for a reply without parts."""
    return next((part for part in row.parts if part.external_id is None), None)


def write_reply(session: Session, row: ReplyRow, account: Account) -> Reply:
    """Write what is sent next, and note that it is tried now."""
    target = session.get_one(Post, row.in_reply_to_id)
    visibility: Visibility = "private" if row.visibility == "private" else "public"
    part = next_part(row)
    tried = part or row
    first_tried_at, tried.first_tried_at = tried.first_tried_at, tried.first_tried_at or utcnow()
    follows = part is not None and part.number > 1
    return Reply(
        to=_before(row, part) if follows else target.external_id,
        text=tried.text,
        idempotency_key=tried.idempotency_key,
        author_id=account.external_id
        if follows
        else session.get_one(Author, target.author_id).external_id,
        thread_id=target.thread_id,
        visibility=visibility,
        to_kind="reply" if follows else cast("PostKind", target.kind),
        to_visibility=visibility if follows else cast("Visibility", target.visibility),
        part=part.number if part else 1,
        parts=len(row.parts) or 1,
        first_tried_at=first_tried_at,
    )


def note_arrival(session: Session, row: ReplyRow, receipt: SentReply) -> bool:
    """Keep the receipt of the part that was next; tells whether another one waits."""
    part = next_part(row)
    post_id = _own_post(session, row, part, receipt)
    if part is None or part.number == 1:
        row.post_id, row.external_id, row.url = post_id, receipt.external_id, receipt.url
    if part is None:
        _note_acknowledgement(session, row, post_id)
        return False
    part.post_id, part.external_id, part.url = post_id, receipt.external_id, receipt.url
    part.sent_at = utcnow()
    return next_part(row) is not None


def _note_acknowledgement(session: Session, row: ReplyRow, post_id: int | None) -> None:
    """Leave the answer owed where the first one only acknowledged, as the linter told before."""
    post = session.get(Post, post_id) if post_id is not None else None
    if post is None or post.conversation_id is None:
        return
    case = session.get_one(Conversation, post.conversation_id)
    said = without_initials(row.text, row.user.initials)
    if not only_acknowledges(said, case.language or "id"):
        return
    earlier = select(Post.id).where(
        Post.conversation_id == case.id, Post.from_us, Post.id != post.id
    )
    if session.scalar(earlier.limit(1)) is None:
        only_acknowledged(session, case.id, row.user_id, post_id=post.id)


def _before(row: ReplyRow, part: ReplyPart | None) -> str:
    number = part.number - 1 if part else 0
    return next(one.external_id or "" for one in row.parts if one.number == number)


def _own_post(
    session: Session, row: ReplyRow, part: ReplyPart | None, receipt: SentReply
) -> int | None:
    """Store what arrived as a post of ours, unless the platform's echo was faster."""
    conversation = session.get_one(Conversation, row.conversation_id)
    account = session.get_one(Account, conversation.account_id)
    target = session.get_one(Post, row.in_reply_to_id)
    private = row.visibility == "private"
    follows = part is not None and part.number > 1
    sent = IncomingPost(
        account_id=account.external_id,
        external_id=receipt.external_id,
        author_id=account.external_id,
        author_name=account.name,
        author_handle=account.handle,
        recipient_id=session.get_one(Author, target.author_id).external_id,
        text=part.text if part else row.text,
        posted_at=utcnow(),
        kind="message" if private else "reply",
        visibility="private" if private else "public",
        thread_id=target.thread_id,
        in_reply_to=_before(row, part) if follows else target.external_id,
        url=receipt.url,
    )
    record_events(session, account, [sent], source="reply")
    post = session.scalar(
        select(Post).where(Post.account_id == account.id, Post.external_id == receipt.external_id)
    )
    if post is not None and private and target.visibility == "public":
        go_on_privately(session, post, conversation)
    return post.id if post else None
