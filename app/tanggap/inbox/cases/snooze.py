"""Let conversations sleep until a time or until the customer writes; wake them with a reason."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from tanggap.errors import TanggapError
from tanggap.inbox.case_locks import hold_cases
from tanggap.inbox.cases.conversations import set_state
from tanggap.inbox.clean import snippet
from tanggap.inbox.clocks import clocks
from tanggap.inbox.events.notifications import notify
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import OPEN, SNOOZED, Conversation
from tanggap.store.snoozes import BY_REPLY, BY_TIME, Snooze
from tanggap.store.sql import among
from tanggap.store.staff import DEFAULT_ZONE, Staff
from tanggap.store.storable import storable

LONGEST: Final = timedelta(days=365)
MORNING: Final = 9
UNTIL_REPLY: Final = "reply"
CHOICES: Final = ("1h", "4h", "tomorrow", "monday", UNTIL_REPLY)
_BATCH: Final = 200


class UnfitTimeError(TanggapError):
    """A time to wake that has passed, is too far away, or is none."""


def read_until(choice: str, at: str, zone: str, now: datetime) -> datetime | None:
    """Read until when somebody wants quiet; None means until the customer writes.

    `choice` is one of `CHOICES`, else `at` is a local time such as 2026-11-23T09:00. Raises
    `UnfitTimeError`.
    """
    if choice == UNTIL_REPLY:
        return None
    here = now.astimezone(ZoneInfo(zone))
    morning = here.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    chosen = {
        "1h": here + timedelta(hours=1),
        "4h": here + timedelta(hours=4),
        "tomorrow": morning + timedelta(days=1),
        "monday": morning + timedelta(days=7 - here.weekday()),
    }.get(choice)
    if chosen is None:
        try:
            chosen = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(zone))
        except ValueError as error:
            raise UnfitTimeError(f"{at!r} is no time") from error
    return fit_until(chosen, now)


def fit_until(moment: datetime, now: datetime) -> datetime:
    """Give a time to wake back; raises `UnfitTimeError` for one of the past or too far away."""
    if not now < moment < now + LONGEST:
        raise UnfitTimeError("the time to wake has passed or is more than a year away")
    return moment


def zone_of(session: Session, user_id: int) -> str:
    """Give the time zone a person works in."""
    return session.scalar(select(Staff.zone).where(Staff.user_id == user_id)) or DEFAULT_ZONE


def snooze(
    session: Session,
    conversation_id: int,
    user_id: int,
    revision: int,
    *,
    until: datetime | None,
    words: str = "",
) -> None:
    """Put a conversation to sleep; raises `ConflictError` when a colleague changed it since."""
    set_state(session, conversation_id, user_id, revision, SNOOZED)
    session.add(
        Snooze(
            conversation_id=conversation_id,
            user_id=user_id,
            until=until,
            words=snippet(storable(words)),
        )
    )


def load_snooze(session: Session, conversation_id: int) -> Snooze | None:
    """Give the sleep of a conversation, or what woke it."""
    return session.scalar(
        select(Snooze)
        .where(Snooze.conversation_id == conversation_id)
        .options(joinedload(Snooze.user, innerjoin=True))
    )


def wake_due(session: Session) -> int:
    """Wake those whose time has come, and tell whoever put them to sleep and who has them."""
    now = utcnow()
    due = session.scalars(
        select(Snooze)
        .where(Snooze.until <= now, Snooze.woken_at.is_(None))
        .order_by(Snooze.until)
        .limit(_BATCH)
    ).all()
    hold_cases(session, {one.conversation_id for one in due})
    for one in due:
        one.woken_at, one.woken_by = now, BY_TIME
        woken = session.execute(
            update(Conversation)
            .where(Conversation.id == one.conversation_id, Conversation.state == SNOOZED)
            .values(state=OPEN, revision=Conversation.revision + 1)
            .returning(Conversation.assignee_id)
        ).first()
        if woken is None:
            session.delete(one)
            continue
        people = {one.user_id} if woken.assignee_id is None else {one.user_id, woken.assignee_id}
        _tell(session, one, people, "woke_time")
    session.flush()
    clocks.move(session, {one.conversation_id for one in due})
    return len(due)


def woken_by_reply(session: Session, conversation_ids: Collection[int]) -> None:
    """Note that customers wrote in conversations that slept; they are open already."""
    if not conversation_ids:
        return
    asleep = session.scalars(
        select(Snooze).where(
            among(session, Snooze.conversation_id, conversation_ids), Snooze.woken_at.is_(None)
        )
    )
    for one in asleep.all():
        one.woken_at, one.woken_by = utcnow(), BY_REPLY
        _tell(session, one, {one.user_id}, "woke_reply")


def _tell(session: Session, one: Snooze, people: Collection[int], kind: str) -> None:
    notify(
        session,
        kind,
        user_ids=people,
        conversation_id=one.conversation_id,
        text=one.words,
        key=f"woke:{one.conversation_id}:{one.created_at.timestamp()}",
    )
    session.add(Change(conversation_id=one.conversation_id, kind="woke"))
