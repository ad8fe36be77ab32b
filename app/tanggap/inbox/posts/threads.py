"""Keep threads whole whatever order posts come in, and conversations in step with their posts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Row, Select, case, func, select, update
from sqlalchemy.orm import Session

from tanggap.inbox.cases.merging import merge_into
from tanggap.inbox.cases.snooze import woken_by_reply
from tanggap.inbox.clean import snippet
from tanggap.inbox.clocks import clocks
from tanggap.inbox.events.rule_events import event, fire_many
from tanggap.inbox.follow_up import ratings
from tanggap.inbox.handover import handover_follow
from tanggap.rules import Trigger
from tanggap.store.conversations import (
    OPEN,
    PUBLIC,
    RESOLVED,
    SNOOZED,
    WAITING,
    Conversation,
)
from tanggap.store.joins import FollowedThread
from tanggap.store.posts import TRIAGE_PENDING, Post
from tanggap.store.sql import among, among_given, dialect_of, given, hold, update_rows

_CHILD: Final = Post.__table__.alias("child")
_PARENT: Final = Post.__table__.alias("parent")


@dataclass(slots=True)
class Joined:
    """Conversations that look different now, and the posts that came into them."""

    conversation_ids: set[int] = field(default_factory=set)
    post_ids: set[int] = field(default_factory=set)


def link(session: Session, account_id: int, new: Mapping[str, int]) -> Joined:
    """Join waiting children to the new posts."""
    child, parent = _CHILD, _PARENT
    rows = session.execute(
        select(
            child.c.id,
            child.c.thread_id,
            child.c.in_reply_to,
            child.c.from_us,
            child.c.conversation_id,
            child.c.author_id,
            parent.c.id.label("parent_id"),
            parent.c.author_id.label("parent_author_id"),
            parent.c.thread_id.label("parent_thread_id"),
            parent.c.conversation_id.label("parent_conversation_id"),
        )
        .join(
            parent,
            (parent.c.account_id == child.c.account_id)
            & (parent.c.external_id == child.c.in_reply_to),
        )
        .where(
            child.c.account_id == account_id,
            child.c.parent_id.is_(None),
            among(session, child.c.in_reply_to, new),
        )
    ).all()
    joined = Joined()
    for row in rows:
        _join(session, account_id, row, joined)
    return joined


def _join(session: Session, account_id: int, row: Any, joined: Joined) -> None:
    """Give one child its parent, and with it its thread or, when it is ours, its conversation."""
    values: dict[str, Any] = {"parent_id": row.parent_id}
    if row.from_us and row.conversation_id is None and row.parent_conversation_id is not None:
        values["conversation_id"] = row.parent_conversation_id
        joined.conversation_ids.add(row.parent_conversation_id)
        joined.post_ids.add(row.id)
    session.execute(update(Post).where(Post.id == row.id).values(values))
    own = row.author_id == row.parent_author_id and None not in (
        row.conversation_id,
        row.parent_conversation_id,
    )
    if row.parent_thread_id != row.thread_id and (own or row.thread_id == row.in_reply_to):
        _rethread(session, account_id, row.thread_id, row.parent_thread_id, joined)


def adopt_private(session: Session, account_id: int, conversations: Mapping[str, int]) -> None:
    """Take private messages that the company wrote first into the conversation they began."""
    if not conversations:
        return
    ours = session.execute(
        select(Post.id, Post.thread_id).where(
            Post.account_id == account_id,
            among(session, Post.thread_id, conversations),
            Post.conversation_id.is_(None),
            Post.from_us,
            Post.visibility == "private",
        )
    )
    rows = [{"id": row.id, "conversation_id": conversations[row.thread_id]} for row in ours]
    update_rows(session, Post, rows)


def _rethread(session: Session, account_id: int, old: str, new: str, joined: Joined) -> None:
    """Move a thread that was named after an unknown parent to the parent's own thread."""
    session.execute(
        update(Post)
        .where(Post.account_id == account_id, Post.thread_id == old)
        .values(thread_id=new)
    )
    _follow(session, account_id, old, new)
    at = (Conversation.account_id == account_id, Conversation.thread_id.in_((old, new)))
    # In the order of their ids, as everybody locks them.
    found = session.execute(
        hold(
            select(Conversation.id, Conversation.thread_id, Conversation.author_id)
            .where(*at)
            .order_by(Conversation.id)
        )
    ).all()
    targets = {row.author_id: row.id for row in found if row.thread_id == new}
    for row in found:
        if row.thread_id == new:
            continue
        if row.author_id in targets:
            joined.post_ids |= merge_into(session, row.id, targets[row.author_id]).posts
        else:
            session.execute(
                update(Conversation).where(Conversation.id == row.id).values(thread_id=new)
            )
        joined.conversation_ids.add(targets.get(row.author_id, row.id))


def _follow(session: Session, account_id: int, old: str, new: str) -> None:
    """Let threads that people led into another case lead there under their new name."""
    there = select(FollowedThread.author_id).where(
        FollowedThread.account_id == account_id, FollowedThread.thread_id == new
    )
    session.execute(
        update(FollowedThread)
        .where(
            FollowedThread.account_id == account_id,
            FollowedThread.thread_id == old,
            FollowedThread.author_id.not_in(there),
        )
        .values(thread_id=new)
    )


