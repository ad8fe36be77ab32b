"""How near each account is to its platform's badge for answering soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from tanggap.inbox.clocks.calendars import load_calendars
from tanggap.inbox.services import Services
from tanggap.rules.clocks import ACKNOWLEDGE, FIRST_ANSWER
from tanggap.rules.clocks.calendar import zone_of
from tanggap.rules.clocks.responsiveness import FirstMessage, Gauge, Goal, measure
from tanggap.sdk.responsiveness import Responsiveness
from tanggap.store.accounts import DISCONNECTED, Account, list_accounts
from tanggap.store.base import utcnow
from tanggap.store.clocks import ClockRow
from tanggap.store.conversations import Conversation


@dataclass(frozen=True, slots=True)
class AccountGauge:
    """One account's way to the badge that its channel declares."""

    account: Account
    responsiveness: Responsiveness
    gauge: Gauge


def read_gauges(
    services: Services, session: Session, now: datetime | None = None
) -> Sequence[AccountGauge]:
    """Measure every connected account whose platform rewards answering soon."""
    now = now or utcnow()
    zone = zone_of(load_calendars(session).everybody.zone)
    gauges = []
    for account in list_accounts(session):
        channel = services.registry.channel(account.channel)
        part = channel.responsiveness if channel is not None else None
        if part is None or account.state == DISCONNECTED:
            continue
        goal = Goal(part.share, part.within, part.window)
        messages = _first_messages(session, account, part, now)
        gauges.append(AccountGauge(account, part, measure(messages, goal, now, zone)))
    return gauges


def _first_messages(
    session: Session, account: Account, part: Responsiveness, now: datetime
) -> list[FirstMessage]:
    """Read what customers wrote first in each case and period, and our first answer to it.

    Posts that are not ours to answer, or were taken back, are no messages; what only acknowledges
    is an answer to the platform.
    """
    first, acknowledged = aliased(ClockRow), aliased(ClockRow)
    rows = session.execute(
        select(first.started_at, first.met_at, acknowledged.met_at.label("acknowledged_at"))
        .join(Conversation, Conversation.id == first.conversation_id)
        .outerjoin(
            acknowledged,
            (acknowledged.conversation_id == first.conversation_id)
            & (acknowledged.kind == ACKNOWLEDGE)
            & (acknowledged.started_at == first.started_at),
        )
        .where(
            first.kind == FIRST_ANSWER,
            first.started_at >= now - part.window - timedelta(days=1),
            first.ended_by.not_in(("not_ours", "withdrawn")),
            Conversation.account_id == account.id,
            Conversation.visibility.in_(list(part.to)),
        )
    )
    return [
        FirstMessage(started, min((at for at in (met, heard) if at is not None), default=None))
        for started, met, heard in rows
    ]
