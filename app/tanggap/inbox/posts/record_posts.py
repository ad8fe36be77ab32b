"""Insert posts in bulk: authors, threads, conversations, links to parents and children.

Every step is a set operation over the batch, because this is the hot path of the worker.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from tanggap.inbox.clean import MAX_NAME, usable_id
from tanggap.inbox.events.rule_events import take_metrics
from tanggap.inbox.handover.private_legs import legs_of
from tanggap.inbox.known import Known, known_posts, remember
from tanggap.inbox.media.media_previews import want as want_previews
from tanggap.inbox.posts import record_changes, threads
from tanggap.inbox.posts.authors import upsert_authors
from tanggap.inbox.posts.followed import followed
from tanggap.inbox.posts.record_batch import CONTEXT, Batch
from tanggap.inbox.posts.record_cases import (
    ensure_conversations,
    private_conversations,
    still_whole,
)
from tanggap.sdk.types import IncomingPost
from tanggap.store.accounts import Account
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.posts import TRIAGE_DONE, TRIAGE_NONE, TRIAGE_PENDING, Post
from tanggap.store.sql import insert_rows, new_ids
from tanggap.store.storable import storable


@dataclass(slots=True)
class Inserted:
    """What came of a batch, counted; `new_ids` are the posts that were not known."""

    counts: Counter[str] = field(default_factory=Counter)
    new_ids: list[int] = field(default_factory=list)


def insert_posts(
    session: Session,
    account: Account,
    posts: Sequence[tuple[IncomingPost, int | None]],
    source: str,
    labelled: Collection[str] = (),
) -> Inserted:
    """Insert the posts that are new and freshen the ones that are known."""
    outcome = Inserted()
    batch = _open_batch(session, account, posts, outcome)
    batch.labelled = labelled
    if batch.posts:
        batch.author_ids.update(upsert_authors(session, account.channel, batch.posts.values()))
        batch.conversation_ids.update(legs_of(session, account, batch.posts, batch.author_ids))
        batch.conversation_ids.update(followed(session, account.id, batch.opened()))
        batch.post_ids.update(
            zip(sorted(batch.posts), new_ids(session, Post, len(batch.posts)), strict=True)
        )
        opened = ensure_conversations(session, batch)
        cases = {name: batch.conversation_of(post) for name, post in batch.posts.items()}
        new = _insert(session, batch, cases, source)
        outcome.counts["duplicate"] += len(batch.posts) - len(new)
        outcome.counts["new"] += len(new)
        outcome.new_ids.extend(new.values())
        for external_id, post_id in new.items():
            remember(session, account.id, post_id, batch.posts[external_id].previous_ids)
        joined = threads.link(session, account.id, new)
        threads.adopt_private(session, account.id, private_conversations(batch))
        record_changes.apply_early(session, account.id, new)
        whole = set() if joined.conversation_ids else still_whole(batch, opened, cases, new)
        others = [id_ for name, id_ in new.items() if cases[name] not in whole]
        touched = joined.conversation_ids | threads.conversations_of(session, others)
        shown = threads.refresh(session, touched, joined.post_ids | set(new.values())) | whole
        rows = [{"conversation_id": id_, "kind": "post", "at": utcnow()} for id_ in sorted(shown)]
        insert_rows(session, Change, rows)
    return outcome


def _open_batch(
    session: Session,
    account: Account,
    posts: Sequence[tuple[IncomingPost, int | None]],
    outcome: Inserted,
) -> Batch:
    usable = [(post, delivery) for post, delivery in posts if _usable(post)]
    outcome.counts["unusable"] += len(posts) - len(usable)
    names = {post.external_id for post, _ in usable}
    names |= {post.in_reply_to for post, _ in usable if post.in_reply_to}
    names |= {name for post, _ in usable for name in post.previous_ids}
    known = known_posts(session, account.id, names)
    batch = Batch(account, {}, {}, known)
    for post, delivery in usable:
        earlier = batch.posts.get(post.external_id)
        _rename(session, post, batch)
        if post.external_id in known:
            outcome.counts["duplicate"] += 1
            _freshen(session, known[post.external_id], post, batch, outcome)
        elif earlier is None or (earlier.kind == CONTEXT and batch.opens(post)):
            batch.posts[post.external_id] = post
            batch.deliveries[post.external_id] = delivery
        else:
            outcome.counts["duplicate"] += 1
    return batch


def _usable(post: IncomingPost) -> bool:
    ids = (post.external_id, post.author_id, post.thread_id, post.in_reply_to, post.recipient_id)
    return all(usable_id(value) for value in (*ids, *post.previous_ids) if value is not None)


def _rename(session: Session, seen: IncomingPost, batch: Batch) -> None:
    """Give a post that is known under a former id its present one."""
    former = next((name for name in reversed(seen.previous_ids) if name in batch.known), None)
    if former is None or seen.external_id in batch.known:
        return
    post = session.get_one(Post, batch.known[former].id)
    remember(session, post.account_id, post.id, [post.external_id, *seen.previous_ids])
    post.external_id = seen.external_id
    batch.known[seen.external_id] = batch.known[former]


def _freshen(
    session: Session, known: Known, seen: IncomingPost, batch: Batch, outcome: Inserted
) -> None:
    """Take over what a second sight of a post tells: an edit, figures, or that it is for us."""
    if seen.edited_at is None and not seen.metrics and known.conversation_id is not None:
        return
    post = session.get_one(Post, known.id)
    take_metrics(session, post, seen.metrics)
    if seen.edited_at and record_changes.edit_post(session, post, seen.text, seen.edited_at):
        outcome.counts["edited"] += 1
    if post.conversation_id is None and post.kind == CONTEXT and batch.opens(seen):
        _promote(session, post, seen, batch)


def _promote(session: Session, post: Post, seen: IncomingPost, batch: Batch) -> None:
    """Open a conversation for a post that was stored as mere context before."""
    single = Batch(batch.account, {seen.external_id: seen}, {seen.external_id: None}, batch.known)
    single.author_ids.update(upsert_authors(session, batch.account.channel, [seen]))
    single.conversation_ids.update(followed(session, batch.account.id, single.opened()))
    single.post_ids[seen.external_id] = post.id
    ensure_conversations(session, single)
    post.kind = seen.kind
    post.conversation_id = single.conversation_of(seen)
    post.triage = TRIAGE_PENDING
    session.flush()
    if post.conversation_id is not None:
        threads.refresh(session, {post.conversation_id}, {post.id})
        session.add(Change(conversation_id=post.conversation_id, kind="post"))


def _insert(
    session: Session, batch: Batch, cases: Mapping[str, int | None], source: str
) -> dict[str, int]:
    """Insert the posts; those another worker was faster with are not among the returned."""
    values = [
        _post_values(batch, batch.posts[key], source) | {"conversation_id": cases[key]}
        for key in batch.post_ids
    ]
    rows = insert_rows(
        session,
        Post,
        values,
        key=("account_id", "external_id"),
        returning=("external_id", "id"),
    )
    new = {row.external_id: row.id for row in rows}
    with_media = {one["external_id"]: one["attachments"] for one in values if one["attachments"]}
    want_previews(session, {new[id_]: with_media[id_] for id_ in new.keys() & with_media.keys()})
    return new


def _post_values(batch: Batch, post: IncomingPost, source: str) -> dict[str, Any]:
    parent = batch.known.get(post.in_reply_to or "")
    return {
        "id": batch.post_ids[post.external_id],
        "account_id": batch.account.id,
        "author_id": batch.author_ids[post.author_id],
        "delivery_id": batch.deliveries[post.external_id],
        "source": source,
        "external_id": post.external_id,
        "thread_id": batch.thread_of(post),
        "in_reply_to": post.in_reply_to,
        "parent_id": parent.id if parent else None,
        "quoted_id": post.quoted_id if post.quoted_id and usable_id(post.quoted_id) else None,
        "kind": post.kind,
        "visibility": post.visibility,
        "from_us": batch.from_us(post),
        "text": storable(post.text),
        "posted_at": batch.posted_at(post),
        "received_at": batch.now,
        "edited_at": post.edited_at,
        "url": storable(post.url) if post.url else None,
        "mentions": [storable(name, MAX_NAME) for name in post.mentions],
        "metrics": dict(post.metrics),
        "attachments": [
            {"kind": a.kind, "url": storable(a.url), "description": storable(a.description)}
            for a in post.attachments
        ],
        "triage": _triage(batch, post),
    }


def _triage(batch: Batch, post: IncomingPost) -> str:
    if not batch.opens(post):
        return TRIAGE_NONE
    return TRIAGE_DONE if storable(post.text) in batch.labelled else TRIAGE_PENDING
