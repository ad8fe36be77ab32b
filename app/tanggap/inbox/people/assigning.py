"""Carry out who should have which case: whenever presence, load, shifts or cases have changed.

The queue is state: what is decided depends on the rows alone, so that it can be decided again at
any time, by any process, and nothing is lost with an event.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tanggap.inbox.events.notifications import notify
from tanggap.inbox.events.rule_events import fire
from tanggap.inbox.people.assigning_state import read_state
from tanggap.inbox.people.staffing import Move, Patience, decide
from tanggap.inbox.services import Services
from tanggap.rules import Trigger
from tanggap.settings import Settings
from tanggap.store import audit
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import OPEN, SNOOZED, WAITING, Conversation
from tanggap.store.replies import Draft
from tanggap.store.sight import Sight
from tanggap.store.staff import Staff

_NOT_DONE: Final = (OPEN, WAITING, SNOOZED)
_ROUNDS: Final = 20
"""More than enough to empty a queue of any size that people can take; the sweep goes on."""

RETURNED: Final = "returned"


def reassign(services: Services, patience: Patience | None = None) -> int:
    """Give waiting cases to people and take urgent ones from those who are gone.

    Without `patience` that of the settings holds. Returns how many cases changed hands. Running
    it twice, or in several processes at once, does the same as running it once.
    """
    patience = patience or patience_of(services.settings)
    moved = 0
    for _ in range(_ROUNDS):
        with services.database.read() as session:
            if not _decide(session, patience):
                break
        with services.database.write() as session:
            _take_turns(session)
            made = [move for move in _decide(session, patience) if _make(session, move)]
        moved += len(made)
        if not made:
            break
    return moved


def patience_of(settings: Settings) -> Patience:
    """Say how long cases stay with somebody who is gone."""
    return Patience(
        urgent=timedelta(minutes=settings.urgent_grace_minutes),
        shift=timedelta(minutes=settings.shift_grace_minutes),
    )


def return_cases(
    session: Session,
    user_id: int,
    *,
    by_user_id: int | None,
    reason: str,
    beyond: Sight | None = None,
) -> int:
    """Put what a person has, and that is not done, back into the queue.

    With `beyond` they keep the cases that this covers.
    """
    rows = session.execute(
        select(
            Conversation.id, Conversation.revision, Conversation.team_id, Conversation.account_id
        )
        .where(Conversation.assignee_id == user_id, Conversation.state.in_(_NOT_DONE))
        .order_by(Conversation.id)
    ).all()
    moves = [
        Move(case_id=row.id, revision=row.revision, from_id=user_id, to_id=None, reason=reason)
        for row in rows
        if beyond is None or not beyond.covers(row.team_id, row.account_id)
    ]
    return sum(_make(session, move, states=_NOT_DONE, by=by_user_id) for move in moves)


def _decide(session: Session, patience: Patience) -> Sequence[Move]:
    now = utcnow()
    people, cases = read_state(session, now)
    return decide(people, cases, now, patience)


def _take_turns(session: Session) -> None:
    """Wait for others who give out cases, so that nobody is given more than they take."""
    session.execute(select(Staff.user_id).order_by(Staff.user_id).with_for_update())


def _make(
    session: Session, move: Move, states: Collection[str] = (OPEN,), by: int | None = None
) -> bool:
    """Move a case unless somebody touched it since it was looked at; tells whether it moved."""
    now = utcnow()
    changed = session.execute(
        update(Conversation)
        .where(
            Conversation.id == move.case_id,
            Conversation.revision == move.revision,
            Conversation.assignee_id.is_not_distinct_from(move.from_id),
            Conversation.state.in_(states),
        )
        .values(
            assignee_id=move.to_id,
            assigned_at=now if move.to_id is not None else None,
            revision=Conversation.revision + 1,
        )
        .returning(Conversation.id)
    )
    if changed.first() is None:
        return False
    if move.to_id is not None:
        session.execute(update(Staff).where(Staff.user_id == move.to_id).values(given_at=now))
        _hand_draft(session, move.case_id, move.to_id)
        _tell(session, move)
    _note(session, move, by)
    return True


def _hand_draft(session: Session, conversation_id: int, to_id: int) -> None:
    """Let the newest unfinished answer go along with a case; its writer keeps it too."""
    drafts = session.scalars(
        select(Draft)
        .where(Draft.conversation_id == conversation_id, Draft.text != "")
        .order_by(Draft.updated_at.desc())
    ).all()
    if not drafts or any(draft.user_id == to_id for draft in drafts):
        return
    session.add(
        Draft(
            conversation_id=conversation_id,
            user_id=to_id,
            text=drafts[0].text,
            seen_post_id=drafts[0].seen_post_id,
        )
    )


def _tell(session: Session, move: Move) -> None:
    """Let the rules and the person know."""
    occasion = f"revision:{move.revision + 1}"
    fire(session, Trigger.CASE_ASSIGNED, move.case_id, occasion=occasion)
    people = [move.to_id] if move.to_id is not None else []
    notify(
        session,
        "given",
        user_ids=people,
        conversation_id=move.case_id,
        key=f"given:{move.case_id}:{move.revision}",
    )


def _note(session: Session, move: Move, by: int | None) -> None:
    kind = "assigned" if move.to_id is not None else RETURNED
    session.add(Change(conversation_id=move.case_id, kind=kind))
    detail = {"from": move.from_id, "to": move.to_id, "reason": move.reason, "of": move.of}
    audit.record(
        session, f"conversation.{kind}", "conversation", move.case_id, user_id=by, detail=detail
    )
