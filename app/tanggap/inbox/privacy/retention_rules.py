"""How long the company itself keeps what customers wrote, by platform and by account.

An account's own rule stands instead of its platform's. What platforms' terms bound is removed by
`inbox.retention`, whatever stands here. What cases hold beside posts has a time of its own
(`inbox.retention_beside`). The case, its figures and our answers stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError, TanggapError
from tanggap.inbox.privacy.retention import empty_deliveries, empty_posts
from tanggap.inbox.privacy.retention_beside import BESIDE, count_old, empty_homeless, empty_old
from tanggap.inbox.privacy_person import refuse_limited
from tanggap.inbox.services import Services
from tanggap.store import audit
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.deliveries import Delivery
from tanggap.store.posts import Author, Post
from tanggap.store.privacy import RetentionRule
from tanggap.store.sql import erase_traces

log = structlog.get_logger(__name__)

BATCH: Final = 500
EVERY: Final = timedelta(hours=1)
LONGEST: Final = 3_650
"""Days."""

_DAYS: Final = ("text_days", "profile_days", "beside_days")


class UnfitDaysError(TanggapError):
    """A number of days that nobody can mean."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rule as it is typed, in days; None is for ever. Profiles are a platform's alone."""

    channel: str
    account_id: int | None = None
    text_days: int | None = None
    profile_days: int | None = None
    beside_days: int | None = None

    @property
    def days(self) -> dict[str, int | None]:
        """Give the days as a rule keeps them."""
        return {name: getattr(self, name) for name in _DAYS}


def list_rules(session: Session) -> list[RetentionRule]:
    """List the rules, platforms first."""
    query = select(RetentionRule).order_by(RetentionRule.channel, RetentionRule.account_id)
    return sorted(session.scalars(query), key=lambda rule: (rule.channel, rule.account_id or 0))


def read_days(typed: str) -> int | None:
    """Read a number of days; empty is for ever. Raises `UnfitDaysError`."""
    text = typed.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) <= LONGEST and len(text) < 6):
        raise UnfitDaysError(f"write a whole number of days from 1 to {LONGEST}, or nothing")
    return int(text)


def preview(services: Services, session: Session, wanted: Wanted) -> Counter[str]:
    """Count what a rule would remove at once; raises `NotFoundError` like `save_rule`."""
    _known(services, session, wanted)
    now = utcnow()
    found: Counter[str] = Counter()
    if wanted.text_days is not None:
        before = now - timedelta(days=wanted.text_days)
        query = select(func.count()).select_from(Post).where(_old_posts(session, wanted, before))
        found["posts"] = session.scalar(query) or 0
    if wanted.profile_days is not None and wanted.account_id is None:
        before = now - timedelta(days=wanted.profile_days)
        old = _old_authors(wanted.channel, before)
        found["authors"] = session.scalar(select(func.count()).select_from(Author).where(old)) or 0
    if wanted.beside_days is not None:
        before = now - timedelta(days=wanted.beside_days)
        found.update(count_old(session, _accounts(session, wanted, "beside_days"), before))
    return found


def save_rule(services: Services, wanted: Wanted, *, user_id: int | None) -> None:
    """Store a rule; one that keeps everything for ever is dropped.

    Raises `NotFoundError` for a channel or an account that is not there.
    """
    refuse_limited()
    with services.database.write() as session:
        _known(services, session, wanted)
        row = _rule(session, wanted.channel, wanted.account_id)
        before = _wanted(row).days if row is not None else {}
        if not any(wanted.days.values()):
            if row is not None:
                session.delete(row)
        else:
            row = row or RetentionRule(channel=wanted.channel, account_id=wanted.account_id)
            for name, days in wanted.days.items():
                setattr(row, name, days)
            row.user_id, row.updated_at, row.ran_at = user_id, utcnow(), None
            session.add(row)
        place = wanted.channel if wanted.account_id is None else f"account {wanted.account_id}"
        detail = {"old": before, "new": wanted.days}
        audit.record(
            session, "retention.changed", "retention", place, user_id=user_id, detail=detail
        )


def is_due(services: Services) -> bool:
    """Tell whether some rule was not enforced for a while."""
    before = utcnow() - EVERY
    late = or_(RetentionRule.ran_at.is_(None), RetentionRule.ran_at <= before)
    with services.database.read() as session:
        return session.scalar(select(RetentionRule.id).where(late).limit(1)) is not None


def purge_due(services: Services) -> Counter[str]:
    """Enforce all rules, batch by batch, and count what went."""
    total: Counter[str] = Counter()
    with services.database.read() as session:
        rules = [(rule.id, _wanted(rule)) for rule in list_rules(session)]
    for rule_id, wanted in rules:
        counts: Counter[str] = Counter()
        while found := _purge_batch(services, wanted):
            counts += found
        with services.database.write() as session:
            row = session.get(RetentionRule, rule_id)
            if row is not None:
                row.ran_at = utcnow()
                row.posts += counts["posts"]
                row.authors += counts["authors"]
                row.beside += sum(counts[name] for name in BESIDE)
        total += counts
    total += _purge_homeless(services, [wanted.beside_days for _, wanted in rules])
    if total:
        log.info("retention rules enforced", **total)
        with services.database.write() as session:
            erase_traces(session)
        services.database.truncate_log()
    return total


