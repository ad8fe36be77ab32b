"""Promise to call a customer, be reminded, call, and say what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import update
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError, TanggapError
from tanggap.inbox.cases import wishes
from tanggap.inbox.cases.conversations import missing, set_state
from tanggap.inbox.clocks import clock_acts
from tanggap.inbox.events.notifications import notify
from tanggap.inbox.handover.phones import mask_phone, read_phone
from tanggap.inbox.services import Services
from tanggap.store import audit
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.call_backs import (
    CALLED_OFF,
    NO_ANSWER,
    OUTCOMES,
    PLANNED,
    REACHED,
    RESOLVED,
    CallBack,
)
from tanggap.store.conversations import NOT_OURS, Conversation
from tanggap.store.conversations import RESOLVED as CASE_RESOLVED
from tanggap.store.storable import storable
from tanggap.store.users import Team, User

LONGEST_WINDOW: Final = timedelta(hours=12)
FARTHEST: Final = timedelta(days=60)
LONGEST_WORDS: Final = 2_000
LONGEST_REASON: Final = 200
_SPOKE: Final = (REACHED, RESOLVED)


class UnfitCallBackError(TanggapError):
    """A call-back that cannot be planned or ended like that; `field` names what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class EndedError(ConflictError):
    """A colleague has said already what came of the call."""


@dataclass(frozen=True, slots=True)
class Window:
    """When the customer wants to be called, and the time zone they said it in."""

    starts_at: datetime
    ends_at: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What somebody wants to be planned; without an assignee it is the team's."""

    phone: str
    window: Window
    words: str = ""
    team_id: int | None = None
    assignee_id: int | None = None


def read_window(day: str, start: str, end: str, zone: str, now: datetime) -> Window:
    """Read a window as it is typed: a day and two times of it in the customer's time zone.

    Raises `UnfitCallBackError` that names the field `zone`, `day`, `start` or `end`.
    """
    if zone not in available_timezones():
        raise UnfitCallBackError("zone", f"{zone!r} is no time zone")
    here = ZoneInfo(zone)
    try:
        on = date.fromisoformat(day)
    except ValueError as error:
        raise UnfitCallBackError("day", f"{day!r} is no day") from error
    starts_at = _moment(on, start, here, "start")
    ends_at = _moment(on, end, here, "end")
    if not starts_at < ends_at <= starts_at + LONGEST_WINDOW:
        raise UnfitCallBackError("end", "a window ends after it starts, within twelve hours")
    if not now < ends_at < now + FARTHEST:
        raise UnfitCallBackError("day", "the window has passed or is more than 60 days away")
    return Window(starts_at, ends_at, zone)


def _moment(on: date, written: str, zone: ZoneInfo, field: str) -> datetime:
    try:
        at = time.fromisoformat(written)
        return datetime.combine(on, at.replace(tzinfo=None), zone).astimezone(ZoneInfo("UTC"))
    except (ValueError, OverflowError) as error:
        raise UnfitCallBackError(field, f"{written!r} is no time of a day") from error


def plan_call(
    services: Services, session: Session, conversation_id: int, user_id: int, plan: Plan
) -> CallBack:
    """Promise the customer a call; raises `UnfitPhoneError` and `UnfitCallBackError`.

    The promise is a clock of the case until the window closes. Against the wish not to be contacted
    its words are the reason: raises `DoNotContactError` without one of somebody who may override.
    """
    phone = read_phone(plan.phone)
    _known(session, plan.team_id, plan.assignee_id)
    against = _heed(session, conversation_id, user_id, plan.words)
    call = CallBack(
        conversation_id=conversation_id,
        sealed_phone=services.vault.seal({"phone": phone}),
        phone_hint=mask_phone(phone),
        zone=plan.window.zone,
        starts_at=plan.window.starts_at,
        ends_at=plan.window.ends_at,
        team_id=plan.team_id,
        assignee_id=plan.assignee_id,
        words=storable(plan.words.strip(), LONGEST_WORDS),
        created_by_id=user_id,
    )
    _add(session, call, user_id)
    if against:
        detail = {"reason": against, "conversation": conversation_id}
        audit.record(
            session, "call_back.against_wish", "call_back", call.id, user_id=user_id, detail=detail
        )
    return call


def _heed(session: Session, conversation_id: int, user_id: int, words: str) -> str:
    case = session.get(Conversation, conversation_id)
    if case is None:
        raise missing(session, conversation_id)
    return wishes.heed(
        session, case, session.get_one(User, user_id), words[: wishes.LONGEST_REASON]
    )


