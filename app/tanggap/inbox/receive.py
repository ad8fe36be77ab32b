"""Take webhook calls in: verify and store in the request, understand them in a job."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tanggap.inbox.clean import storable
from tanggap.inbox.record import Item, record_items
from tanggap.inbox.services import Services, sdk_app
from tanggap.plugins.breaker import Line, Paused
from tanggap.plugins.calls import PluginFaultError
from tanggap.sdk.channel import Webhook
from tanggap.sdk.errors import ChannelError, InvalidPayload
from tanggap.sdk.types import AppCredentials, Event, Unreadable, WebhookRequest
from tanggap.store.accounts import accounts_by_external_id
from tanggap.store.base import utcnow
from tanggap.store.deliveries import DEAD, DONE, PENDING, Delivery, NewDelivery
from tanggap.store.sql import skip_locked

log = structlog.get_logger(__name__)

BATCH = 200
_MAX_ERROR = 2_000
MAX_KEPT = 255


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
        verify = channel.webhook.verify
        services.calls.run(Line(channel_key, "webhook.verify"), verify, request, app)
    except Paused as error:
        log.warning("webhook put off", channel=channel_key, reason=str(error))
        return LATER
    except (ChannelError, PluginFaultError) as error:
        log.warning("webhook refused", channel=channel_key, reason=str(error))
        return REFUSED
    return AcceptResult(200, "ok", stored=_store(services, channel_key, channel.webhook, request))


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


def _store(services: Services, channel_key: str, webhook: Webhook, request: WebhookRequest) -> bool:
    """Store the body; the same body again is the platform's retry and changes nothing.

    Tells whether anything new was stored, by this call or by those written together with it.
    """
    headers = _kept(request.headers, ("content-type", *webhook.keeps))
    query = _kept(request.query, webhook.keeps)
    told = _kept(request.headers, webhook.keeps) | query
    # What the plugin reads beside the body makes another delivery of the same body.
    beside = json.dumps(told, sort_keys=True).encode() if told else b""
    return services.store_delivery(
        NewDelivery(
            channel=channel_key,
            body=request.body,
            body_hash=hashlib.sha256(request.body + beside).hexdigest(),
            headers=json.dumps(headers),
            query=json.dumps(query),
            plugin_version=services.registry.version(channel_key),
            received_at=utcnow(),
        )
    )


def _kept(values: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    return {name: storable(values[name], MAX_KEPT) for name in names if name in values}


@dataclass(slots=True)
class Understood:
    """A delivery and what its plugin made of it; one that is for `later` was not looked at."""

    delivery: Delivery
    events: Sequence[Event] = ()
    error: str = ""
    later: bool = False


def receive_pending(services: Services, limit: int = BATCH) -> int:
    """Process up to `limit` stored deliveries in one transaction and count them.

    The transaction is what makes a killed worker harmless: either the posts are stored and
    the delivery is done, or neither. One that cannot be processed becomes a dead letter.
    """
    with services.database.write() as session:
        deliveries = list(
            session.scalars(
                skip_locked(
                    session,
                    select(Delivery)
                    .where(
                        Delivery.state == PENDING,
                        Delivery.channel.not_in(services.calls.breakers.closed("webhook.parse")),
                    )
                    .order_by(Delivery.id)
                    .limit(limit),
                )
            )
        )
        parsed = [_parse(services, delivery) for delivery in deliveries]
        understood = [one for one in parsed if not one.later]
        if understood and not _try_record(session, understood):
            for one in understood:
                _try_record(session, [one])
        for one in understood:
            _finish(services, one)
    return len(understood)


def _parse(services: Services, delivery: Delivery) -> Understood:
    channel = services.registry.channel(delivery.channel)
    if channel is None or channel.webhook is None:
        return Understood(delivery, error=f"no plugin is loaded for channel {delivery.channel!r}")
    request = WebhookRequest("POST", delivery.headers, delivery.query, delivery.body)
    try:
        line = Line(delivery.channel, "webhook.parse")
        events = services.calls.run(line, channel.webhook.parse, request)
    except Paused:
        return Understood(delivery, later=True)
    except (InvalidPayload, PluginFaultError) as error:
        return Understood(delivery, error=str(error))
    bad = [f"{e.path}: {e.reason}" for e in events if isinstance(e, Unreadable)]
    return Understood(delivery, events, "; ".join(bad))


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


def _finish(services: Services, one: Understood) -> None:
    delivery = one.delivery
    delivery.attempts += 1
    delivery.processed_at = utcnow()
    delivery.state = DEAD if one.error else DONE
    delivery.error = one.error[:_MAX_ERROR]
    delivery.plugin_version = services.registry.version(delivery.channel)
