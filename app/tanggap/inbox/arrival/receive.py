"""Understand stored webhook calls: a job reads, labels and records what they tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import structlog
from sqlalchemy import Row, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tanggap.inbox.posts.record import Item, RecordResult, record_items
from tanggap.inbox.services import Services
from tanggap.inbox.triage.arriving import Labelled, label, place
from tanggap.inbox.triage.triage import observe
from tanggap.inbox.triage.triage_results import Triaged
from tanggap.plugins.breaker import Line, Paused
from tanggap.sdk.types import Event, Unreadable, WebhookRequest
from tanggap.store.accounts import accounts_by_external_id
from tanggap.store.base import utcnow
from tanggap.store.deliveries import DEAD, DONE, PENDING, Delivery
from tanggap.store.sql import among, skip_locked, update_rows
from tanggap.store.storable import storable

log = structlog.get_logger(__name__)

BATCH = 256
BATCH_BYTES = 200_000
SMALL_BYTES = 40_000
"""Less is not worth a worker of its own."""

_MAX_ERROR = 2_000


@dataclass(slots=True)
class Understood:
    """A delivery and what its plugin made of it."""

    delivery: Row[Any]
    events: Sequence[Event] = ()
    error: str = ""


def receive_pending(services: Services, *, call: Callable[[], object] | None = None) -> int:
    """Process stored deliveries and count them: the oldest, and not more than a fair share.

    One transaction writes what they hold and that they are done, which is what makes a killed
    worker harmless. One that cannot be processed becomes a dead letter. `call` is called before
    anything is labelled when more deliveries wait than are taken, so that others can take those.
    """
    if services.database.is_sqlite:
        taken, written = _receive_sqlite(services, call)
    else:
        with services.database.write() as session:
            ids = _pending(services, session, call)
            understood = _understand(services, _load(session, ids))
            written = _finish(services, session, understood, _label(services, understood))
            taken = len(understood)
    observe(services, written)
    return taken


def _receive_sqlite(
    services: Services, call: Callable[[], object] | None
) -> tuple[int, list[Triaged]]:
    """Receive where there is one writer, and nobody may wait for a plugin or the classifier.

    What another process was faster with is found out afterwards.
    """

    def choose(taken: Collection[int]) -> list[int]:
        with services.database.read() as session:
            return _pending(services, session, call, taken)

    with services.received.take(choose) as ids:
        with services.database.read() as session:
            understood = _understand(services, _load(session, ids))
        if not understood:
            return 0, []
        labelled = _label(services, understood)
        with services.database.write() as session:
            still = select(Delivery.id).where(among(session, Delivery.id, ids))
            left = set(session.scalars(still.where(Delivery.state == PENDING)))
            batch = [one for one in understood if one.delivery.id in left]
            return len(understood), _finish(services, session, batch, labelled)


def _label(services: Services, understood: Sequence[Understood]) -> Labelled | None:
    return label(services, (event for one in understood for event in one.events))


def _pending(
    services: Services,
    session: Session,
    call: Callable[[], object] | None,
    taken: Collection[int] = (),
) -> list[int]:
    """Choose what to process: not so many that their posts wait long or that others stand idle."""
    left_alone = services.calls.breakers.closed("webhook.parse")
    waiting = [Delivery.state == PENDING, Delivery.channel.not_in(left_alone)]
    if taken:
        waiting.append(~among(session, Delivery.id, taken))
    workers = services.settings.effective_triage_workers
    size = func.length(Delivery.body).label("size")
    some = select(size).where(*waiting).limit(2 * workers * BATCH).subquery()
    count, total = session.execute(select(func.count(), func.sum(some.c.size))).one()
    if not count:
        return []
    # Others are at work on some of these, so that a share is less than one in `workers`.
    share = min(max(2 * total // (3 * workers), SMALL_BYTES), BATCH_BYTES)
    query = (
        select(Delivery.id, size)
        .where(*waiting)
        .order_by(Delivery.id)
        .limit(min(-(-share * count // max(total, 1)), BATCH))
    )
    rows = session.execute(skip_locked(session, query)).all()
    if call is not None and count > len(rows) > 0:
        call()
    sizes = accumulate(size for _, size in rows)
    return [
        id_ for (id_, size), total in zip(rows, sizes, strict=True) if total - size < BATCH_BYTES
    ]


def _load(session: Session, ids: Sequence[int]) -> Sequence[Row[Any]]:
    columns = (Delivery.id, Delivery.channel, Delivery.body, Delivery.headers, Delivery.query)
    query = select(*columns, Delivery.attempts).where(among(session, Delivery.id, ids))
    return session.execute(query.order_by(Delivery.id)).all() if ids else ()


def _understand(services: Services, pending: Sequence[Row[Any]]) -> list[Understood]:
    """Have each delivery read by its plugin; one that is paused keeps its deliveries waiting."""
    found: list[Understood] = []
    for channel in dict.fromkeys(delivery.channel for delivery in pending):
        own = [delivery for delivery in pending if delivery.channel == channel]
        found += _read(services, channel, own)
    return sorted(found, key=lambda one: one.delivery.id)


def _read(services: Services, channel_key: str, deliveries: Sequence[Row[Any]]) -> list[Understood]:
    channel = services.registry.channel(channel_key)
    if channel is None or channel.webhook is None:
        error = f"no plugin is loaded for channel {channel_key!r}"
        return [Understood(delivery, error=error) for delivery in deliveries]
    requests = [(WebhookRequest("POST", one.headers, one.query, one.body),) for one in deliveries]
    try:
        read = services.calls.run_each(
            Line(channel_key, "webhook.parse"), channel.webhook.parse, requests
        )
    except Paused:
        return []
    return [
        _understood(delivery, outcome)
        for delivery, outcome in zip(deliveries, read, strict=True)
        if not isinstance(outcome, Paused)
    ]


def _understood(delivery: Row[Any], outcome: Sequence[Event] | Exception) -> Understood:
    if isinstance(outcome, Exception):
        return Understood(delivery, error=str(outcome))
    bad = [f"{e.path}: {e.reason}" for e in outcome if isinstance(e, Unreadable)]
    return Understood(delivery, outcome, "; ".join(bad))


def _finish(
    services: Services, session: Session, batch: Sequence[Understood], labelled: Labelled | None
) -> list[Triaged]:
    """Record a batch and say what became of each; gives the posts that were triaged at once.

    Where that fails, each is recorded by itself and left to triage: a verdict or a rule's deed that
    cannot be written keeps no post out.
    """
    written = _try_record(session, batch, labelled) if batch else []
    if isinstance(written, Exception):
        log.warning("deliveries are recorded one by one", exc_info=written)
        for one in batch:
            alone = _try_record(session, [one], None)
            if isinstance(alone, Exception):
                log.error("delivery cannot be recorded", delivery=one.delivery.id, exc_info=alone)
                one.error = f"{type(alone).__name__}: {alone}"
        written = []
    now = utcnow()
    rows = [
        {
            "id": one.delivery.id,
            "state": DEAD if one.error else DONE,
            "error": storable(one.error, _MAX_ERROR),
            "attempts": one.delivery.attempts + 1,
            "plugin_version": services.registry.version(one.delivery.channel),
            "processed_at": now,
        }
        for one in batch
    ]
    update_rows(session, Delivery, rows)
    return written


def _try_record(
    session: Session, batch: Sequence[Understood], labelled: Labelled | None
) -> list[Triaged] | Exception:
    """Record a batch inside a savepoint; gives the posts that were triaged at once, or why not."""
    try:
        with session.begin_nested():
            result = _record(session, batch, labelled)
            triaged = place(session, result.new_ids, labelled) if labelled else []
            session.flush()
    except OperationalError:
        raise
    except Exception as error:
        return error
    ids = [one.delivery.id for one in batch]
    log.info(
        "deliveries recorded",
        first=ids[0],
        last=ids[-1],
        deliveries=len(ids),
        triaged=len(triaged),
        **result.counts,
    )
    return triaged


def _record(
    session: Session, batch: Sequence[Understood], labelled: Labelled | None
) -> RecordResult:
    items: list[Item] = []
    strangers: Counter[str] = Counter()
    accounts = {
        channel: accounts_by_external_id(session, channel)
        for channel in {one.delivery.channel for one in batch}
    }
    for one in batch:
        known = accounts[one.delivery.channel]
        for event in one.events:
            account_id = getattr(event, "account_id", None)
            account = known.get(account_id) if account_id else next(iter(known.values()), None)
            if account is None:
                strangers["not_connected"] += 1
            else:
                items.append(Item(account, event, one.delivery.id))
    texts = labelled.verdicts if labelled else ()
    result = record_items(session, items, source="webhook", labelled=texts)
    result.counts += strangers
    return result
