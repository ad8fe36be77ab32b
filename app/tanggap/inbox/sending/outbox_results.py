"""What a try to send comes to, written down in one transaction each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from tanggap.inbox.accounts.account_state import needs_reconnect
from tanggap.inbox.case_locks import take_turns
from tanggap.inbox.cases.views import post_view
from tanggap.inbox.clocks import clocks
from tanggap.inbox.events.rule_events import fire
from tanggap.inbox.follow_up.purposes import take_effect
from tanggap.inbox.posts.threads import mark_answered
from tanggap.inbox.sending.reply_parts import note_arrival
from tanggap.inbox.services import Services
from tanggap.rules import Trigger
from tanggap.sdk.errors import AuthExpired, Gone, Rejected
from tanggap.sdk.types import SentReply
from tanggap.sdk.views import PostView, ReplyView
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import OPEN, Conversation
from tanggap.store.posts import Post
from tanggap.store.replies import FAILED, QUEUED, SENDING, SENT, UNKNOWN, ReplyRow
from tanggap.store.sql import hold
from tanggap.store.users import User

log = structlog.get_logger(__name__)

GIVE_UP_AFTER = timedelta(hours=6)
LONGEST_WAIT = timedelta(minutes=5)
LOOKUPS_BEFORE_RETRY = 2
_FIRST_LOOKUP = timedelta(seconds=5)
_NEXT_LOOKUP = timedelta(seconds=30)
_NEVER = timedelta(days=365 * 100)
CANNOT_ASK = "this platform cannot be asked; look there before you send it again"


Told = tuple[PostView, ReplyView]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What an arrival means: whether another part waits, and what observers are told."""

    more: bool
    told: Told | None = None


def arrived(services: Services, reply_id: int, receipt: SentReply) -> Arrival:
    """Note the platform's receipt and show what arrived as a post of ours in the thread."""
    with services.database.write() as session:
        take_turns(session, session.scalars(_account_of(reply_id)))
        row = _row(session, reply_id)
        if row.state not in (SENDING, UNKNOWN):
            return Arrival(more=False)
        row.error = row.error_code = ""
        if note_arrival(session, row, receipt):
            row.state = QUEUED
            row.next_try_at = utcnow()
            row.attempts = row.lookups = 0
            _tell(session, row)
            return Arrival(more=True)
        return Arrival(more=False, told=finish(session, row))


def finish(session: Session, row: ReplyRow) -> Told:
    """Note that an answer is sent whole, and say what observers are told."""
    now = utcnow()
    row.state = SENT
    row.sent_at = now
    fire(session, Trigger.REPLY_SENT, row.conversation_id, occasion=row.id)
    mark_answered(session.get_one(Conversation, row.conversation_id), now)
    take_effect(session, row)
    clocks.move(session, {row.conversation_id})
    _tell(session, row)
    log.info("reply sent", reply=row.id, conversation=row.conversation_id)
    return post_view(session, session.get_one(Post, row.in_reply_to_id)), ReplyView(
        id=row.id,
        conversation_id=row.conversation_id,
        text=row.text,
        external_id=row.external_id or "",
        agent_name=session.get_one(User, row.user_id).name,
        sent_at=now,
    )


def later(services: Services, reply_id: int, wait: timedelta, reason: str) -> None:
    """Queue again after a wait that the platform named."""
    with services.database.write() as session:
        row = _row(session, reply_id)
        row.state = QUEUED
        row.next_try_at = utcnow() + wait
        row.error, row.error_code = reason, "rate_limited"
        _tell(session, row)


def backoff(services: Services, reply_id: int, reason: str) -> None:
    """Queue again after a growing wait, and give up after hours: an answer so late is no help."""
    with services.database.write() as session:
        row = _row(session, reply_id)
        now = utcnow()
        if now - row.created_at > GIVE_UP_AFTER:
            fail(session, row, "unavailable", reason)
            return
        row.state = QUEUED
        row.next_try_at = now + min(timedelta(seconds=2 ** min(row.attempts, 10)), LONGEST_WAIT)
        row.error, row.error_code = reason, "unavailable"
        _tell(session, row)


