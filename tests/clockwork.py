"""Cases whose clocks run, as several files of tests need them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from factories import make_user
from fakes import incoming
from tanggap.inbox.cases import conversations
from tanggap.inbox.clocks import calendars
from tanggap.inbox.operation import clock_sweep
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.sending.outbox import work_on
from tanggap.inbox.sending.reply import queue_reply
from tanggap.inbox.services import Services
from tanggap.inbox.triage.triage import triage_pending
from tanggap.rules.clocks import BusinessCalendar
from tanggap.store.accounts import Account
from tanggap.store.clocks import ClockRow
from tanggap.store.conversations import Conversation

HOUR = timedelta(hours=1)
ANSWER = "Maaf ya Kak, kami cek"


def open_always(services: Services) -> None:
    """Let the hours of the day on which the tests run be no part of them."""
    with services.database.write() as session:
        user = make_user(session).id
    calendars.save_hours(services, None, BusinessCalendar(), version="", user_id=user)
    while clock_sweep.tell_again(services):
        pass


def receive(services: Services, account: Account, *events: Any) -> None:
    with services.database.write() as session:
        record_events(session, session.merge(account), events, source="webhook")
    while triage_pending(services):
        pass


def post(number: int = 1, ago: timedelta = timedelta(), **values: Any) -> Any:
    at = datetime.now(UTC) - ago
    return incoming(f"p{number}", "internet mati", posted_at=at, thread_id="t", **values)


def case(services: Services) -> Conversation:
    with services.database.read() as session:
        return session.scalars(select(Conversation)).one()


def rows(services: Services) -> dict[str, ClockRow]:
    """Give the newest clock of each kind."""
    with services.database.read() as session:
        found = session.scalars(select(ClockRow).order_by(ClockRow.period, ClockRow.id))
        return {row.kind: row for row in found}


def answer(services: Services, key: str = "k1", text: str = ANSWER, **who: Any) -> None:
    with services.database.write() as session:
        user = make_user(session, **who).id
    reply = queue_reply(
        services,
        user_id=user,
        conversation_id=case(services).id,
        text=text,
        visibility="public",
        seen_post_id=10_000,
        idempotency_key=key,
    )
    work_on(services, reply.id)


def set_state(services: Services, state: str) -> None:
    found = case(services)
    with services.database.write() as session:
        user = make_user(session).id
        conversations.set_state(session, found.id, user, found.revision, state)