def end_call(
    session: Session,
    call_id: int,
    user_id: int,
    outcome: str,
    *,
    words: str = "",
    next_window: Window | None = None,
) -> CallBack | None:
    """Say what came of a call; gives the next try, if one is planned.

    Of several who say so at once one does, the others get `EndedError`. A promise that the customer
    wants no more is withdrawn; one that we cannot keep stays owed until they are told. A call that
    resolved the matter resolves the case too: raises what `conversations.set_state` raises where
    that cannot be.
    """
    if outcome not in OUTCOMES:
        raise NotFoundError(f"a call does not end as {outcome!r}")
    call = _take(session, call_id, user_id, outcome, storable(words.strip(), LONGEST_WORDS))
    if outcome in _SPOKE:
        clock_acts.note_call(session, call.conversation_id, user_id)
    if outcome == CALLED_OFF:
        _excuse(session, call, user_id)
    _note(session, call, outcome, user_id)
    if outcome == RESOLVED:
        case = session.get_one(Conversation, call.conversation_id, populate_existing=True)
        if case.state != CASE_RESOLVED:
            set_state(session, case.id, user_id, case.revision, CASE_RESOLVED)
    if outcome != NO_ANSWER or next_window is None:
        return None
    again = CallBack(
        conversation_id=call.conversation_id,
        sealed_phone=call.sealed_phone,
        phone_hint=call.phone_hint,
        zone=next_window.zone,
        starts_at=next_window.starts_at,
        ends_at=next_window.ends_at,
        team_id=call.team_id,
        assignee_id=call.assignee_id,
        words=call.words,
        attempt=call.attempt + 1,
        created_by_id=user_id,
    )
    _add(session, again, user_id)
    return again


def _excuse(session: Session, call: CallBack, user_id: int) -> None:
    reason = (call.outcome or "the customer wants no call any more")[:LONGEST_REASON]
    clock_acts.withdraw_promise(session, call.conversation_id, call.ends_at, user_id, reason)


def move_call(
    session: Session,
    call_id: int,
    user_id: int,
    *,
    window: Window,
    team_id: int | None,
    assignee_id: int | None,
) -> CallBack:
    """Give a planned call another window or other people; raises `EndedError`."""
    call = _planned(session, call_id)
    _known(session, team_id, assignee_id)
    before = (call.starts_at, call.ends_at, call.assignee_id)
    call.starts_at, call.ends_at, call.zone = window.starts_at, window.ends_at, window.zone
    call.team_id, call.assignee_id = team_id, assignee_id
    if before != (call.starts_at, call.ends_at, call.assignee_id):
        call.reminded_at = call.missed_at = None
    _promise(session, call, user_id)
    _note(session, call, "moved", user_id)
    return call


def reveal_phone(services: Services, session: Session, call_id: int, user_id: int) -> str:
    """Give the number to somebody who calls now; that they saw it is noted."""
    call = _call(session, call_id)
    audit.record(session, "call_back.number_shown", "call_back", call_id, user_id=user_id)
    return str(services.vault.open(call.sealed_phone)["phone"])


def _add(session: Session, call: CallBack, user_id: int) -> None:
    _promise(session, call, user_id)
    session.add(call)
    session.flush()
    _note(session, call, PLANNED, user_id)
    if call.assignee_id is not None:
        notify(
            session,
            "call_back_given",
            user_ids=[call.assignee_id],
            conversation_id=call.conversation_id,
            actor_id=user_id,
            text=call.words,
            key=f"call:{call.id}:given",
        )


def _promise(session: Session, call: CallBack, user_id: int) -> None:
    """Owe the customer word by the end of the window."""
    case = session.get(Conversation, call.conversation_id)
    if case is None:
        raise missing(session, call.conversation_id)
    if case.state in (CASE_RESOLVED, NOT_OURS):
        raise UnfitCallBackError("case", "this case is closed; open it before you promise a call")
    clock_acts.promise_update(session, call.conversation_id, call.ends_at, user_id)


def _take(session: Session, call_id: int, user_id: int, outcome: str, words: str) -> CallBack:
    """Compare and set; the database decides who is first."""
    taken = session.execute(
        update(CallBack)
        .where(CallBack.id == call_id, CallBack.state == PLANNED)
        .values(state=outcome, outcome=words, ended_at=utcnow(), ended_by_id=user_id)
        .returning(CallBack.id)
    ).first()
    call = _call(session, call_id)
    if taken is None:
        raise EndedError(f"a colleague has said already what came of call-back {call_id}")
    session.refresh(call)
    return call


def _planned(session: Session, call_id: int) -> CallBack:
    call = session.get(CallBack, call_id, with_for_update=True)
    if call is None:
        raise NotFoundError(f"call-back {call_id} does not exist")
    if call.state != PLANNED:
        raise EndedError(f"a colleague has said already what came of call-back {call_id}")
    return call


def _call(session: Session, call_id: int) -> CallBack:
    call = session.get(CallBack, call_id)
    if call is None:
        raise NotFoundError(f"call-back {call_id} does not exist")
    return call


def _known(session: Session, team_id: int | None, assignee_id: int | None) -> None:
    if team_id is not None and session.get(Team, team_id) is None:
        raise NotFoundError(f"team {team_id} does not exist")
    person = session.get(User, assignee_id) if assignee_id is not None else None
    if assignee_id is not None and (person is None or not person.active):
        raise NotFoundError(f"user {assignee_id} does not exist or may not sign in any more")


def _note(session: Session, call: CallBack, what: str, user_id: int) -> None:
    session.add(Change(conversation_id=call.conversation_id, kind=f"call_{what}"))
    detail: dict[str, Any] = {"conversation": call.conversation_id}
    if what in (PLANNED, "moved"):
        detail |= {"from": call.starts_at.isoformat(), "until": call.ends_at.isoformat()}
    audit.record(session, f"call_back.{what}", "call_back", call.id, user_id=user_id, detail=detail)
