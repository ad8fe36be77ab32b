"""What a channel's error means for the account, in one place."""

from __future__ import annotations

import structlog
from sqlalchemy.orm import Session

from tanggap.sdk.errors import AuthExpired, ChannelError
from tanggap.store.accounts import NEEDS_RECONNECT, Account
from tanggap.store.base import utcnow

log = structlog.get_logger(__name__)

OK = "ok"
DEGRADED = "degraded"


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
