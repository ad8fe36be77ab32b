"""See from the posts of a case when it goes private, and when its conclusion is public."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.inbox.handover.handover import concluded_by, invite, went_private
from tanggap.store.base import utcnow
from tanggap.store.conversations import INVITED, OWED, PUBLIC, Conversation
from tanggap.store.handovers import Handover
from tanggap.store.posts import Post
from tanggap.store.replies import SENDING, UNKNOWN, ReplyRow
from tanggap.store.sql import among

INVITATION_HOLDS: Final = timedelta(days=14)
"""For how long a private message of an invited customer is taken for the answer."""


def follow(session: Session, conversation_ids: Collection[int], post_ids: Collection[int]) -> None:
    """Let these new posts move the hand-over of these cases, oldest first."""
    if not conversation_ids or not post_ids:
        return
    posts = session.execute(
        select(Post.id, Post.conversation_id, Post.from_us, Post.visibility, Post.posted_at)
        .where(
            among(session, Post.conversation_id, conversation_ids),
            among(session, Post.id, post_ids),
        )
        .order_by(Post.posted_at, Post.id)
    ).all()
    for post in posts:
        case = session.get_one(Conversation, post.conversation_id, populate_existing=True)
        if case.visibility != PUBLIC:
            continue
        private = post.visibility != PUBLIC
        if not post.from_us:
            _customer_wrote(session, case, private, post.posted_at)
        elif private and case.handover == PUBLIC:
            invite(session, case.id, post.posted_at, _writer(session, case, post.visibility))
        elif not private and case.handover == OWED:
            concluded_by(session, case, post.id, _writer(session, case, post.visibility))


def _customer_wrote(session: Session, case: Conversation, private: bool, at: datetime) -> None:
    """Go private, or back from "solved": of what is solved customers write no more."""
    if (private and case.handover in (PUBLIC, INVITED)) or case.handover == OWED:
        went_private(session, case, at)


def invited_cases(
    session: Session, account_id: int, author_ids: Collection[int]
) -> Mapping[int, int]:
    """Map customers who were lately asked to write privately to the case it is about."""
    rows = session.execute(
        select(Conversation.author_id, Conversation.id)
        .join(Handover, Handover.conversation_id == Conversation.id)
        .where(
            Conversation.account_id == account_id,
            Conversation.handover == INVITED,
            among(session, Conversation.author_id, author_ids),
            Handover.invited_at >= utcnow() - INVITATION_HOLDS,
        )
        .order_by(Handover.invited_at, Conversation.id)
    )
    return dict(rows.all())


def _writer(session: Session, case: Conversation, visibility: str) -> int | None:
    """Find whose answer a post of ours is while its receipt is on the way."""
    return session.scalar(
        select(ReplyRow.user_id)
        .where(
            ReplyRow.conversation_id == case.id,
            ReplyRow.visibility == visibility,
            ReplyRow.state.in_((SENDING, UNKNOWN)),
        )
        .order_by(ReplyRow.id.desc())
        .limit(1)
    )