def conversations_of(session: Session, post_ids: Collection[int]) -> set[int]:
    """Name the conversations these posts stand in."""
    if not post_ids:
        return set()
    rows = session.scalars(
        select(Post.conversation_id)
        .where(among(session, Post.id, post_ids), Post.conversation_id.is_not(None))
        .distinct()
    )
    return {id_ for id_ in rows if id_ is not None}


def refresh(session: Session, conversation_ids: set[int], new_post_ids: set[int]) -> set[int]:
    """Recompute what conversations repeat of their posts and name those that still exist.

    The state moves only when the newest post of all is one of `new_post_ids`: a late old post
    must not reopen what was answered since.
    """
    if not conversation_ids:
        return set()
    # Locked before their posts are looked at: who waits here sees what the other one wrote.
    query = (
        select(
            Conversation.id,
            Conversation.state,
            Conversation.handover,
            Conversation.visibility,
            Conversation.waits,
            Conversation.first_answered_at,
            Conversation.resolved_at,
        )
        .where(among(session, Conversation.id, conversation_ids))
        .order_by(Conversation.id)
    )
    locked = session.execute(hold(query)).all()
    newest = {row.conversation_id: row for row in _newest(session, conversation_ids)}
    there = [row for row in locked if row.id in newest]
    closed = _rated(session, there, new_post_ids)
    news = {row.id for row in there if newest[row.id].id in new_post_ids and row.id not in closed}
    rows = [_refreshed(row, newest[row.id], row.id in news) for row in there]
    update_rows(session, Conversation, rows)
    shown = {row.id for row in there}
    opened = {values["id"] for values in rows if values["state"] == OPEN}
    woken_by_reply(session, {row.id for row in there if row.state == SNOOZED} & opened)
    fire_many(
        session,
        [
            event(Trigger.CASE_REOPENED, row.id, newest[row.id].id, post_id=newest[row.id].id)
            for row, values in zip(there, rows, strict=True)
            if row.state == RESOLVED and values["state"] == OPEN
        ],
    )
    moving = {row.id for row in there if _may_move(row, newest[row.id])}
    handover_follow.follow(session, moving, new_post_ids)
    # Those with posts to be labelled are told on with the label, which chooses their targets.
    clocks.move(session, {row.id for row in there if not newest[row.id].unlabelled})
    return shown


def _rated(session: Session, rows: Sequence[Any], new_post_ids: set[int]) -> set[int]:
    """Name the cases whose new posts only say how satisfied their customers are."""
    answered = [row.id for row in rows if row.first_answered_at is not None]
    return ratings.take_answers(session, answered, new_post_ids)


def _may_move(row: Any, newest: Any) -> bool:
    """Tell whether new posts can move the hand-over of a case."""
    return row.visibility == PUBLIC and (row.handover != PUBLIC or bool(newest.private))


def _refreshed(row: Any, newest: Any, moves: bool) -> dict[str, Any]:
    state, resolved_at = row.state, row.resolved_at
    if moves and newest.from_us and state == OPEN:
        state = WAITING
    elif moves and not newest.from_us and state in (WAITING, RESOLVED, SNOOZED):
        state, resolved_at = OPEN, None
    return {
        "id": row.id,
        "post_count": newest.post_count,
        "last_post_at": newest.posted_at,
        "last_inbound_at": newest.last_inbound_at,
        "last_inbound_id": newest.last_inbound_id,
        "snippet": snippet(newest.text),
        "first_answered_at": row.first_answered_at or newest.first_answered_at,
        "waits": not newest.from_us if moves else row.waits,
        "state": state,
        "resolved_at": resolved_at,
    }


def mark_answered(conversation: Conversation, at: datetime) -> None:
    """Note an answer of ours that was sent just now."""
    conversation.waits = False
    conversation.first_answered_at = conversation.first_answered_at or at
    if conversation.state == OPEN:
        conversation.state = WAITING


def _newest(session: Session, conversation_ids: Collection[int]) -> Sequence[Row[Any]]:
    """Give the newest post of each conversation, and figures of all its posts."""
    query = _newest_query(dialect_of(session))
    return session.execute(query, given(session, conversation_ids)).all()


@cache
def _newest_query(dialect: str) -> Select[*tuple[Any, ...]]:
    inbound = case((Post.from_us.is_(False), Post.posted_at))
    ours = case((Post.from_us.is_(True), Post.posted_at))
    arrived = case((Post.from_us.is_(False), Post.id))
    private = case((Post.visibility != PUBLIC, 1))
    unlabelled = case((Post.triage == TRIAGE_PENDING, 1))
    latest_first = (Post.posted_at.desc(), Post.id.desc())
    rank = func.row_number().over(partition_by=Post.conversation_id, order_by=latest_first)
    ranked = (
        select(
            Post.conversation_id,
            Post.id,
            rank.label("rank"),
            func.count().over(partition_by=Post.conversation_id).label("post_count"),
            func.max(inbound).over(partition_by=Post.conversation_id).label("last_inbound_at"),
            func.max(arrived).over(partition_by=Post.conversation_id).label("last_inbound_id"),
            func.min(ours).over(partition_by=Post.conversation_id).label("first_answered_at"),
            func.max(private).over(partition_by=Post.conversation_id).label("private"),
            func.max(unlabelled).over(partition_by=Post.conversation_id).label("unlabelled"),
        )
        .where(among_given(dialect, Post.conversation_id))
        .subquery()
    )
    return (
        select(ranked, Post.posted_at, Post.from_us, Post.text)
        .join(Post, Post.id == ranked.c.id)
        .where(ranked.c.rank == 1)
    )
