"""Merge cases by hand, and take posts out of one; `joins_undo` takes either back.

Only cases of one person on one account become one, of one author or of authors whom somebody
linked: what was said in private to one person is never shown beside another.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from tanggap.errors import ConflictError
from tanggap.inbox.cases.conversations import missing
from tanggap.inbox.cases.merging import merge_into
from tanggap.inbox.handover.handover import went_private
from tanggap.inbox.posts.followed import SPLIT_THREAD, follow
from tanggap.inbox.posts.joins_common import (
    UnfitJoinError,
    end_sleeps,
    joint_state,
    locked_pair,
    settle,
    tell,
)
from tanggap.inbox.posts.same_person import beside_it, is_same_person
from tanggap.store.base import utcnow
from tanggap.store.clocks import CaseEventRow
from tanggap.store.conversations import (
    OPEN,
    PRIVATE,
    PUBLIC,
    Conversation,
)
from tanggap.store.joins import MERGE, SPLIT, CaseJoin
from tanggap.store.posts import Post
from tanggap.store.replies import ReplyPart, ReplyRow
from tanggap.store.sql import among

SHOWN: Final = 20
_TAKEN: Final = (
    *("assignee_id", "team_id", "label", "language", "priority", "needs_approval"),
    "handover",
)
_COPIED: Final = (
    *("account_id", "channel", "author_id", "language", "priority", "team_id", "assignee_id"),
    *("assigned_at", "needs_approval"),
)


def mergeable(session: Session, case: Conversation) -> Sequence[Conversation]:
    """List the other cases of this person on this account, newest first."""
    query = select(Conversation).where(*beside_it(case))
    newest = query.order_by(Conversation.last_post_at.desc(), Conversation.id.desc())
    return list(session.scalars(newest.limit(SHOWN)))


def joins_of(session: Session, conversation_id: int) -> Sequence[CaseJoin]:
    """List the merges and splits of a case, oldest first."""
    query = (
        select(CaseJoin)
        .where(CaseJoin.conversation_id == conversation_id)
        .options(joinedload(CaseJoin.user, innerjoin=True), joinedload(CaseJoin.undone_by))
        .order_by(CaseJoin.id.desc())
        .limit(SHOWN)
    )
    return list(session.scalars(query))[::-1]


def merge(
    session: Session, conversation_id: int, other_id: int, user_id: int, revision: int
) -> CaseJoin:
    """Take another case of the same person into this one, and leave its number leading here.

    Raises `UnfitJoinError` for a case of somebody else, and `ConflictError` when a colleague
    changed this case since `revision`.
    """
    ours, theirs = locked_pair(session, conversation_id, other_id)
    if ours.revision != revision:
        raise ConflictError("a colleague changed this case a moment ago; look at it again")
    if ours.account_id != theirs.account_id or not is_same_person(session, ours, theirs):
        raise UnfitJoinError("only cases of one person on one account can become one")
    before = {name: getattr(ours, name) for name in _TAKEN}
    tags, source, state = list(ours.tags), _snapshot(theirs), joint_state(ours, theirs)
    follow(session, theirs, ours.id)
    end_sleeps(session, ours.id, theirs.id)
    moved = merge_into(session, theirs.id, ours.id)
    ours = session.get_one(Conversation, conversation_id)
    if (ours.visibility, source["visibility"]) == (PUBLIC, PRIVATE):
        went_private(session, ours, utcnow())
    taken = {name: getattr(ours, name) for name in _TAKEN if getattr(ours, name) != before[name]}
    settle(session, ours, state)
    kept = {
        "source": source,
        "moved": moved.rows,
        "before": {name: before[name] for name in taken},
        "taken": taken,
        "tags": [tag for tag in ours.tags if tag not in tags],
    }
    return _note(session, MERGE, ours.id, other_id, user_id, kept=kept, posts=len(moved.posts))


def split(
    session: Session,
    conversation_id: int,
    post_ids: Collection[int],
    user_id: int,
    revision: int,
) -> CaseJoin:
    """Make a case of its own of some posts; `other_id` of what is returned is its number.

    Raises `UnfitJoinError` unless a post of the customer goes and one stays.
    """
    ours = session.get(Conversation, conversation_id, with_for_update=True)
    if ours is None:
        raise missing(session, conversation_id)
    if ours.revision != revision:
        raise ConflictError("a colleague changed this case a moment ago; look at it again")
    chosen = _chosen(session, conversation_id, post_ids)
    new = _split_off(session, ours, chosen)
    moved = _move_posts(session, ours.id, new.id, [post.id for post in chosen])
    ours.revision += 1
    session.flush()
    for case in (ours, new):
        settle(session, case, OPEN if case is new else case.state)
    kept: dict[str, Any] = {"moved": moved}
    return _note(session, SPLIT, ours.id, new.id, user_id, kept=kept, posts=len(chosen))


def _chosen(session: Session, conversation_id: int, post_ids: Collection[int]) -> list[Post]:
    here = Post.conversation_id == conversation_id
    chosen = list(
        session.scalars(
            select(Post).where(here, among(session, Post.id, post_ids)).order_by(Post.posted_at)
        )
    )
    others = here, Post.from_us.is_(False), Post.id.not_in([post.id for post in chosen])
    if not any(not post.from_us for post in chosen):
        raise UnfitJoinError("choose at least one post of the customer")
    if session.scalar(select(Post.id).where(*others).limit(1)) is None:
        raise UnfitJoinError("at least one post of the customer has to stay")
    return chosen


def _split_off(session: Session, ours: Conversation, chosen: Sequence[Post]) -> Conversation:
    newest = [post for post in chosen if not post.from_us][-1]
    verdict = newest.verdicts[-1] if newest.verdicts else None
    new = Conversation(
        **{name: getattr(ours, name) for name in _COPIED},
        thread_id=f"{SPLIT_THREAD}{ours.id}:{newest.id}",
        visibility=newest.visibility,
        label=verdict.label if verdict else ours.label,
        confidence=verdict.confidence if verdict else None,
        certain=verdict.certain if verdict else True,
        tags=list(ours.tags),
        last_post_at=chosen[-1].posted_at,
    )
    session.add(new)
    session.flush()
    return new


def _move_posts(
    session: Session, source: int, target: int, post_ids: Sequence[int]
) -> dict[str, list[int]]:
    """Move posts with the answers they were sent by and the events they were."""
    parts = select(ReplyPart.reply_id).where(among(session, ReplyPart.post_id, post_ids))
    of_posts: dict[Any, Any] = {
        Post: among(session, Post.id, post_ids),
        ReplyRow: among(session, ReplyRow.post_id, post_ids) | ReplyRow.id.in_(parts),
        CaseEventRow: among(session, CaseEventRow.post_id, post_ids),
    }
    moved: dict[str, list[int]] = {}
    for model, chosen in of_posts.items():
        rows = session.scalars(
            update(model)
            .where(model.conversation_id == source, chosen)
            .values(conversation_id=target)
            .returning(model.id)
            .execution_options(synchronize_session=False)
        )
        moved[model.__tablename__] = list(rows)
    return moved


def _note(
    session: Session,
    kind: str,
    conversation_id: int,
    other_id: int,
    user_id: int,
    *,
    kept: dict[str, Any],
    posts: int,
) -> CaseJoin:
    join = CaseJoin(
        kind=kind,
        conversation_id=conversation_id,
        other_id=other_id,
        user_id=user_id,
        kept=kept,
        posts=posts,
    )
    session.add(join)
    session.flush()
    tell(session, kind, join, user_id)
    return join


def _snapshot(case: Conversation) -> dict[str, Any]:
    values = {column.key: getattr(case, column.key) for column in Conversation.__table__.columns}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }
