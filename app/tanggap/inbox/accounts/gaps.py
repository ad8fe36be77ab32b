"""Times in which an account could not be read: when, why, and what was recovered afterwards."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tanggap.plugins.breaker import Paused
from tanggap.plugins.calls import PluginFaultError
from tanggap.sdk.errors import AuthExpired, RateLimited
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.posts import Post
from tanggap.store.reading import Gap

log = structlog.get_logger(__name__)

PLATFORM: Final = "platform"
ACCESS: Final = "access"
RATE_LIMIT: Final = "rate_limit"
PLUGIN: Final = "plugin"
BUDGET: Final = "budget"
STOPPED: Final = "stopped"
DISCONNECTED: Final = "disconnected"
WEBHOOKS: Final = "webhooks"

WORTH_TELLING: Final = timedelta(minutes=15)
"""A shorter gap in which nothing was missed is forgotten."""
WEBHOOKS_LATE: Final = timedelta(minutes=10)
"""A post that is younger when polling finds it may still come by webhook."""


def open_gap(
    session: Session, account: Account, cause: str, detail: str = "", *, since: datetime | None
) -> None:
    """Note that an account cannot be read since a moment; an open gap goes on with its cause."""
    gap = _open(session, account.id)
    if gap is not None:
        gap.detail = detail or gap.detail
        return
    started_at = since or account.connected_at
    session.add(Gap(account_id=account.id, started_at=started_at, cause=cause, detail=detail))
    log.warning(
        "account cannot be read", account=account.id, since=started_at.isoformat(), cause=cause
    )


def note_recovered(session: Session, account_id: int, posts: int) -> None:
    """Count posts that came in by polling after a gap."""
    gap = _open(session, account_id) if posts else None
    if gap is not None:
        gap.recovered += posts


def close_gap(session: Session, account_id: int) -> None:
    """Note that everything up to now was read."""
    gap = _open(session, account_id)
    if gap is None:
        return
    gap.ended_at = utcnow()
    if not gap.recovered and gap.ended_at - gap.started_at < WORTH_TELLING:
        session.delete(gap)
        return
    log.info(
        "account was read again",
        account=account_id,
        since=gap.started_at.isoformat(),
        until=gap.ended_at.isoformat(),
        cause=gap.cause,
        recovered=gap.recovered,
    )


def note_missed(
    session: Session,
    account: Account,
    post_ids: Collection[int],
    kinds: Collection[str] | None,
    *,
    since: datetime | None,
) -> None:
    """Note posts that polling found and that webhooks should have brought long before.

    `since` is when everything had been read: what is older came by looking further back. An open
    gap explains posts already.
    """
    subscribed = account.webhook_subscribed_at
    if subscribed is None or since is None or not post_ids or _open(session, account.id):
        return
    now = utcnow()
    missed = select(func.min(Post.posted_at), func.count()).where(
        Post.id.in_(post_ids),
        Post.from_us.is_(False),
        Post.posted_at > max(subscribed, since - WEBHOOKS_LATE),
        Post.posted_at < now - WEBHOOKS_LATE,
    )
    if kinds is not None:
        missed = missed.where(Post.kind.in_(kinds))
    first, count = session.execute(missed).one()
    if not count:
        return
    log.warning("webhooks were lost", account=account.id, since=first.isoformat(), posts=count)
    last = _last(session, account.id)
    if last is not None and last.cause == WEBHOOKS and (last.ended_at or now) >= since:
        last.recovered += count
        last.ended_at = now
        return
    session.add(
        Gap(account_id=account.id, started_at=first, ended_at=now, cause=WEBHOOKS, recovered=count)
    )


def cause_of(error: Exception) -> str:
    """Name why a poll failed."""
    if isinstance(error, AuthExpired):
        return ACCESS
    if isinstance(error, RateLimited) and not isinstance(error, Paused):
        return RATE_LIMIT
    return PLUGIN if isinstance(error, PluginFaultError) else PLATFORM


def list_gaps(session: Session, account_id: int, limit: int = 20) -> Sequence[Gap]:
    """List an account's gaps, the latest first."""
    return session.scalars(
        select(Gap)
        .where(Gap.account_id == account_id)
        .order_by(Gap.started_at.desc(), Gap.id.desc())
        .limit(limit)
    ).all()


def _open(session: Session, account_id: int) -> Gap | None:
    return session.scalars(
        select(Gap)
        .where(Gap.account_id == account_id, Gap.ended_at.is_(None))
        .order_by(Gap.id)
        .limit(1)
    ).first()


def _last(session: Session, account_id: int) -> Gap | None:
    return session.scalars(
        select(Gap)
        .where(Gap.account_id == account_id)
        .order_by(Gap.started_at.desc(), Gap.id.desc())
        .limit(1)
    ).first()