def _purge_batch(services: Services, wanted: Wanted) -> Counter[str]:
    now, found = utcnow(), Counter[str]()
    with services.database.write() as session:
        if wanted.text_days is not None:
            before = now - timedelta(days=wanted.text_days)
            rows = session.execute(
                select(Post.id, Post.delivery_id)
                .where(_old_posts(session, wanted, before))
                .order_by(Post.id)
                .limit(BATCH)
            ).all()
            empty_posts(session, [row.id for row in rows])
            empty_deliveries(session, {row.delivery_id for row in rows} - {None})
            found["posts"] = len(rows)
            if wanted.account_id is None:
                found["deliveries"] = _empty_old_deliveries(session, wanted.channel, before)
        if wanted.profile_days is not None and wanted.account_id is None:
            before = now - timedelta(days=wanted.profile_days)
            found["authors"] = _empty_authors(session, wanted.channel, before)
        if wanted.beside_days is not None:
            before = now - timedelta(days=wanted.beside_days)
            found += empty_old(session, _accounts(session, wanted, "beside_days"), before)
    return +found


def _purge_homeless(services: Services, days: Sequence[int | None]) -> Counter[str]:
    """Empty what belongs to no case once it is over by the longest time of all."""
    total: Counter[str] = Counter()
    longest = max((one for one in days if one is not None), default=None)
    while longest is not None:
        with services.database.write() as session:
            found = empty_homeless(session, utcnow() - timedelta(days=longest))
        if not found:
            break
        total += found
    return total


def _empty_old_deliveries(session: Session, channel: str, before: datetime) -> int:
    old = (Delivery.channel == channel, Delivery.received_at < before, Delivery.body != b"")
    ids = session.scalars(select(Delivery.id).where(*old).order_by(Delivery.id).limit(BATCH)).all()
    empty_deliveries(session, ids)
    return len(ids)


def _empty_authors(session: Session, channel: str, before: datetime) -> int:
    query = select(Author.id).where(_old_authors(channel, before)).order_by(Author.id)
    ids = session.scalars(query.limit(BATCH)).all()
    values: dict[str, Any] = {"name": "", "handle": "", "avatar_url": None, "followers": None}
    session.execute(
        update(Author)
        .where(Author.id.in_(ids))
        .values(**values, verified=False, purged_at=utcnow())
        .execution_options(synchronize_session=False)
    )
    return len(ids)


def _old_posts(session: Session, wanted: Wanted, before: datetime) -> ColumnElement[bool]:
    """Tell of posts whether a rule removes their texts."""
    return and_(
        Post.account_id.in_(_accounts(session, wanted, "text_days")),
        Post.received_at < before,
        Post.purged_at.is_(None),
        Post.from_us.is_(False),
    )


def _accounts(session: Session, wanted: Wanted, days: str) -> list[int]:
    """List the accounts that a rule holds for; those with a rule of their own go by that."""
    accounts = select(Account.id).where(Account.channel == wanted.channel)
    if wanted.account_id is not None:
        accounts = accounts.where(Account.id == wanted.account_id)
    else:
        own = select(RetentionRule.account_id).where(
            RetentionRule.account_id.is_not(None), getattr(RetentionRule, days).is_not(None)
        )
        accounts = accounts.where(Account.id.not_in(own))
    return list(session.scalars(accounts))


def _old_authors(channel: str, before: datetime) -> ColumnElement[bool]:
    own = select(Account.external_id).where(Account.channel == channel)
    told = or_(Author.name != "", Author.handle != "", Author.avatar_url.is_not(None))
    return and_(
        Author.channel == channel,
        Author.told_at < before,
        told,
        Author.external_id.not_in(own),
    )


def _known(services: Services, session: Session, wanted: Wanted) -> None:
    account = session.get(Account, wanted.account_id) if wanted.account_id is not None else None
    if wanted.account_id is not None and (account is None or account.channel != wanted.channel):
        raise NotFoundError(f"there is no account {wanted.account_id} on {wanted.channel}")
    if account is None and wanted.channel not in services.registry.channels:
        raise NotFoundError(f"there is no channel {wanted.channel!r}")


def _rule(session: Session, channel: str, account_id: int | None) -> RetentionRule | None:
    query = select(RetentionRule).where(
        RetentionRule.channel == channel, RetentionRule.account_id.is_not_distinct_from(account_id)
    )
    return session.scalar(query.with_for_update())


def _wanted(rule: RetentionRule) -> Wanted:
    days = {name: getattr(rule, name) for name in _DAYS}
    return Wanted(rule.channel, rule.account_id, **days)
