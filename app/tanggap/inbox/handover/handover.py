"""From public to private and back: invited, gone private, solved there, concluded in public.

A case that went private is resolved only once the public knows how it ended, or somebody said why
it need not. `Conversation.handover` is the state; `store.handovers.Handover` keeps how it came.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from tanggap.errors import ConflictError, TanggapError
from tanggap.inbox.cases.conversations import missing, set_state
from tanggap.inbox.clocks import clocks
from tanggap.inbox.events.endpoint_events import CASE_HANDOVER, note_event
from tanggap.store import audit
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import (
    CLOSED,
    INVITED,
    OPEN,
    OWED,
    PRIVATE,
    PUBLIC,
    RESOLVED,
    WAITING,
    Conversation,
)
from tanggap.store.handovers import POSTED, WAIVED, Handover
from tanggap.store.posts import Post
from tanggap.store.storable import storable

LEAST_REASON: Final = 3
LONGEST_REASON: Final = 500


class UnfitReasonError(TanggapError):
    """A reason without words, or beyond all measure."""


class NothingOwedError(ConflictError):
    """The case is not where this step of its hand-over could be taken."""


def invite(session: Session, conversation_id: int, at: datetime, user_id: int | None) -> None:
    """Note that the customer was asked to go on in private; a new round where there was one."""
    case = _case(session, conversation_id)
    if case.visibility != PUBLIC or case.handover in (PRIVATE, OWED):
        return
    row = handover_row(session, conversation_id)
    row.invited_at, row.invited_by = at, user_id
    row.private_at = row.solved_at = row.solved_by = None
    row.by_reference = False
    _forget_closing(row)
    step(session, case, INVITED, user_id)


def went_private(session: Session, case: Conversation, at: datetime) -> None:
    """Note that the customer wrote privately, or wrote again after all seemed solved."""
    row = handover_row(session, case.id)
    row.private_at = row.private_at or at
    row.solved_at = row.solved_by = None
    step(session, case, PRIVATE, None)


def solve(session: Session, conversation_id: int, user_id: int, revision: int) -> None:
    """Say that the case is solved in private; from now on the public conclusion is owed.

    The case is open again and its clocks run: it is we who owe something. Raises
    `NothingOwedError` for a case that is not private, and `ConflictError` as `set_state` does.
    """
    case = _case(session, conversation_id)
    if case.handover != PRIVATE or case.state not in (OPEN, WAITING):
        raise NothingOwedError(f"conversation {conversation_id} does not go on in private")
    if case.revision != revision:
        raise ConflictError("a colleague changed this conversation a moment ago")
    row = handover_row(session, conversation_id)
    row.solved_at, row.solved_by = utcnow(), user_id
    case.state, case.revision = OPEN, case.revision + 1
    step(session, case, OWED, user_id)


def waive(session: Session, conversation_id: int, user_id: int, revision: int, reason: str) -> None:
    """Resolve a case without a public conclusion, because of a reason that is kept.

    Raises `UnfitReasonError`, and the others as `solve` does.
    """
    words = storable(" ".join(reason.split()))
    if not LEAST_REASON <= len(words) <= LONGEST_REASON:
        raise UnfitReasonError(f"a reason has {LEAST_REASON} to {LONGEST_REASON} characters")
    case = _owing(session, conversation_id)
    handover_row(session, conversation_id).reason = words
    _close(session, case, WAIVED, user_id, {"reason": words})
    set_state(session, conversation_id, user_id, revision, RESOLVED)


def conclude(session: Session, conversation_id: int, user_id: int, revision: int) -> None:
    """Resolve a case whose newest public post of ours says the conclusion already."""
    case = _owing(session, conversation_id)
    row = handover_row(session, conversation_id)
    post_id = said_in_public(session, conversation_id, row.private_at)
    if post_id is None:
        raise NothingOwedError("there is no public answer of ours since the case went private")
    row.closing_post_id = post_id
    _close(session, case, POSTED, user_id, {"post": post_id})
    set_state(session, conversation_id, user_id, revision, RESOLVED)


def concluded_by(session: Session, case: Conversation, post_id: int, user_id: int | None) -> None:
    """Note that a public post of ours said the conclusion, and resolve the case."""
    row = handover_row(session, case.id)
    row.closing_post_id = post_id
    _close(session, case, POSTED, user_id, {"post": post_id})
    set_state(session, case.id, user_id or row.solved_by, case.revision, RESOLVED)


def said_in_public(session: Session, conversation_id: int, since: datetime | None) -> int | None:
    """Find our newest public post since a case went private."""
    query = select(Post.id).where(
        Post.conversation_id == conversation_id,
        Post.from_us,
        Post.visibility == "public",
        Post.deleted_at.is_(None),
    )
    if since is not None:
        query = query.where(Post.posted_at >= since)
    return session.scalar(query.order_by(Post.posted_at.desc(), Post.id.desc()).limit(1))


def load_handover(session: Session, conversation_id: int) -> Handover | None:
    """Give how a case went private, with the people who took part."""
    return session.scalar(
        select(Handover)
        .where(Handover.conversation_id == conversation_id)
        .options(joinedload(Handover.closer), joinedload(Handover.inviter))
    )


def handover_row(session: Session, conversation_id: int) -> Handover:
    """Give a case's hand-over, a new one where there is none; the case has to be locked."""
    row = session.get(Handover, conversation_id)
    if row is None:
        row = Handover(conversation_id=conversation_id)
        session.add(row)
        session.flush()
    return row


def step(
    session: Session,
    case: Conversation,
    state: str,
    user_id: int | None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Take a case to another state of its hand-over and tell everybody."""
    before, case.handover = case.handover, state
    if before == state:
        return
    session.add(Change(conversation_id=case.id, kind=f"handover_{state}"))
    audit.record(
        session,
        f"conversation.handover_{state}",
        "conversation",
        case.id,
        user_id=user_id,
        detail={"old": before, "new": state} | (detail or {}),
    )
    session.flush()
    note_event(session, CASE_HANDOVER, case.id, state, f"{state}:{utcnow().isoformat()}")
    clocks.move(session, {case.id})


def _close(
    session: Session, case: Conversation, closing: str, user_id: int | None, detail: dict[str, Any]
) -> None:
    row = handover_row(session, case.id)
    row.closing, row.closed_at, row.closed_by = closing, utcnow(), user_id
    step(session, case, CLOSED, user_id, {"closing": closing} | detail)


def _forget_closing(row: Handover) -> None:
    row.closing, row.reason = "", ""
    row.closed_at = row.closed_by = row.closing_post_id = None


def _owing(session: Session, conversation_id: int) -> Conversation:
    case = _case(session, conversation_id)
    if case.handover not in (PRIVATE, OWED):
        raise NothingOwedError(f"conversation {conversation_id} owes the public nothing")
    return case


def _case(session: Session, conversation_id: int) -> Conversation:
    case = session.get(Conversation, conversation_id, with_for_update=True)
    if case is None:
        raise missing(session, conversation_id)
    return case
