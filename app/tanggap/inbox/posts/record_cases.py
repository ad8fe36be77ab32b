"""Open cases for new posts; one that holds nothing but them is written once, as it will stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.inbox.clean import snippet
from tanggap.inbox.posts.record_batch import Batch
from tanggap.sdk.types import IncomingPost
from tanggap.store.conversations import OPEN, PUBLIC, Conversation
from tanggap.store.sql import among, insert_rows, new_ids
from tanggap.store.storable import storable

Key = tuple[str, int]


def ensure_conversations(session: Session, batch: Batch) -> set[int]:
    """Find or open the conversations of a batch, and name those that were opened."""
    wanted: dict[Key, list[IncomingPost]] = {}
    lookups: set[str] = set()
    for post in batch.posts.values():
        if batch.opens(post):
            key = (batch.thread_of(post), batch.author_ids[post.author_id])
            if batch.taken_apart(post) is None and key not in batch.conversation_ids:
                wanted.setdefault(key, []).append(post)
        elif post.recipient_id:
            lookups.add(batch.thread_of(post))
    if not wanted and not lookups:
        return set()
    ids = new_ids(session, Conversation, len(wanted)) if wanted else []
    insert_rows(
        session,
        Conversation,
        [
            {"id": id_, **_values(batch, key, wanted[key])}
            for id_, key in zip(ids, sorted(wanted), strict=True)
        ],
        key=("account_id", "thread_id", "author_id"),
    )
    rows = session.execute(
        select(Conversation.thread_id, Conversation.author_id, Conversation.id).where(
            Conversation.account_id == batch.account.id,
            among(session, Conversation.thread_id, {thread for thread, _ in wanted} | lookups),
        )
    ).all()
    batch.conversation_ids.update({(thread, author): id_ for thread, author, id_ in rows})
    return {row.id for row in rows} & set(ids)


def private_conversations(batch: Batch) -> dict[str, int]:
    """Name the conversations of private threads, by thread."""
    return {
        batch.thread_of(post): conversation_id
        for post in batch.posts.values()
        if post.visibility == "private"
        and batch.opens(post)
        and (conversation_id := batch.conversation_of(post)) is not None
    }


def still_whole(
    batch: Batch,
    opened: Collection[int],
    cases: Mapping[str, int | None],
    stored: Collection[str],
) -> set[int]:
    """Name those opened conversations that stand as they must with the posts that were stored.

    One does not when another worker was faster with a post, when we wrote in it, or when some of it
    is private, which others have a say in.
    """
    broken = {
        case
        for name, case in cases.items()
        if name not in stored
        or not batch.opens(batch.posts[name])
        or batch.posts[name].visibility != PUBLIC
    }
    return set(opened) - broken


def _values(batch: Batch, key: Key, posts: Sequence[IncomingPost]) -> dict[str, object]:
    def order(post: IncomingPost) -> tuple[datetime, int]:
        return batch.posted_at(post), batch.post_ids[post.external_id]

    newest = max(posts, key=order)
    last_at = batch.posted_at(newest)
    return {
        "account_id": batch.account.id,
        "channel": batch.account.channel,
        "thread_id": key[0],
        "author_id": key[1],
        "visibility": posts[0].visibility,
        "state": OPEN,
        "tags": [],
        "snippet": snippet(storable(newest.text)),
        "post_count": len(posts),
        "last_post_at": last_at,
        "last_inbound_at": last_at,
        "last_inbound_id": max(batch.post_ids[post.external_id] for post in posts),
        "created_at": batch.now,
    }
