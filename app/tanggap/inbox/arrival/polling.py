"""Ask platforms for new posts where webhooks are absent, were down, or never tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tanggap.inbox.accounts import gaps, tokens
from tanggap.inbox.accounts.account_state import note_failure, note_success, take
from tanggap.inbox.arrival import read_meter
from tanggap.inbox.case_locks import take_turns
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services, client_for, sdk_account
from tanggap.plugins.breaker import Line, Paused
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
# A poll that is later than this many intervals was not merely put off.
MISSED_AFTER = 3


@dataclass(frozen=True, slots=True)
class _Poll:
    """One poll of one account; `since` is when the account was last read without trouble."""

    account_id: int
    channel: Channel
    part: Polling
    since: datetime | None


class _SpentError(Exception):
    """The read budget was used up in the middle of a poll."""


def due_accounts(services: Services) -> list[int]:
    """List the accounts whose next poll is due and paid for."""
    now = utcnow()
    with services.database.read() as session:
        accounts = session.scalars(
            select(Account).where(
                Account.state == ACTIVE,
                or_(Account.poll_claimed_until.is_(None), Account.poll_claimed_until < now),
            )
        )
        due = [account for account in accounts if _is_due(services, account, now)]
        spent = _spent(session, due)
    for account_id in spent:
        _note_cap(services, account_id)
    return [account.id for account in due if account.id not in spent]


def _spent(session: Session, accounts: list[Account]) -> set[int]:
    """Name the accounts whose read budget of this month is used up."""
    capped = [one for one in accounts if one.read_cap_micro_usd or one.read_cap_reads]
    if not capped:
        return set()
    meters = read_meter.read_meters(session, capped)
    return {id_ for id_, meter in meters.items() if meter.exhausted}


def _note_cap(services: Services, account_id: int) -> None:
    """Leave an account alone for an interval, since its budget is used up."""
    with services.database.write() as session:
        account = session.get_one(Account, account_id, with_for_update=True)
        gaps.open_gap(session, account, gaps.BUDGET, since=account.last_polled_at)
        account.poll_claimed_until = None
        account.last_polled_at = utcnow()


def _is_due(services: Services, account: Account, now: datetime) -> bool:
    channel = services.registry.channel(account.channel)
    if channel is None or channel.polling is None:
        return False
    every = _interval(channel.polling, account, now)
    return account.last_polled_at is None or now - account.last_polled_at >= every


def _interval(part: Polling, account: Account, now: datetime) -> timedelta:
    alive = (
        account.webhook_subscribed_at is not None
        and account.last_received_at is not None
        and now - account.last_received_at < part.every * SLOWER_WITH_WEBHOOKS
    )
    widened = alive and not part.even_with_webhook
    return part.every * SLOWER_WITH_WEBHOOKS if widened else part.every


def poll_account(services: Services, account_id: int) -> int:
    """Drain an account's new pages and count the new posts.

    The cursor is saved with the posts of its page in one transaction, so a poll that is
    interrupted goes on where it was.
    """
    poll = None if tokens.must_wait(services, account_id) else _claim(services, account_id)
    if poll is None:
        return 0
    new = 0
    try:
        for _ in range(MAX_PAGES):
            found, more = _poll_page(services, poll)
            new += found
            if not more:
                _finish(services, account_id)
                return new
    except _SpentError:
        _note_cap(services, account_id)
    except RateLimited as error:
        _fail(services, poll, error, until=utcnow() + error.retry_after)
    except (ChannelError, PluginFaultError) as error:
        _fail(services, poll, error, until=None)
    else:
        _pause(services, account_id)
    return new


def _poll_page(services: Services, poll: _Poll) -> tuple[int, bool]:
    with services.database.read() as session:
        row = session.get_one(Account, poll.account_id)
        if _spent(session, [row]):
            raise _SpentError
        cursor = row.poll_cursor
        account = sdk_account(services, session, row)
    line = Line(poll.channel.key, "polling.fetch", poll.account_id)
    http = client_for(services, poll.channel, account, poll.account_id)
    page = services.calls.run(line, poll.part.fetch, account, cursor, http)
    with services.database.write() as session:
        take_turns(session, [poll.account_id])
        row = session.get_one(Account, poll.account_id, with_for_update=True)
        received = row.last_received_at
        result = record_events(session, row, page.events, source="poll")
        row.last_received_at = received
        row.poll_claimed_until = utcnow() + LEASE
        row.poll_cursor = page.cursor
        gaps.note_recovered(session, row.id, len(result.new_ids))
        if poll.channel.webhook is not None:
            brings = poll.channel.webhook.brings
            gaps.note_missed(session, row, result.new_ids, brings, since=poll.since)
        read_meter.note_reads(session, row, page.read_ids, poll.part.read_prices_usd)
        note_success(row)
    log.info("page polled", account=poll.account_id, **result.counts)
    return len(result.new_ids), page.more and page.cursor != cursor


def _claim(services: Services, account_id: int) -> _Poll | None:
    with services.database.write() as session:
        key = take(session, account_id, Account.poll_claimed_until, LEASE)
        channel = services.registry.channel(key) if key else None
        if channel is None or channel.polling is None:
            return None
        account = session.get_one(Account, account_id)
        since, now = account.last_polled_at, utcnow()
        if since is not None:
            late = now - since - _interval(channel.polling, account, since)
            if late > channel.polling.every * MISSED_AFTER:
                gaps.open_gap(session, account, gaps.STOPPED, since=since)
        return _Poll(account_id, channel, channel.polling, since)


def _finish(services: Services, account_id: int) -> None:
    """Note that everything there was has been read."""
    with services.database.write() as session:
        account = session.get_one(Account, account_id)
        account.poll_claimed_until = None
        account.last_polled_at = utcnow()
        gaps.close_gap(session, account_id)


def _pause(services: Services, account_id: int) -> None:
    """Let others have their turn; the rest is due at once."""
    with services.database.write() as session:
        account = session.get_one(Account, account_id)
        account.poll_claimed_until = account.last_polled_at = None


def _fail(services: Services, poll: _Poll, error: Exception, *, until: datetime | None) -> None:
    with services.database.write() as session:
        account = session.get_one(Account, poll.account_id)
        # That a line is closed says less than why it was.
        said = "" if isinstance(error, Paused) else str(error)
        gaps.open_gap(session, account, gaps.cause_of(error), said, since=poll.since)
        if not isinstance(error, RateLimited):
            note_failure(session, poll.account_id, error)
        account.poll_claimed_until = until
        account.last_polled_at = utcnow()
