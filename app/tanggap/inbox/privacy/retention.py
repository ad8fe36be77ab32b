"""Remove what platforms' terms let nobody keep: texts, raw payloads, names and pictures.

The case, its labels and figures, and what we wrote ourselves stay. Everything happens in small
transactions, in the order of ids, and may be repeated at any point.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from tanggap.inbox.posts import threads
from tanggap.inbox.services import Services
from tanggap.sdk.retention import Retention
from tanggap.store.accounts import Account
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.deliveries import DEAD, PENDING, Delivery
from tanggap.store.mails import EMAIL
from tanggap.store.media import PostPreview
from tanggap.store.posts import (
    TRIAGE_DONE,
    TRIAGE_PENDING,
    Author,
    EarlyEvent,
    Post,
    PostRevision,
)
from tanggap.store.retention import RetentionMark
from tanggap.store.sql import erase_traces

log = structlog.get_logger(__name__)

BATCH: Final = 500
EVERY: Final = timedelta(minutes=10)
RAW_REMOVED: Final = "the raw payload was removed, because the platform's terms bound its keeping"


def is_due(services: Services) -> bool:
    """Tell whether some channel's bounds have not been looked at for a while."""
    before = utcnow() - EVERY
    bounded = [key for key, _ in bounded_channels(services)]
    if not bounded:
        return False
    with services.database.read() as session:
        marks = {mark.channel: mark.ran_at for mark in session.scalars(select(RetentionMark))}
    return any((marks.get(key) or before) <= before for key in bounded)


def bounded_channels(services: Services) -> list[tuple[str, Retention]]:
    """List the channels whose platforms bound what may be kept."""
    return [
        (key, loaded.channel.retention)
        for key, loaded in services.registry.channels.items()
        if loaded.channel.retention is not None
    ]


def purge_due(services: Services) -> Counter[str]:
    """Remove everything whose time is over, and count it."""
    total: Counter[str] = Counter()
    for channel, retention in bounded_channels(services):
        counts = _purge_channel(services, channel, retention)
        if counts.total():
            log.info("retention enforced", channel=channel, **counts)
        total += counts
    if total.total():
        with services.database.write() as session:
            erase_traces(session)
        services.database.truncate_log()
    return total


def _purge_channel(services: Services, channel: str, retention: Retention) -> Counter[str]:
    now = utcnow()
    counts: Counter[str] = Counter()
    raw = min(filter(None, (retention.posts, retention.authors)), default=None)
    steps = (
        (retention.posts, _purge_posts),
        (retention.posts, _purge_replayed),
        (retention.deleted, _purge_deleted),
        (raw, _purge_deliveries),
        (retention.posts, _purge_early),
        (retention.authors, _purge_authors),
    )
    for keep, step in steps:
        more = keep is not None
        while keep is not None and more:
            with services.database.write() as session:
                mark = _mark(session, channel)
                found, more = step(session, channel, mark, now - keep)
                counts += found
    with services.database.write() as session:
        mark = _mark(session, channel)
        mark.ran_at = now
        mark.posts += counts["posts"]
        mark.deliveries += counts["deliveries"]
        mark.authors += counts["authors"]
    return counts


def _mark(session: Session, channel: str) -> RetentionMark:
    mark = session.get(RetentionMark, channel, with_for_update=True)
    if mark is None:
        mark = RetentionMark(
            channel=channel, post_id=0, delivery_id=0, posts=0, deliveries=0, authors=0
        )
        session.add(mark)
        session.flush()
    return mark


def _purge_posts(
    session: Session, channel: str, mark: RetentionMark, before: datetime
) -> tuple[Counter[str], bool]:
    """Remove the texts of the next batch; ids grow with the time of receipt."""
    rows = session.execute(
        select(
            *(Post.id, Post.received_at, Post.from_us, Post.purged_at, Post.kind, Account.channel)
        )
        .join(Account, Account.id == Post.account_id)
        .where(Post.id > mark.post_id)
        .order_by(Post.id)
        .limit(BATCH)
    ).all()
    old = rows[: _first_kept([row.received_at for row in rows], before)]
    ours = [
        row.id
        for row in old
        if row.channel == channel
        and not row.from_us
        and row.purged_at is None
        and row.kind != EMAIL  # came to our own mailbox: no platform's terms are about it
    ]
    empty_posts(session, ours)
    if old:
        mark.post_id = old[-1].id
    return Counter(posts=len(ours)), len(old) == BATCH


def _first_kept(received: Sequence[datetime], before: datetime) -> int:
    return next((at for at, moment in enumerate(received) if moment >= before), len(received))


