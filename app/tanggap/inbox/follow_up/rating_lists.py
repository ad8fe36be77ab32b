"""Whom to ask, who has not been told yet, and whose answer calls for help: the follow-up page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Select, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from tanggap.inbox.follow_up.praise import LABEL
from tanggap.rules.clocks import UPDATE, events
from tanggap.store.author_cards import AuthorCard
from tanggap.store.base import utcnow
from tanggap.store.clocks import CaseEventRow, ClockRow
from tanggap.store.conversations import CLOSED, PUBLIC, RESOLVED, Conversation
from tanggap.store.posts import Post
from tanggap.store.ratings import LOW, Rating
from tanggap.store.users import User

QUIET: Final = timedelta(days=30)
"""Who was asked once is left in peace for so long."""

ASK_WITHIN: Final = timedelta(days=7)
"""For how long after its end a case is worth asking about."""

NONE: Final = "none"
SHOWN: Final = 10
LISTED: Final = 100
COUNT_CAP: Final = 100


@dataclass(frozen=True, slots=True)
class Promise:
    """A promised update that is still owed, and who promised it."""

    case: Conversation
    clock: ClockRow
    promised_by: User | None


@dataclass(frozen=True, slots=True)
class ToAsk:
    """A resolved case whose customer may be asked, and the last post in it."""

    case: Conversation
    seen_post_id: int


def promises(session: Session) -> Sequence[Promise]:
    """List the promised updates that are owed, what is due first on top."""
    promised = (
        select(CaseEventRow.conversation_id, func.max(CaseEventRow.id).label("id"))
        .where(CaseEventRow.what == events.PROMISED)
        .group_by(CaseEventRow.conversation_id)
        .subquery()
    )
    rows = session.execute(
        select(Conversation, ClockRow, User)
        .join(ClockRow, ClockRow.conversation_id == Conversation.id)
        .outerjoin(promised, promised.c.conversation_id == Conversation.id)
        .outerjoin(CaseEventRow, CaseEventRow.id == promised.c.id)
        .outerjoin(User, User.id == CaseEventRow.user_id)
        .where(*_owed())
        .options(joinedload(Conversation.author, innerjoin=True), joinedload(Conversation.assignee))
        .order_by(ClockRow.due_at, Conversation.id)
        .limit(LISTED)
    )
    return [Promise(*row) for row in rows]


def to_ask(session: Session) -> Sequence[ToAsk]:
    """List whom to ask whether they are satisfied, what was resolved first on top."""
    rows = session.execute(to_ask_query())
    return [ToAsk(case, seen or 0) for case, seen in rows]


def to_ask_query() -> Select[Any]:
    """Build the query of whom to ask, with the last post of each case."""
    newest = (
        select(func.max(Post.id))
        .where(Post.conversation_id == Conversation.id)
        .correlate(Conversation)
        .scalar_subquery()
    )
    return (
        select(Conversation, newest)
        .where(*_askable())
        .options(
            joinedload(Conversation.author, innerjoin=True),
            joinedload(Conversation.account, innerjoin=True),
            joinedload(Conversation.team),
        )
        .order_by(Conversation.resolved_at, Conversation.id)
        .limit(SHOWN)
    )


def unhappy(session: Session) -> Sequence[tuple[Rating, Conversation]]:
    """List low scores whose case is not resolved again, newest first."""
    query = (
        select(Rating, Conversation)
        .join(Conversation, Conversation.id == Rating.conversation_id)
        .where(*_low())
        .options(joinedload(Conversation.author, innerjoin=True))
        .order_by(Rating.answered_at.desc(), Rating.id.desc())
        .limit(LISTED)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def count_due(session: Session, *names: str) -> dict[str, int]:
    """Count what each list of the page holds, or the named ones, up to the cap."""
    return {name: session.scalar(query) or 0 for name, query in due_queries(*names).items()}


def due_queries(*names: str) -> dict[str, Select[int]]:
    """Build the queries that count them."""
    queries: dict[str, Select[Any]] = {
        "promises": select(literal(1).label("one")).select_from(ClockRow).where(*_owed()),
        "to_ask": select(literal(1).label("one")).select_from(Conversation).where(*_askable()),
        "unhappy": select(literal(1).label("one"))
        .select_from(Rating)
        .join(Conversation, Conversation.id == Rating.conversation_id)
        .where(*_low()),
    }
    return {
        name: select(func.count()).select_from(query.limit(COUNT_CAP).subquery())
        for name, query in queries.items()
        if not names or name in names
    }


def _owed() -> tuple[Any, ...]:
    return (ClockRow.kind == UPDATE, ClockRow.met_at.is_(None), ClockRow.ended_at.is_(None))


def _low() -> tuple[Any, ...]:
    return (Rating.score <= LOW, Conversation.state != RESOLVED)


def _askable() -> tuple[Any, ...]:
    """Say which cases: resolved lately, served, not asked, of a customer who may be asked."""
    now = utcnow()
    asked_here = exists().where(Rating.conversation_id == Conversation.id)
    asked_lately = exists().where(
        Rating.author_id == Conversation.author_id, Rating.asked_at >= now - QUIET
    )
    own = aliased(AuthorCard)
    person = select(own.person_id).where(own.author_id == Conversation.author_id)
    left_alone = exists().where(
        AuthorCard.do_not_contact,
        or_(
            AuthorCard.author_id == Conversation.author_id,
            AuthorCard.person_id.in_(person.correlate(Conversation)),
        ),
    )
    served = or_(Conversation.label.is_(None), Conversation.label.not_in((LABEL, NONE)))
    return (
        # Not to be looked up: most cases are resolved, few of them lately.
        func.coalesce(Conversation.state, "") == RESOLVED,
        Conversation.resolved_at >= now - ASK_WITHIN,
        Conversation.first_answered_at.is_not(None),
        Conversation.handover.in_((PUBLIC, CLOSED)),
        served,
        ~left_alone,
        ~asked_here,
        ~asked_lately,
    )
