"""Praise: thanked, asked whether it may be shown, and exported with the proof of permission."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from tanggap.errors import ConflictError, NotFoundError
from tanggap.rules.consent import looks_like_yes
from tanggap.store import audit
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import NOT_OURS, Conversation
from tanggap.store.posts import Post
from tanggap.store.sql import among
from tanggap.store.testimonials import ASKED, DECLINED, GRANTED, WITHDRAWN, Testimonial

LABEL: Final = "praise"
"""The label of posts that this is about."""

ANSWERS_SHOWN: Final = 10
COLUMNS: Final = (
    *("id", "quote", "author", "handle", "channel", "written_at", "url"),
    *("consent", "consent_at", "consent_url", "recorded_by", "recorded_at"),
)
"""What an export tells of each permission, in this order."""


class NotTheirWordError(ConflictError):
    """A post that cannot be the customer's permission: another's, or older than the question."""


@dataclass(frozen=True, slots=True)
class Answered:
    """How many cases of praise there were lately, and how many of them had an answer of ours."""

    cases: int
    answered: int


def asked(
    session: Session, conversation_id: int, post_id: int, user_id: int | None, at: datetime
) -> None:
    """Note that the author of a praise was asked whether it may be shown."""
    row = session.scalar(select(Testimonial).where(Testimonial.post_id == post_id))
    if row is None:
        case = session.get_one(Conversation, conversation_id)
        row = Testimonial(
            conversation_id=conversation_id, author_id=case.author_id, post_id=post_id
        )
        session.add(row)
    if row.state == GRANTED:
        return
    row.state, row.asked_at, row.asked_by = ASKED, at, user_id
    row.decided_at = row.decided_by = None
    session.flush()
    session.add(Change(conversation_id=conversation_id, kind="permission_asked"))


def grant(session: Session, testimonial_id: int, user_id: int, consent_post_id: int) -> None:
    """Record that the customer agreed, and by which post of theirs.

    Raises `NotTheirWordError` for a post that is not theirs or came before the question.
    """
    row = _open(session, testimonial_id, (ASKED, DECLINED))
    consent = session.get(Post, consent_post_id)
    if (
        consent is None
        or consent.conversation_id != row.conversation_id
        or consent.from_us
        or consent.posted_at < row.asked_at
    ):
        raise NotTheirWordError("this post cannot be the customer's permission")
    row.consent_post_id, row.consent = consent.id, consent.text
    row.consent_url, row.consent_at = consent.url or "", consent.posted_at
    row.quote = session.get_one(Post, row.post_id).text
    _decide(session, row, GRANTED, user_id, {"post": consent.id})


def decline(session: Session, testimonial_id: int, user_id: int) -> None:
    """Record that the customer said no, or nothing."""
    _decide(session, _open(session, testimonial_id, (ASKED,)), DECLINED, user_id, {})


def withdraw(session: Session, testimonial_id: int, user_id: int) -> None:
    """Take a permission back because the customer did; it is exported no more."""
    row = _open(session, testimonial_id, (GRANTED,))
    row.quote = ""
    _decide(session, row, WITHDRAWN, user_id, {})


def testimonials_of(
    session: Session, conversation_ids: Collection[int]
) -> Mapping[int, Testimonial]:
    """Map conversations to the newest permission that was asked for in them."""
    rows = session.scalars(
        select(Testimonial)
        .where(among(session, Testimonial.conversation_id, conversation_ids))
        .options(joinedload(Testimonial.decider), joinedload(Testimonial.post, innerjoin=True))
        .order_by(Testimonial.id)
    )
    return {row.conversation_id: row for row in rows}


def possible_answers(session: Session, row: Testimonial) -> Sequence[tuple[Post, bool]]:
    """List what the customer wrote since the question, what looks like a yes marked so."""
    posts = session.scalars(
        select(Post)
        .where(
            Post.conversation_id == row.conversation_id,
            Post.from_us.is_(False),
            Post.posted_at >= row.asked_at,
        )
        .order_by(Post.posted_at, Post.id)
        .limit(ANSWERS_SHOWN)
    )
    return [(post, looks_like_yes(post.text)) for post in posts]


def count_answered(session: Session, days: int = 30) -> Answered:
    """Count the praise that was written in the last days and how much of it had an answer."""
    since = utcnow() - timedelta(days=days)
    cases, answered = session.execute(
        select(func.count(), func.count(Conversation.first_answered_at)).where(
            Conversation.label == LABEL,
            Conversation.state != NOT_OURS,
            # The newest post of a customer names the case; the other guard is that of an index.
            Conversation.last_inbound_at >= since,
            Conversation.last_post_at >= since,
        )
    ).one()
    return Answered(cases, answered)


def permitted(session: Session) -> Iterator[dict[str, Any]]:
    """Give what may be shown, with the proof of it, oldest permission first."""
    query = (
        select(Testimonial)
        .where(Testimonial.state == GRANTED)
        .options(
            joinedload(Testimonial.author, innerjoin=True),
            joinedload(Testimonial.post, innerjoin=True),
            joinedload(Testimonial.decider),
        )
        .order_by(Testimonial.id)
    )
    for row in session.scalars(query):
        yield {
            "id": row.id,
            "quote": row.quote,
            "author": row.author.name or row.author.handle,
            "handle": row.author.handle,
            "channel": row.author.channel,
            "written_at": row.post.posted_at.isoformat(),
            "url": row.post.url or "",
            "consent": row.consent,
            "consent_at": row.consent_at.isoformat() if row.consent_at else "",
            "consent_url": row.consent_url,
            "recorded_by": row.decider.name if row.decider else "",
            "recorded_at": row.decided_at.isoformat() if row.decided_at else "",
        }


def _open(session: Session, testimonial_id: int, states: Collection[str]) -> Testimonial:
    row = session.get(Testimonial, testimonial_id, with_for_update=True)
    if row is None:
        raise NotFoundError(f"there is no permission {testimonial_id}")
    if row.state not in states:
        raise ConflictError("a colleague changed this a moment ago; look at it again")
    return row


def _decide(
    session: Session, row: Testimonial, state: str, user_id: int, detail: dict[str, Any]
) -> None:
    row.state, row.decided_at, row.decided_by = state, utcnow(), user_id
    session.add(Change(conversation_id=row.conversation_id, kind=f"permission_{state}"))
    audit.record(
        session,
        f"conversation.permission_{state}",
        "conversation",
        row.conversation_id,
        user_id=user_id,
        detail={"testimonial": row.id} | detail,
    )
