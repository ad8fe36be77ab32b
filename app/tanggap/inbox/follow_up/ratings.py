"""Whether customers are satisfied: asked by a person, answered by them, acted on when low."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tanggap.errors import TanggapError
from tanggap.inbox.cases.conversations import missing, set_state
from tanggap.inbox.events.endpoint_events import CASE_RATED, note_event
from tanggap.inbox.events.notifications import notify
from tanggap.rules.clocks import events
from tanggap.rules.satisfaction import BEST, Score, read_score
from tanggap.store import audit
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.clocks import CaseEventRow
from tanggap.store.conversations import PRIORITIES, RESOLVED, Conversation
from tanggap.store.posts import TRIAGE_NONE, Post
from tanggap.store.ratings import BY_REPLY, LOW, Rating
from tanggap.store.sql import among
from tanggap.store.storable import storable
from tanggap.store.users import SUPERVISOR, TeamMember, User

ANSWER_HOLDS: Final = timedelta(days=7)
"""For how long what the customer writes is read as an answer to the question."""

LONGEST_WORDS: Final = 2_000
SHOWN: Final = 5
_HIGH: Final = PRIORITIES.index("high")


class UnfitScoreError(TanggapError):
    """A score that is none from 1 to 5."""


def last_satisfaction(session: Session, author_id: int) -> int | None:
    """Give the score a customer gave last, from 1 to 5; None for one who gave none."""
    return session.scalar(
        select(Rating.score)
        .where(Rating.author_id == author_id, Rating.score.is_not(None))
        .order_by(Rating.answered_at.desc(), Rating.id.desc())
        .limit(1)
    )


def ratings_of_author(session: Session, author_id: int) -> Sequence[Rating]:
    """List the scores a customer gave last, newest first."""
    return list(
        session.scalars(
            select(Rating)
            .where(Rating.author_id == author_id, Rating.score.is_not(None))
            .order_by(Rating.answered_at.desc(), Rating.id.desc())
            .limit(SHOWN)
        )
    )


def ratings_of(session: Session, conversation_id: int) -> Sequence[Rating]:
    """List how a case was rated, and the question that waits for an answer, oldest first."""
    query = select(Rating).where(Rating.conversation_id == conversation_id)
    return list(session.scalars(query.order_by(Rating.id)))


def ask(session: Session, conversation_id: int, user_id: int | None, at: datetime) -> None:
    """Note that the customer was asked; asking again before there is an answer renews it."""
    waiting = _waiting(session, conversation_id)
    if waiting is not None:
        waiting.asked_at, waiting.asked_by = at, user_id
        return
    session.add(_new(session, conversation_id, asked_at=at, asked_by=user_id))


def rate(
    session: Session,
    conversation_id: int,
    score: int,
    *,
    by: str,
    words: str = "",
    user_id: int | None = None,
    post_id: int | None = None,
    reopens: bool = True,
) -> Rating:
    """Keep what a customer said; a low score brings the case back and calls for help.

    `by` is how it came, `user_id` who wrote it down where that was one of us. With `reopens` False
    the caller opens the case. Raises `UnfitScoreError`.
    """
    if not 1 <= score <= BEST:
        raise UnfitScoreError(f"a score goes from 1 to {BEST}")
    case = session.get(Conversation, conversation_id, with_for_update=True)
    if case is None:
        raise missing(session, conversation_id)
    rating = _waiting(session, conversation_id) or _new(session, conversation_id)
    rating.score, rating.by, rating.post_id = score, by, post_id
    rating.words = storable(words.strip(), LONGEST_WORDS)
    rating.answered_at = utcnow()
    session.add(rating)
    session.flush()
    session.add(Change(conversation_id=conversation_id, kind="rated"))
    detail = {"score": score, "by": by}
    audit.record(
        session, "conversation.rated", "conversation", case.id, user_id=user_id, detail=detail
    )
    note_event(session, CASE_RATED, case.id, rating.id, f"{rating.id}:{utcnow().isoformat()}")
    if score <= LOW:
        _call_for_help(session, case, rating, reopens=reopens)
    return rating


def take_answers(
    session: Session, conversation_ids: Collection[int], post_ids: Collection[int]
) -> set[int]:
    """Read new posts of customers who were asked; name the cases that the answers leave closed."""
    asked = _asked(session, conversation_ids) if conversation_ids and post_ids else {}
    if not asked:
        return set()
    posts = session.scalars(
        select(Post)
        .where(
            among(session, Post.conversation_id, asked),
            among(session, Post.id, post_ids),
            Post.from_us.is_(False),
        )
        .order_by(Post.posted_at, Post.id)
    )
    closed: set[int] = set()
    for post in posts:
        case_id = post.conversation_id or 0
        closed.discard(case_id)
        score = read_score(post.text)
        if case_id not in asked or score is None or post.posted_at < asked[case_id]:
            continue
        del asked[case_id]
        if _take(session, case_id, post, score):
            closed.add(case_id)
    return closed


def _take(session: Session, case_id: int, post: Post, score: Score) -> bool:
    """Keep one answer; tells whether nothing but the score is in it, so that nothing is owed."""
    rate(
        session,
        case_id,
        score.value,
        by=BY_REPLY,
        words=post.text,
        post_id=post.id,
        reopens=False,
    )
    if score.value <= LOW or not score.bare:
        return False
    session.add(
        CaseEventRow(conversation_id=case_id, at=post.posted_at, what=events.RATED, post_id=post.id)
    )
    # Its label would become the case's, and rules would act upon a mere number.
    session.execute(update(Post).where(Post.id == post.id).values(triage=TRIAGE_NONE))
    return True


def _asked(session: Session, conversation_ids: Collection[int]) -> dict[int, datetime]:
    rows = session.execute(
        select(Rating.conversation_id, Rating.asked_at).where(
            among(session, Rating.conversation_id, conversation_ids),
            Rating.score.is_(None),
            Rating.asked_at >= utcnow() - ANSWER_HOLDS,
        )
    )
    return {row.conversation_id: row.asked_at for row in rows}


def _waiting(session: Session, conversation_id: int) -> Rating | None:
    return session.scalar(
        select(Rating)
        .where(Rating.conversation_id == conversation_id, Rating.score.is_(None))
        .order_by(Rating.id.desc())
        .limit(1)
    )


def _new(session: Session, conversation_id: int, **values: Any) -> Rating:
    case = session.get_one(Conversation, conversation_id)
    return Rating(
        conversation_id=case.id,
        author_id=case.author_id,
        channel=case.channel,
        team_id=case.team_id,
        label=case.label,
        agent_id=case.assignee_id,
        **values,
    )


def _call_for_help(session: Session, case: Conversation, rating: Rating, *, reopens: bool) -> None:
    """Open the case again, more urgent than before, and tell its owner and the supervisors."""
    case.priority = min(case.priority, _HIGH)
    session.flush()
    if reopens and case.state == RESOLVED:
        set_state(session, case.id, None, case.revision, "open")
    people = {*_supervisors(session, case.team_id)}
    people |= {id_ for id_ in (case.assignee_id, rating.agent_id) if id_ is not None}
    notify(
        session,
        "low_rating",
        user_ids=people,
        conversation_id=case.id,
        text=rating.words,
        key=f"low_rating:{rating.id}",
    )


def _supervisors(session: Session, team_id: int | None) -> Sequence[int]:
    """Give the supervisors of the case's team, else all of them."""
    able = select(User.id).where(User.role == SUPERVISOR, User.active)
    members = select(TeamMember.user_id).where(TeamMember.team_id == team_id)
    return session.scalars(able.where(User.id.in_(members))).all() or session.scalars(able).all()
