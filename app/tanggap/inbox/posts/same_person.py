"""Which cases are of one person: of the same author, or of authors whom somebody linked."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, literal, select, union_all
from sqlalchemy.orm import Session

from tanggap.inbox.handover.handover_follow import INVITATION_HOLDS
from tanggap.store.author_cards import AuthorCard
from tanggap.store.base import utcnow
from tanggap.store.conversations import (
    INVITED,
    NOT_OURS,
    OWED,
    PRIVATE,
    PUBLIC,
    RESOLVED,
    Conversation,
)


def is_same_person(session: Session, one: Conversation, other: Conversation) -> bool:
    """Tell whether two cases are of one person, as the platform or one of us says."""
    if one.author_id == other.author_id:
        return True
    ids = (one.author_id, other.author_id)
    query = select(AuthorCard.person_id).where(AuthorCard.author_id.in_(ids))
    people = session.scalars(query).all()
    return len(people) == len(ids) and people[0] is not None and people[0] == people[1]


def beside_it(case: Conversation) -> tuple[ColumnElement[bool], ...]:
    """Say which other cases are of this person on this account."""
    own = select(AuthorCard.person_id).where(AuthorCard.author_id == case.author_id)
    linked = select(AuthorCard.author_id).where(AuthorCard.person_id.in_(own))
    person = Conversation.author_id.in_(union_all(select(literal(case.author_id)), linked))
    # By the index of authors: an account has a hundred thousand cases, a person a few.
    account = func.coalesce(Conversation.account_id, 0) == case.account_id
    return person, account, Conversation.id != case.id


def case_in_public(session: Session, case: Conversation) -> Conversation | None:
    """Find the public case that a private one may go on with, where nothing told it by itself.

    It is the newest of the same person of late that is still worked on and was not taken along.
    """
    if case.visibility != PRIVATE or case.state in (NOT_OURS, RESOLVED):
        return None
    query = select(Conversation).where(
        *beside_it(case),
        Conversation.visibility == PUBLIC,
        Conversation.handover.in_((PUBLIC, INVITED, OWED)),
        Conversation.state.not_in((NOT_OURS, RESOLVED)),
        Conversation.last_post_at >= utcnow() - INVITATION_HOLDS,
    )
    return session.scalar(query.order_by(Conversation.last_post_at.desc()).limit(1))
