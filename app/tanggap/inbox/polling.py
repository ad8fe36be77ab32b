"""Ask platforms for new posts where webhooks are absent, were down, or never tell."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select

from tanggap.inbox.account_state import note_failure, note_success, take
from tanggap.inbox.record import record_events
from tanggap.inbox.services import Services, client_for, sdk_account
from tanggap.plugins.breaker import Line
from tanggap.plugins.calls import PluginFaultError
from tanggap.sdk.channel import Channel, Polling
from tanggap.sdk.errors import ChannelError, RateLimited
from tanggap.store.accounts import ACTIVE, Account
from tanggap.store.base import utcnow

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=5)
MAX_PAGES = 50
# While webhooks arrive, polling only checks that none was lost.
SLOWER_WITH_WEBHOOKS = 6


def due_accounts(services: Services) -> list[int]:
    """List the accounts whose next poll is due."""
    now = utcnow()
    with services.database.read() as session:
        accounts = session.scalars(
            select(Account).where(
                Account.state == ACTIVE,
                or_(Account.poll_claimed_until.is_(None), Account.poll_claimed_until < now),
            )
        )
        return [account.id for account in accounts if _is_due(services, account, now)]


def _is_due(services: Services, account: Account, now: datetime) -> bool:
    channel = services.registry.channel(account.channel)
    if channel is None or channel.polling is None:
        return False
    every = channel.polling.every
    alive = (
        account.webhook_subscribed_at is not None
        and account.last_received_at is not None
        and now - account.last_received_at < every * SLOWER_WITH_WEBHOOKS
    )
    if alive and not channel.polling.even_with_webhook:
        every *= SLOWER_WITH_WEBHOOKS
    return account.last_polled_at is None or now - account.last_polled_at >= every


def poll_account(services: Services, account_id: int) -> int:
    """Drain an account's new pages and count the new posts.

    The cursor is saved with the posts of its page in one transaction, so a poll that is
    interrupted goes on where it was.
    """
    channel = _claim(services, account_id)
    if channel is None or channel.polling is None:
        return 0
    part, new = channel.polling, 0
    try:
        for _ in range(MAX_PAGES):
            found, more = _poll_page(services, account_id, channel, part)
            new += found
            if not more:
                break
    except RateLimited as error:
        _release(services, account_id, utcnow() + error.retry_after)
        return new
    except (ChannelError, PluginFaultError) as error:
        with services.database.write() as session:
            note_failure(session, account_id, error)
    _release(services, account_id, None)
    return new


def _poll_page(
    services: Services, account_id: int, channel: Channel, part: Polling
) -> tuple[int, bool]:
    with services.database.read() as session:
        row = session.get_one(Account, account_id)
        cursor = row.poll_cursor
        account = sdk_account(services, session, row)
    line = Line(channel.key, "polling.fetch", account_id)
    http = client_for(services, channel, account, account_id)
    page = services.calls.run(line, part.fetch, account, cursor, http)
    with services.database.write() as session:
        row = session.get_one(Account, account_id, with_for_update=True)
        received = row.last_received_at
        result = record_events(session, row, page.events, source="poll")
        row.last_received_at = received
        row.last_polled_at = utcnow()
        row.poll_cursor = page.cursor
        note_success(row)
    log.info("page polled", account=account_id, **result.counts)
    return len(result.new_ids), page.more and page.cursor != cursor


def _claim(services: Services, account_id: int) -> Channel | None:
    with services.database.write() as session:
        key = take(session, account_id, Account.poll_claimed_until, LEASE)
    return services.registry.channel(key) if key else None


def _release(services: Services, account_id: int, until: datetime | None) -> None:
    with services.database.write() as session:
        account = session.get_one(Account, account_id)
        account.poll_claimed_until = until
        account.last_polled_at = utcnow()
