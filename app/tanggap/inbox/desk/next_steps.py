"""Which steps lie ahead of a case: what one click may write for it now."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from tanggap.inbox.cases.author_cards import read_mark
from tanggap.inbox.desk.conversation_view import ConversationView
from tanggap.inbox.follow_up.praise import LABEL, testimonials_of
from tanggap.inbox.follow_up.ratings import ratings_of
from tanggap.inbox.sending.steps import CLOSING, THANKS
from tanggap.store.conversations import (
    CLOSED,
    INVITED,
    OPEN,
    OWED,
    PUBLIC,
    RESOLVED,
    WAITING,
    Conversation,
)
from tanggap.store.ratings import Rating
from tanggap.store.replies import (
    ACKNOWLEDGEMENT,
    INVITATION,
    PERMISSION,
    SATISFACTION,
    UPDATE,
)
from tanggap.store.testimonials import Testimonial


def next_steps(session: Session, view: ConversationView) -> Sequence[str]:
    """List the steps that can be taken now, the likeliest first."""
    case = view.conversation
    if case.handover == OWED:
        return (CLOSING,)
    praise = case.label == LABEL
    ended = praise or case.state == RESOLVED
    known = "card" in view.has
    if ended and known and read_mark(session, case.author_id).do_not_contact:
        return (THANKS,) if praise and case.first_answered_at is None else ()
    asked = testimonials_of(session, [case.id]).get(case.id) if praise else None
    asks = case.state == RESOLVED and not praise and "ratings" in view.has
    rated = ratings_of(session, case.id) if asks else ()
    return steps_of(case, asked, rated)


def steps_of(
    case: Conversation, asked: Testimonial | None, rated: Sequence[Rating]
) -> Sequence[str]:
    """Say which steps fit a case that owes no conclusion."""
    found: list[str] = []
    if case.label == LABEL:
        found += [THANKS] if case.first_answered_at is None else []
        found += [PERMISSION] if asked is None and case.first_answered_at is not None else []
        return found
    if case.state in (OPEN, WAITING):
        found.append(UPDATE if case.first_answered_at is not None else ACKNOWLEDGEMENT)
        if case.visibility == PUBLIC and case.handover in (PUBLIC, INVITED, CLOSED):
            found.append(INVITATION)
    elif case.state == RESOLVED and not rated:
        found.append(SATISFACTION)
    return found