def _purge_replayed(
    session: Session, channel: str, mark: RetentionMark, before: datetime
) -> tuple[Counter[str], bool]:
    """Remove posts of deliveries that were replayed: their time began with the delivery."""
    del mark
    ids = session.scalars(
        select(Post.id)
        .join(Delivery, Delivery.id == Post.delivery_id)
        .where(
            Delivery.attempts > 1,
            Delivery.channel == channel,
            Delivery.received_at < before,
            Post.purged_at.is_(None),
            Post.from_us.is_(False),
        )
        .limit(BATCH)
    ).all()
    empty_posts(session, ids)
    return Counter(posts=len(ids)), len(ids) == BATCH


def _purge_deleted(
    session: Session, channel: str, mark: RetentionMark, before: datetime
) -> tuple[Counter[str], bool]:
    """Remove the texts of what its authors deleted, and the payloads they came in."""
    del mark
    rows = session.execute(
        select(Post.id, Post.delivery_id)
        .join(Account, Account.id == Post.account_id)
        .where(
            Account.channel == channel,
            Post.deleted_at < before,
            Post.purged_at.is_(None),
            Post.from_us.is_(False),
        )
        .limit(BATCH)
    ).all()
    empty_posts(session, [row.id for row in rows])
    raw = {row.delivery_id for row in rows if row.delivery_id is not None}
    empty_deliveries(session, raw)
    return Counter(posts=len(rows), deliveries=len(raw)), len(rows) == BATCH


def empty_posts(session: Session, ids: Sequence[int]) -> None:
    """Remove the texts of posts, and what they were before they were edited."""
    if not ids:
        return
    now = utcnow()
    for held in (PostRevision, PostPreview):
        session.execute(delete(held).where(held.post_id.in_(ids)))
    session.execute(
        update(Post)
        .where(Post.id.in_(ids), Post.triage == TRIAGE_PENDING)
        .values(triage=TRIAGE_DONE, triage_claimed_until=None)
    )
    session.execute(
        update(Post)
        .where(Post.id.in_(ids))
        .values(text="", attachments=[], mentions=[], purged_at=now)
        .execution_options(synchronize_session=False)
    )
    shown = threads.refresh(session, threads.conversations_of(session, ids), set())
    session.add_all(Change(conversation_id=id_, kind="post_purged") for id_ in shown)


def _purge_deliveries(
    session: Session, channel: str, mark: RetentionMark, before: datetime
) -> tuple[Counter[str], bool]:
    rows = session.execute(
        select(Delivery.id, Delivery.channel, Delivery.received_at)
        .where(Delivery.id > mark.delivery_id)
        .order_by(Delivery.id)
        .limit(BATCH)
    ).all()
    old = rows[: _first_kept([row.received_at for row in rows], before)]
    ids = [row.id for row in old if row.channel == channel]
    empty_deliveries(session, ids)
    if old:
        mark.delivery_id = old[-1].id
    return Counter(deliveries=len(ids)), len(old) == BATCH


def empty_deliveries(session: Session, ids: Collection[int]) -> None:
    """Remove raw payloads; one that was not processed cannot be any more."""
    gone = {"body": b"", "headers": {}, "query": {}}
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids), Delivery.state.in_((PENDING, DEAD)))
        .values(state=DEAD, error=RAW_REMOVED)
    )
    session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(gone))


def _purge_early(
    session: Session, channel: str, mark: RetentionMark, before: datetime
) -> tuple[Counter[str], bool]:
    """Drop edits whose post never came."""
    del mark
    accounts = select(Account.id).where(Account.channel == channel)
    session.execute(
        delete(EarlyEvent).where(
            EarlyEvent.account_id.in_(accounts), EarlyEvent.received_at < before
        )
    )
    return Counter(), False


def _purge_authors(
    session: Session, channel: str, mark: RetentionMark, before: datetime
) -> tuple[Counter[str], bool]:
    """Remove the profiles that were told too long ago; our own accounts' stay."""
    del mark
    own = select(Account.external_id).where(Account.channel == channel)
    told = or_(Author.name != "", Author.handle != "", Author.avatar_url.is_not(None))
    ids = session.scalars(
        select(Author.id)
        .where(Author.channel == channel, Author.told_at < before, told)
        .where(Author.external_id.not_in(own))
        .limit(BATCH)
    ).all()
    session.execute(
        update(Author)
        .where(Author.id.in_(ids))
        .values(
            name="",
            handle="",
            avatar_url=None,
            followers=None,
            verified=False,
            purged_at=utcnow(),
        )
        .execution_options(synchronize_session=False)
    )
    return Counter(authors=len(ids)), len(ids) == BATCH
