"""Look stored posts up again where platforms tell nobody that one was deleted."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, cast

import structlog
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from tanggap.inbox.accounts import tokens
from tanggap.inbox.accounts.account_state import note_failure, take
from tanggap.inbox.arrival import read_meter
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services, client_for, sdk_account
from tanggap.plugins.breaker import Line, Paused
from tanggap.plugins.calls import PluginFaultError
from tanggap.sdk.channel import Channel, Rechecking
from tanggap.sdk.errors import ChannelError, RateLimited
from tanggap.sdk.types import Event, PostDeleted, PostEdited, PostHidden, PostKind
from tanggap.store.accounts import ACTIVE, Account
from tanggap.store.base import utcnow
from tanggap.store.posts import Post
from tanggap.store.rechecks import RecheckMark
from tanggap.store.sole import sole_row

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(minutes=10)
LEASE: Final = timedelta(minutes=5)
MAX_CALLS: Final = 10
TOO_LATE: Final = timedelta(days=3)
"""A post that is older than its age by more than this was missed, and waits for its next age."""
_SCAN: Final = 500


@dataclass(frozen=True, slots=True)
class _Due:
    """Posts that are due at one age, and the mark once they have been looked up."""

    age_s: int
    mark: int
    posts: dict[str, PostKind]


def due_accounts(services: Services) -> list[int]:
    """List the accounts whose posts have not been looked at for a while."""
    now = utcnow()
    keys = [key for key, _ in _channels(services)]
    if not keys:
        return []
    with services.database.read() as session:
        free = or_(Account.recheck_claimed_until.is_(None), Account.recheck_claimed_until < now)
        rested = or_(Account.rechecked_at.is_(None), Account.rechecked_at < now - EVERY)
        return list(
            session.scalars(
                select(Account.id).where(
                    Account.state == ACTIVE, Account.channel.in_(keys), free, rested
                )
            )
        )


def recheck_account(services: Services, account_id: int) -> int:
    """Look up what is due of an account and count the posts that are gone or changed."""
    if tokens.must_wait(services, account_id):
        return 0
    with services.database.write() as session:
        key = take(session, account_id, Account.recheck_claimed_until, LEASE)
    part = dict(_channels(services)).get(key or "")
    channel = services.registry.channel(key) if key else None
    if channel is None or part is None:
        return 0
    changed, until = 0, None
    try:
        changed = _drain(services, account_id, channel, part)
    except RateLimited as error:
        until = utcnow() + error.retry_after
    except (ChannelError, PluginFaultError) as error:
        _note(services, account_id, error)
    with services.database.write() as session:
        account = session.get_one(Account, account_id)
        account.recheck_claimed_until = until
        account.rechecked_at = utcnow()
    return changed


def _channels(services: Services) -> list[tuple[str, Rechecking]]:
    return [
        (key, loaded.channel.rechecking)
        for key, loaded in services.registry.channels.items()
        if loaded.channel.rechecking is not None
    ]


def _drain(services: Services, account_id: int, channel: Channel, part: Rechecking) -> int:
    """Ask in batches; what is left after many waits for the next time."""
    changed = 0
    for _ in range(MAX_CALLS):
        due = _next_batch(services, account_id, part)
        if due is None or not _may_ask(services, account_id, part):
            break
        changed += _look_up(services, account_id, channel, part, due)
    return changed


def _next_batch(services: Services, account_id: int, part: Rechecking) -> _Due | None:
    """Find the next posts that have come to an age; None when there are none for now."""
    with services.database.write() as session:
        for age in part.ages:
            mark = _mark(session, account_id, int(age.total_seconds()))
            more = True
            while more:
                due, more = _scan(session, mark, age, part.batch)
                if due.posts:
                    return due
                mark.post_id = due.mark
    return None


def _scan(session: Session, mark: RecheckMark, age: timedelta, batch: int) -> tuple[_Due, bool]:
    """Read on from the mark as far as posts are old enough; ids grow with the time of receipt."""
    before = utcnow() - age
    rows = session.execute(
        select(
            Post.id, Post.external_id, Post.kind, Post.received_at, _is_wanted(mark).label("wanted")
        )
        .where(Post.id > mark.post_id)
        .order_by(Post.id)
        .limit(_SCAN)
    ).all()
    old = [row for row in rows if row.received_at <= before]
    wanted = [row for row in old if row.wanted and row.received_at > before - TOO_LATE]
    end = old[-1].id if old else mark.post_id
    if len(wanted) > batch:
        wanted = wanted[:batch]
        end = wanted[-1].id
    kinds = {row.external_id: cast("PostKind", row.kind) for row in wanted}
    return _Due(mark.age_s, end, kinds), len(old) == _SCAN


def _is_wanted(mark: RecheckMark) -> ColumnElement[bool]:
    """Choose what customers wrote in public on the account and is there as far as we know."""
    return and_(
        Post.account_id == mark.account_id,
        Post.visibility == "public",
        Post.from_us.is_(False),
        Post.deleted_at.is_(None),
        Post.purged_at.is_(None),
    )


def _mark(session: Session, account_id: int, age_s: int) -> RecheckMark:
    key = {"account_id": account_id, "age_s": age_s}
    return sole_row(session, RecheckMark, key, {"post_id": 0})


def _look_up(
    services: Services, account_id: int, channel: Channel, part: Rechecking, due: _Due
) -> int:
    with services.database.read() as session:
        account = sdk_account(services, session, session.get_one(Account, account_id))
    line = Line(channel.key, "rechecking.look_up", account_id)
    http = client_for(services, channel, account, account_id)
    page = services.calls.run(line, part.look_up, account, due.posts, http)
    known = [event for event in page.events if _is_about(event, due.posts)]
    with services.database.write() as session:
        row = session.get_one(Account, account_id)
        result = record_events(session, row, known, source="recheck")
        prices = channel.polling.read_prices_usd if channel.polling is not None else {}
        read_meter.note_reads(session, row, page.read_ids, prices)
        _mark(session, account_id, due.age_s).post_id = due.mark
    log.info("posts looked up", account=account_id, asked=len(due.posts), **result.counts)
    return len(known)


def _is_about(event: Event, posts: Container[str]) -> bool:
    """Let only changes of what was asked about through: looking up brings no new posts."""
    return isinstance(event, PostDeleted | PostEdited | PostHidden) and event.external_id in posts


def _may_ask(services: Services, account_id: int, part: Rechecking) -> bool:
    """Tell whether the operator wants posts looked up, and has budget left for it."""
    with services.database.read() as session:
        row = session.get_one(Account, account_id)
        if read_meter.read_meter(session, row).exhausted:
            return False
        account = sdk_account(services, session, row)
    if part.wanted is None:
        return True
    line = Line(row.channel, "rechecking.wanted", account_id)
    return services.calls.run(line, part.wanted, account.app)


def _note(services: Services, account_id: int, error: Exception) -> None:
    """Note trouble as of any other call; that a line is closed was noted before."""
    if isinstance(error, Paused):
        return
    with services.database.write() as session:
        note_failure(session, account_id, error)