def unknown(services: Services, reply_id: int, reason: str) -> None:
    """Note that the reply may have arrived; it is looked for before any further try."""
    with services.database.write() as session:
        row = _row(session, reply_id)
        row.state = UNKNOWN
        row.next_try_at = utcnow() + _FIRST_LOOKUP
        row.error, row.error_code = reason, "unknown"
        _tell(session, row)
        log.warning("reply outcome unknown", reply=row.id, reason=reason)


def look_again(services: Services, reply_id: int, reason: str) -> None:
    """Look again later, because the platform could not be asked."""
    with services.database.write() as session:
        row = _row(session, reply_id)
        row.next_try_at = utcnow() + _NEXT_LOOKUP
        row.error = reason


def not_found(services: Services, reply_id: int) -> None:
    """Count a look in vain; after the second the reply certainly did not arrive."""
    with services.database.write() as session:
        row = _row(session, reply_id)
        row.lookups += 1
        row.next_try_at = utcnow() + _NEXT_LOOKUP
        if row.lookups >= LOOKUPS_BEFORE_RETRY:
            row.lookups = 0
            row.state = QUEUED
            row.next_try_at = utcnow()
        _tell(session, row)


def needs_person(services: Services, reply_id: int, words: str = CANNOT_ASK) -> None:
    """Leave it to a person, because this channel cannot read back."""
    with services.database.write() as session:
        row = _row(session, reply_id)
        row.next_try_at = utcnow() + _NEVER
        row.error = words
        _tell(session, row)


def auth_expired(services: Services, reply_id: int, error: AuthExpired) -> None:
    """Fail the reply and close the account until it is reconnected."""
    with services.database.write() as session:
        row = _row(session, reply_id)
        needs_reconnect(session.get_one(Conversation, row.conversation_id).account, error)
        fail(session, row, error.cause, str(error))


def rejected(services: Services, reply_id: int, error: Rejected) -> None:
    """Fail the reply for good, and mark the post deleted where that is the reason."""
    with services.database.write() as session:
        row = _row(session, reply_id)
        if isinstance(error, Gone):
            target = session.get_one(Post, row.in_reply_to_id)
            target.deleted_at = target.deleted_at or utcnow()
        fail(session, row, error.code or "rejected", str(error))


def fail(session: Session, row: ReplyRow, code: str, reason: str) -> None:
    """Fail a reply and give the conversation back to the queue, for nobody was answered."""
    row.state = FAILED
    row.error_code, row.error = code[:64], reason
    moment = f"{row.id}:{utcnow():%Y%m%d%H%M%S}"
    fire(session, Trigger.REPLY_FAILED, row.conversation_id, occasion=moment)
    conversation = session.get_one(Conversation, row.conversation_id)
    conversation.state = OPEN
    conversation.waits = True
    clocks.move(session, {conversation.id})
    _tell(session, row)
    log.warning("reply failed", reply=row.id, code=code, reason=reason)


def _account_of(reply_id: int) -> Select[int]:
    case = select(ReplyRow.conversation_id).where(ReplyRow.id == reply_id).scalar_subquery()
    return select(Conversation.account_id).where(Conversation.id == case)


def _row(session: Session, reply_id: int) -> ReplyRow:
    """Load a reply to change it; its case is held first, as whoever merges cases does."""
    case = select(ReplyRow.conversation_id).where(ReplyRow.id == reply_id).scalar_subquery()
    session.execute(hold(select(Conversation.id).where(Conversation.id == case)))
    return session.get_one(ReplyRow, reply_id, with_for_update={"key_share": True})


def _tell(session: Session, row: ReplyRow) -> None:
    session.add(Change(conversation_id=row.conversation_id, kind=f"reply_{row.state}"))
