"""Refresh tokens before they expire, each by one worker alone, since many of them rotate."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import or_, select

from tanggap.inbox.accounts.account_state import note_failure, note_success, take
from tanggap.inbox.services import Services, client_for, sdk_account
from tanggap.plugins.breaker import Line
from tanggap.plugins.calls import PluginFaultError
from tanggap.sdk.errors import ChannelError
from tanggap.sdk.types import Token
from tanggap.store.accounts import ACTIVE, Account
from tanggap.store.base import utcnow

log = structlog.get_logger(__name__)

AHEAD = timedelta(minutes=15)
LEASE = timedelta(minutes=2)


def due_accounts(services: Services) -> list[int]:
    """List the accounts whose token ends soon and can be refreshed."""
    now = utcnow()
    with services.database.read() as session:
        accounts = session.scalars(
            select(Account).where(
                Account.state == ACTIVE,
                Account.token_expires_at < now + AHEAD,
                or_(Account.refresh_claimed_until.is_(None), Account.refresh_claimed_until < now),
            )
        )
        return [account.id for account in accounts if can_refresh(services, account)]


def refresh(services: Services, account_id: int) -> bool:
    """Refresh one account's token and tell whether that worked."""
    with services.database.write() as session:
        taken = take(session, account_id, Account.refresh_claimed_until, LEASE)
        if taken is None:
            return False
        account = sdk_account(services, session, session.get_one(Account, account_id))
    channel = services.registry.channel(taken)
    if channel is None or channel.oauth is None or channel.oauth.refresh is None:
        return False
    try:
        line = Line(taken, "oauth.refresh", account_id)
        http = client_for(services, channel, account, account_id)
        token = services.calls.run(line, channel.oauth.refresh, account, http)
    except (ChannelError, PluginFaultError) as error:
        with services.database.write() as session:
            note_failure(session, account_id, error)
        return False
    with services.database.write() as session:
        row = session.get_one(Account, account_id)
        row.sealed_token = seal_token(services, token)
        row.token_expires_at = token.expires_at
        row.refresh_claimed_until = None
        note_success(row)
    log.info("token refreshed", account=account_id)
    return True


def must_wait(services: Services, account_id: int) -> bool:
    """Refresh a token that has ended, and tell whether the account cannot be called yet.

    After a stop that outlasted the token the platform would refuse the first call, and that would
    close an account which a refresh mends.
    """
    if not _is_over(services, account_id) or refresh(services, account_id):
        return False
    return _is_over(services, account_id)


def seal_token(services: Services, token: Token) -> bytes:
    """Encrypt a token for storage."""
    return services.vault.seal(
        {
            "access_token": token.access_token,
            "refresh_token": token.refresh_token,
            "scopes": list(token.scopes),
        }
    )


def _is_over(services: Services, account_id: int) -> bool:
    with services.database.read() as session:
        row = session.get_one(Account, account_id)
        ended = row.token_expires_at is not None and row.token_expires_at <= utcnow()
        return ended and row.state == ACTIVE and can_refresh(services, row)


def can_refresh(services: Services, account: Account) -> bool:
    """Tell whether a token can be renewed; platforms give some apps none to renew with."""
    channel = services.registry.channel(account.channel)
    if channel is None or channel.oauth is None or channel.oauth.refresh is None:
        return False
    sealed = account.sealed_token
    return sealed is not None and bool(services.vault.open(sealed).get("refresh_token"))
