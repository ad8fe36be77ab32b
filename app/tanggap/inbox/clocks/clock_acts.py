"""What people and rules do to clocks: pause, resume, promise, and say what an answer was."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.clocks.clocks import move
from tanggap.rules.clocks import KINDS, UPDATE, events
from tanggap.store import audit
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.clocks import CaseEventRow, ClockRow
from tanggap.store.conversations import OPEN, SNOOZED, WAITING, Conversation
from tanggap.store.posts import Post

LONGEST_PROMISE: Final = timedelta(days=90)


def pause_clock(
    session: Session,
    conversation_id: int,
    clock: str | None = None,
    *,
    at: datetime | None = None,
    user_id: int | None = None,
    reason: str = "",
) -> None:
    """Pause one clock of a case or, with None, all; pausing what is paused changes nothing."""
    _known(clock)
    _happen(session, conversation_id, events.PAUSED, at, user_id, clock=clock, reason=reason)


def resume_clock(
    session: Session,
    conversation_id: int,
    clock: str | None = None,
    *,
    at: datetime | None = None,
    user_id: int | None = None,
    reason: str = "",
) -> None:
    """Let a clock that was paused by hand run again."""
    _known(clock)
    _happen(session, conversation_id, events.RESUMED, at, user_id, clock=clock, reason=reason)


def start_clock(
    session: Session,
    conversation_id: int,
    clock: str,
    within: timedelta,
    *,
    around_the_clock: bool = False,
    at: datetime | None = None,
    user_id: int | None = None,
    reason: str = "",
) -> None:
    """Hold a clock to another target for the present period, and start it if it rests."""
    _known(clock)
    _happen(
        session,
        conversation_id,
        events.TARGET,
        at,
        user_id,
        clock=clock,
        within_seconds=round(within.total_seconds()),
        around_the_clock=around_the_clock,
        reason=reason,
    )


def promise_update(session: Session, conversation_id: int, until: datetime, user_id: int) -> None:
    """Note that the customer was promised to hear from us; raises `ConflictError` if it cannot."""
    now = utcnow()
    if not now < until <= now + LONGEST_PROMISE:
        raise ConflictError("a promise is for a moment within the next 90 days")
    case = _case(session, conversation_id)
    if case.state not in (OPEN, WAITING, SNOOZED):
        raise ConflictError("this case is closed; open it again before you promise anything")
    _happen(session, conversation_id, events.PROMISED, now, user_id, until=until)


def withdraw_promise(
    session: Session, conversation_id: int, until: datetime, user_id: int, reason: str
) -> bool:
    """End the promise that was for this very moment, with a reason; tells whether there was one."""
    owed = select(ClockRow.id).where(
        ClockRow.conversation_id == conversation_id,
        ClockRow.kind == UPDATE,
        ClockRow.due_at == until,
        ClockRow.met_at.is_(None),
        ClockRow.ended_at.is_(None),
    )
    if session.scalar(owed) is None:
        return False
    _happen(session, conversation_id, events.EXCUSED, None, user_id, reason=reason)
    return True


def note_call(session: Session, conversation_id: int, user_id: int) -> None:
    """Note that we spoke with the customer, which keeps a promise of an update."""
    _happen(session, conversation_id, events.CALLED, None, user_id)


def only_acknowledged(
    session: Session, conversation_id: int, user_id: int, *, post_id: int | None = None
) -> None:
    """Say that a post of ours, the newest one, only acknowledged: the answer is still owed."""
    post_id = post_id or _newest_of_ours(session, conversation_id)
    marked = select(CaseEventRow.id).where(
        CaseEventRow.conversation_id == conversation_id,
        CaseEventRow.what == events.ACKNOWLEDGED,
        CaseEventRow.post_id == post_id,
    )
    if session.scalar(marked) is None:
        _happen(session, conversation_id, events.ACKNOWLEDGED, None, user_id, post_id=post_id)


def answered_after_all(session: Session, conversation_id: int, user_id: int) -> None:
    """Take back that our newest post only acknowledged."""
    post_id = _newest_of_ours(session, conversation_id)
    session.execute(
        delete(CaseEventRow).where(
            CaseEventRow.conversation_id == conversation_id,
            CaseEventRow.what == events.ACKNOWLEDGED,
            CaseEventRow.post_id == post_id,
        )
    )
    _note(session, conversation_id, "answered", user_id, {"post": post_id})
    move(session, {conversation_id})


def _newest_of_ours(session: Session, conversation_id: int) -> int:
    post = session.scalar(
        select(Post.id)
        .where(Post.conversation_id == conversation_id, Post.from_us)
        .order_by(Post.posted_at.desc(), Post.id.desc())
        .limit(1)
    )
    if post is None:
        raise ConflictError("this case has no answer of ours yet")
    return post


def _happen(
    session: Session,
    conversation_id: int,
    what: str,
    at: datetime | None,
    user_id: int | None,
    **values: Any,
) -> None:
    _case(session, conversation_id)
    at = at or utcnow()
    session.add(
        CaseEventRow(conversation_id=conversation_id, what=what, at=at, user_id=user_id, **values)
    )
    told = {name: value for name, value in values.items() if value}
    _note(session, conversation_id, what, user_id, told)
    move(session, {conversation_id})


def _note(
    session: Session, conversation_id: int, what: str, user_id: int | None, detail: dict[str, Any]
) -> None:
    session.add(Change(conversation_id=conversation_id, kind=f"clock_{what}"))
    if user_id is None:
        return  # a rule: its run is logged where it ran
    written = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in detail.items()
    }
    audit.record(
        session,
        f"clock.{what}",
        "conversation",
        conversation_id,
        user_id=user_id,
        detail=written,
    )


def _case(session: Session, conversation_id: int) -> Conversation:
    case = session.get(Conversation, conversation_id, with_for_update=True)
    if case is None:
        raise NotFoundError(f"conversation {conversation_id} does not exist")
    return case


def _known(clock: str | None) -> None:
    if clock is not None and clock not in KINDS:
        raise NotFoundError(f"there is no clock {clock!r}; there are {', '.join(KINDS)}")
