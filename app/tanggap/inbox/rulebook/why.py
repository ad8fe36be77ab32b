"""What people, and the giving out of cases, changed after the rules had placed a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError
from tanggap.inbox.rulebook.rule_log import Occasion, explain
from tanggap.store.audit import AuditEntry
from tanggap.store.posts import Post
from tanggap.store.users import User

MOST_CHANGES = 50
_BY_ITSELF = ("conversation.assigned", "conversation.returned")


@dataclass(frozen=True, slots=True)
class Step:
    """Something done with the case: `action` without the word before the dot.

    `who` is empty where the case was given out by itself.
    """

    who: str
    action: str
    detail: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Why:
    """Why a post is where it is: what the rules did, and what people did since."""

    post: Post
    occasions: Sequence[Occasion]
    steps: Sequence[Step]


def tell_why(session: Session, conversation_id: int, post_id: int) -> Why:
    """Tell why a post is here; raises `NotFoundError` for one of another conversation."""
    post = session.get(Post, post_id)
    if post is None or post.conversation_id != conversation_id:
        raise NotFoundError(f"conversation {conversation_id} has no post {post_id}")
    occasions = explain(session, post_id)
    since = occasions[-1].at if occasions else post.received_at
    return Why(post, occasions, _steps(session, conversation_id, since))


def _steps(session: Session, conversation_id: int, since: datetime) -> list[Step]:
    rows = session.execute(
        select(AuditEntry, User.name)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .where(
            or_(User.id.is_not(None), AuditEntry.action.in_(_BY_ITSELF)),
            AuditEntry.object_type == "conversation",
            AuditEntry.object_id == str(conversation_id),
            AuditEntry.at >= since,
        )
        .order_by(AuditEntry.id)
        .limit(MOST_CHANGES)
    )
    return [
        Step(name or "", entry.action.partition(".")[2], entry.detail, entry.at)
        for entry, name in rows
    ]
