"""Take webhook calls in: verify and store in the request, understand them in a job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import structlog
from sqlalchemy import Row, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tanggap.inbox.clean import storable
from tanggap.inbox.intake import Arrival
from tanggap.inbox.record import Item, record_items
from tanggap.inbox.services import Services, sdk_app
from tanggap.plugins.breaker import Line, Paused
from tanggap.plugins.calls import PluginFaultError
from tanggap.sdk.channel import Webhook
from tanggap.sdk.errors import ChannelError
from tanggap.sdk.types import AppCredentials, Event, Unreadable, WebhookRequest
from tanggap.store.accounts import accounts_by_external_id
from tanggap.store.base import utcnow
from tanggap.store.deliveries import DEAD, DONE, PENDING, Delivery
from tanggap.store.sql import among, skip_locked, update_rows

log = structlog.get_logger(__name__)

BATCH = 200
BATCH_BYTES = 120_000
_MAX_ERROR = 2_000


@dataclass(frozen=True, slots=True)
class AcceptResult:
    """What the platform is answered; `stored` tells that a new body may wait for the worker."""

    status: int
    body: str = ""
    content_type: str = "text/plain"
    stored: bool = False


NOT_FOUND = AcceptResult(404, "no such webhook")
REFUSED = AcceptResult(403, "refused")
LATER = AcceptResult(503, "try again later")


def accept(services: Services, channel_key: str, request: WebhookRequest) -> AcceptResult:
    """Answer one webhook call; a verified body is stored before anybody is told 200."""
    channel = services.registry.channel(channel_key)
    if channel is None or channel.webhook is None:
        return NOT_FOUND
    app = _app(services, channel_key)
    if app is None:
        return NOT_FOUND
    try:
        if request.method != "POST":
            return _challenge(services, channel_key, channel.webhook, request, app)
        version = services.registry.version(channel_key)
        arrival = Arrival(channel.webhook, request, app, version)
        return AcceptResult(200, "ok", stored=services.intake(channel_key, arrival))
    except Paused as error:
        log.warning("webhook put off", channel=channel_key, reason=str(error))
        return LATER
    except (ChannelError, PluginFaultError) as error:
        log.warning("webhook refused", channel=channel_key, reason=str(error))
        return REFUSED


def _app(services: Services, channel_key: str) -> AppCredentials | None:
    known = services.apps.get(channel_key)
    if known:
        return known[1]
    with services.database.read() as session:
        return sdk_app(services, session, channel_key)


def _challenge(
    services: Services,
    channel_key: str,
    webhook: Webhook,
    request: WebhookRequest,
    app: AppCredentials,
) -> AcceptResult:
    if webhook.challenge is None:
        return REFUSED
    line = Line(channel_key, "webhook.challenge")
    answer = services.calls.run(line, webhook.challenge, request, app)
    if answer is None:
        return REFUSED
    log.info("webhook challenge answered", channel=channel_key)
    content_type, body = answer
    return AcceptResult(200, body, content_type)


@dataclass(slots=True)
class Understood:
    """A delivery and what its plugin made of it."""

    delivery: Row[Any]
    events: Sequence[Event] = ()
    error: str = ""


def receive_pending(services: Services, limit: int = BATCH) -> int:
    """Process up to `limit` stored deliveries and count them.

    One transaction writes what they hold and that they are done, which is what makes a killed
    worker harmless. One that cannot be processed becomes a dead letter.
    """
    database = services.database
    if not database.is_sqlite:
        with database.write() as session:
            ids = _pending(services, session, limit)
            return _finish(services, session, _understand(services, _load(session, ids)))
    # SQLite has one writer, and nobody may wait for a plugin: what another worker was faster
    # with is found out afterwards.
    with database.read() as session:
        understood = _understand(services, _load(session, _pending(services, session, limit)))
    if not understood:
        return 0
    with database.write() as session:
        ids = [one.delivery.id for one in understood]
        still = select(Delivery.id).where(among(session, Delivery.id, ids))
        left = set(session.scalars(still.where(Delivery.state == PENDING)))
        _finish(services, session, [one for one in understood if one.delivery.id in left])
    return len(understood)


def _pending(services: Services, session: Session, limit: int) -> list[int]:
    """Choose what to process: the oldest, and not so many that their posts wait long."""
    left_alone = services.calls.breakers.closed("webhook.parse")
    query = (
        select(Delivery.id, func.length(Delivery.body))
        .where(Delivery.state == PENDING, Delivery.channel.not_in(left_alone))
        .order_by(Delivery.id)
        .limit(limit)
    )
    rows = session.execute(skip_locked(session, query)).all()
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


def _finish(services: Services, session: Session, batch: Sequence[Understood]) -> int:
    """Record a batch, or one by one where that fails, and say what became of each."""
    if batch and not _try_record(session, batch):
        for one in batch:
            _try_record(session, [one])
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
    return len(batch)


def _try_record(session: Session, batch: Sequence[Understood]) -> bool:
    """Record a batch inside a savepoint; a lone delivery that fails takes the error to itself."""
    try:
        with session.begin_nested():
            counts = _record(session, batch)
            session.flush()
    except OperationalError:
        raise
    except Exception as error:
        if len(batch) == 1:
            log.exception("delivery cannot be recorded", delivery=batch[0].delivery.id)
            batch[0].error = f"{type(error).__name__}: {error}"
        return False
    ids = [one.delivery.id for one in batch]
    log.info("deliveries recorded", first=ids[0], last=ids[-1], deliveries=len(ids), **counts)
    return True


def _record(session: Session, batch: Sequence[Understood]) -> Counter[str]:
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
    result = record_items(session, items, source="webhook")
    return result.counts + strangers
