"""The list of posts to label: suggested by `tanggap-ml`, answered by people with one key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, delete, func, select
from sqlalchemy.orm import Session, aliased

from tanggap.inbox.cases.corrections import Said, label_post
from tanggap.store import audit
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.labelling import LabelRequest
from tanggap.store.posts import Author, Correction, Post, VerdictRow
from tanggap.store.sql import insert_rows

APART: Final = 5
"""People who label at the same time begin at so many different posts."""

_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A post to be labelled, why, and what the model takes it for."""

    post_id: int
    reason: str
    guess: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Asked:
    """One post of the list as the page shows it."""

    position: int
    post_id: int
    conversation_id: int
    channel: str
    text: str
    posted_at: datetime
    language: str
    reason: str
    guess: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How many posts of the list are answered."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """A customer's post nobody has labelled."""

    post_id: int
    text: str
    language: str


def unlabelled_posts(
    session: Session, *, since: datetime | None = None, limit: int = 20_000
) -> Iterator[Unlabelled]:
    """Go through the newest customers' posts that no person has labelled."""
    before: int | None = None
    left = limit
    while left > 0:
        query = _unlabelled_query(since, before).limit(min(_PAGE, left))
        rows = session.execute(query).all()
        for row in rows:
            yield Unlabelled(row.id, row.text, row.language or "")
        if not rows:
            return
        before, left = rows[-1].id, left - len(rows)


def save_suggestions(
    session: Session, suggestions: Sequence[Suggestion], model_version: str
) -> int:
    """Replace what nobody has answered yet by these posts, in this order; returns their number."""
    session.execute(delete(LabelRequest).where(_open()))
    posts = [one.post_id for one in suggestions]
    session.execute(delete(LabelRequest).where(LabelRequest.post_id.in_(posts)))
    first = (session.scalar(select(func.max(LabelRequest.position))) or 0) + 1
    rows = [
        {
            "post_id": one.post_id,
            "position": position,
            "reason": one.reason,
            "guess": one.guess,
            "confidence": one.confidence,
            "model_version": model_version,
            "created_at": utcnow(),
        }
        for position, one in enumerate(suggestions, start=first)
    ]
    insert_rows(session, LabelRequest, rows, key=("post_id",))
    detail = {"posts": len(rows), "model": model_version}
    audit.record(session, "labelling.suggested", "labelling", model_version, detail=detail)
    return len(rows)


def next_asked(session: Session, user_id: int, after: int | None = None) -> Asked | None:
    """Give the post this person is asked next, behind one that they skipped; None at the end."""
    found: Sequence[Row[Any]] = ()
    if after is not None:
        found = session.execute(_asked_query(LabelRequest.position > after)).all()
    found = found or session.execute(_asked_query()).all()
    return Asked(*tuple(found[user_id % len(found)])) if found else None


def answer(
    session: Session, post_id: int, user_id: int, label: str, *, labels: Sequence[str]
) -> Said | None:
    """Take what a person says a post of the list is; None when they said so already."""
    said = label_post(session, post_id, user_id, label, labels=labels)
    if said is not None:
        session.add(Change(conversation_id=said.conversation_id, kind=said.kind))
        audit.record(
            session,
            f"conversation.{said.kind}",
            "conversation",
            said.conversation_id,
            user_id=user_id,
            detail={"post": post_id, "label": label},
        )
    return said


def read_progress(session: Session) -> Progress:
    """Count the list."""
    total = session.scalar(select(func.count()).select_from(LabelRequest)) or 0
    left = session.scalar(select(func.count()).select_from(LabelRequest).where(_open())) or 0
    return Progress(total - left, total)


def _open() -> ColumnElement[bool]:
    """Hold for requests whose post nobody has labelled since it was asked for."""
    answers = select(Correction.id).where(
        Correction.post_id == LabelRequest.post_id,
        Correction.created_at >= LabelRequest.created_at,
    )
    return ~answers.exists()


def _asked_query(*conditions: ColumnElement[bool]) -> Any:
    return (
        select(
            LabelRequest.position,
            Post.id,
            Post.conversation_id,
            Author.channel,
            Post.text,
            Post.posted_at,
            Conversation.language,
            LabelRequest.reason,
            LabelRequest.guess,
            LabelRequest.confidence,
        )
        .select_from(LabelRequest)
        .join(Post, Post.id == LabelRequest.post_id)
        .join(Author, Author.id == Post.author_id)
        .join(Conversation, Conversation.id == Post.conversation_id)
        .where(_open(), Post.deleted_at.is_(None), Post.purged_at.is_(None), *conditions)
        .order_by(LabelRequest.position)
        .limit(APART)
    )


def _unlabelled_query(since: datetime | None, before: int | None) -> Any:
    said = select(Correction.id).where(Correction.post_id == Post.id)
    verdict = aliased(VerdictRow)
    newest = select(func.max(verdict.id)).where(verdict.post_id == Post.id).correlate(Post)
    query = (
        select(Post.id, Post.text, VerdictRow.language)
        .outerjoin(VerdictRow, VerdictRow.id == newest.scalar_subquery())
        .where(
            Post.from_us.is_(False),
            Post.conversation_id.is_not(None),
            Post.deleted_at.is_(None),
            Post.purged_at.is_(None),
            ~said.exists(),
        )
        .order_by(Post.id.desc())
    )
    if since is not None:
        query = query.where(Post.posted_at >= since)
    return query.where(Post.id < before) if before is not None else query
