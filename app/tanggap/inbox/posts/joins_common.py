"""What merging, splitting and undoing either have in common."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tanggap.errors import TanggapError
from tanggap.inbox.cases.conversations import missing
from tanggap.inbox.clocks import clocks
from tanggap.inbox.events.endpoint_events import CASE_JOINED, note_event
from tanggap.inbox.posts import threads
from tanggap.store import audit
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import (
    OPEN,
    RESOLVED,
    SNOOZED,
    STATES,
    WAITING,
    Conversation,
)
from tanggap.store.joins import CaseJoin
from tanggap.store.posts import Post
from tanggap.store.snoozes import Snooze


class UnfitJoinError(TanggapError):
    """Two cases that cannot be one, or posts that cannot be a case of their own."""


def locked_pair(session: Session, first: int, second: int) -> tuple[Conversation, Conversation]:
    """Lock two cases in the order of their ids, as everybody does."""
    if first == second:
        raise UnfitJoinError("a case cannot be merged with itself")
    rows = session.scalars(
        select(Conversation)
        .where(Conversation.id.in_((first, second)))
        .order_by(Conversation.id)
        .with_for_update()
    )
    found = {row.id: row for row in rows}
    for wanted in (first, second):
        if wanted not in found:
            raise missing(session, wanted)
    return found[first], found[second]


def joint_state(ours: Conversation, theirs: Conversation) -> str:
    """Give the state of two cases that become one: whichever asks for more; none sleeps on."""
    state = min(ours.state, theirs.state, key=STATES.index)
    return OPEN if state == SNOOZED else state


def settle(session: Session, case: Conversation, state: str) -> None:
    """Bring a case in step with the posts it has by now."""
    newest = session.scalar(
        select(Post.from_us)
        .where(Post.conversation_id == case.id)
        .order_by(Post.posted_at.desc(), Post.id.desc())
        .limit(1)
    )
    case.waits = not newest
    case.state = WAITING if state == OPEN and newest else state
    case.resolved_at = case.resolved_at or utcnow() if case.state == RESOLVED else None
    session.flush()
    threads.refresh(session, {case.id}, set())
    clocks.move(session, {case.id})


def end_sleeps(session: Session, *conversation_ids: int) -> None:
    """Forget what put these cases to sleep."""
    session.execute(delete(Snooze).where(Snooze.conversation_id.in_(conversation_ids)))


def tell(session: Session, what: str, join: CaseJoin, user_id: int) -> None:
    """Tell open browsers and the audit log."""
    for case in (join.conversation_id, join.other_id):
        session.add(Change(conversation_id=case, kind=what))
    audit.record(
        session,
        f"conversation.{what}",
        "conversation",
        join.conversation_id,
        user_id=user_id,
        detail={"other": join.other_id, "posts": join.posts},
    )
    session.flush()
    note_event(session, CASE_JOINED, join.conversation_id, join.id, f"{join.id}:{what}")
