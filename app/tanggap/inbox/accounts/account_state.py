"""The state of accounts: taken by one worker at a time, and what a channel's error means."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from tanggap.sdk.errors import AuthExpired, ChannelError
from tanggap.store.accounts import NEEDS_RECONNECT, Account
from tanggap.store.base import utcnow

log = structlog.get_logger(__name__)

OK = "ok"
DEGRADED = "degraded"


def take(
    session: Session,
    account_id: int,
    until: InstrumentedAttribute[datetime | None],
    lease: timedelta,
) -> str | None:
    """Take an account for one kind of work and give its channel, None if another worker has it.

    `until` is the column that holds the lease of that work.
    """
    now = utcnow()
    return session.execute(
        update(Account)
        .where(Account.id == account_id, or_(until.is_(None), until < now))
        .values({until: now + lease})
        .returning(Account.channel)
    ).scalar()


def needs_reconnect(account: Account, error: AuthExpired) -> None:
    """Close the account until a person reconnects it."""
    account.state = NEEDS_RECONNECT
    account.state_cause = error.cause
    account.state_reason = str(error)
    log.warning("account needs reconnecting", account=account.id, cause=error.cause)


def note_failure(session: Session, account_id: int, error: Exception) -> None:
    """Note a failed call; logged once when an account goes down, not at every try."""
    account = session.get_one(Account, account_id)
    if isinstance(error, AuthExpired):
        needs_reconnect(account, error)
    if account.health_status == OK:
        log.warning("account degraded", account=account_id, reason=str(error))
    account.health_status = DEGRADED
    account.health_detail = str(error) if isinstance(error, ChannelError) else repr(error)
    account.health_checked_at = utcnow()


def note_success(account: Account) -> None:
    """Note a call that worked; logged once when an account comes back."""
    if account.health_status != OK:
        log.info("account back", account=account.id)
    account.health_status = OK
    account.health_detail = ""
    account.health_checked_at = utcnow()
