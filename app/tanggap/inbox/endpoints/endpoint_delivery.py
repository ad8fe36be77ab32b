"""Bring messages to their endpoints: claim, send, note the outcome, try again, pause in the end."""

from __future__ import annotations

import random
from collections.abc import Collection
from datetime import timedelta
from threading import Lock
from typing import Final

import structlog
from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.selectable import ForUpdateArg

from tanggap.errors import NotFoundError
from tanggap.inbox.endpoints.endpoint_payloads import body_of
from tanggap.inbox.endpoints.endpoint_sender import Outcome, Parcel, send
from tanggap.inbox.endpoints.endpoints import BY_FAILURES, BY_GONE, endpoint_by_id, secrets_of
from tanggap.inbox.events.notifications import notify
from tanggap.inbox.people.permissions import GRANTS, Permission
from tanggap.inbox.services import Services
from tanggap.store import audit
from tanggap.store.base import utcnow
from tanggap.store.endpoints import (
    ACTIVE,
    DELIVERED,
    FAILED,
    PAUSED,
    PENDING,
    Endpoint,
    EndpointAttempt,
    EndpointMessage,
)
from tanggap.store.sql import among
from tanggap.store.storable import storable
from tanggap.store.users import User

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(minutes=2)
"""After this long a message whose worker died is sent again, under the same id."""

WAITS: Final = (
    *(timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10)),
    *(timedelta(minutes=30), timedelta(hours=1), timedelta(hours=3), timedelta(hours=6)),
    timedelta(hours=12),
)
"""How long after each failed try the next one comes; after the last there is none."""

KEEP: Final = timedelta(days=30)
PAUSED_KIND: Final = "endpoint_paused"
_GONE: Final = 410
_GENTLY: Final = ForUpdateArg(key_share=True)
"""Lock a row without keeping events from being noted for it meanwhile."""
_LISTED: Final = 50


_DUE: Final = (
    EndpointMessage.state == PENDING,
    EndpointMessage.endpoint_id.in_(select(Endpoint.id).where(Endpoint.state == ACTIVE)),
)


class Courier:
    """Brings messages, of one endpoint never two at a time in this process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._busy: set[int] = set()
        self._lock = Lock()

    def deliver_due(self) -> None:
        """Bring everything that is due, until nothing is."""
        while (taken := self._take()) is not None:
            try:
                work_on(self._services, taken[0])
            finally:
                with self._lock:
                    self._busy.discard(taken[1])

    def _take(self) -> tuple[int, int] | None:
        with self._lock:
            found = next_due(self._services, self._busy)
            if found is not None:
                self._busy.add(found[1])
            return found


def is_due(session: Session) -> bool:
    """Tell whether a message is to be brought now."""
    now = utcnow()
    return bool(session.scalar(select(exists().where(*_DUE, EndpointMessage.next_try_at <= now))))


def next_due(services: Services, but: Collection[int] = ()) -> tuple[int, int] | None:
    """Give the message that is due longest, and its endpoint, passing over busy endpoints."""
    with services.database.read() as session:
        row = session.execute(
            select(EndpointMessage.id, EndpointMessage.endpoint_id)
            .where(*_DUE, EndpointMessage.next_try_at <= utcnow())
            .where(EndpointMessage.endpoint_id.not_in(but))
            .order_by(EndpointMessage.next_try_at, EndpointMessage.id)
            .limit(1)
        ).first()
    return (row[0], row[1]) if row else None


def work_on(services: Services, message_id: int) -> None:
    """Send a message that is due, and note what came of it."""
    if not _claim(services, message_id):
        return
    try:
        parcel = _pack(services, message_id)
    except Exception as error:
        log.exception("outgoing webhook cannot be written", message=message_id)
        _give_up(services, message_id, error)
        return
    outcome = send(services.settings, parcel, utcnow())
    with services.database.write() as session:
        _note(services, session, message_id, outcome)


def replay(session: Session, message_id: int, user_id: int) -> None:
    """Send a message once more, under the same id; raises `NotFoundError`."""
    message = session.get(EndpointMessage, message_id)
    if message is None:
        raise NotFoundError(f"there is no message {message_id}")
    _again(session, [message_id])
    detail = {"endpoint": message.endpoint_id}
    audit.record(session, "message.replayed", "message", message_id, user_id=user_id, detail=detail)


def replay_failed(session: Session, endpoint_id: int, user_id: int) -> int:
    """Send all messages once more that failed for good; tells how many."""
    endpoint = endpoint_by_id(session, endpoint_id)
    failed = select(EndpointMessage.id).where(
        EndpointMessage.endpoint_id == endpoint_id, EndpointMessage.state == FAILED
    )
    ids = list(session.scalars(failed))
    _again(session, ids)
    detail = {"name": endpoint.name, "messages": len(ids)}
    audit.record(
        session, "endpoint.replayed", "endpoint", endpoint_id, user_id=user_id, detail=detail
    )
    return len(ids)


def list_messages(
    session: Session, endpoint_id: int, *, state: str = "", before: int | None = None
) -> tuple[list[EndpointMessage], int | None]:
    """List what an endpoint was told, newest first; the second value leads to the next page."""
    query = (
        select(EndpointMessage)
        .where(EndpointMessage.endpoint_id == endpoint_id)
        .options(joinedload(EndpointMessage.endpoint, innerjoin=True))
        .order_by(EndpointMessage.id.desc())
        .limit(_LISTED + 1)
    )
    if state:
        query = query.where(EndpointMessage.state == state)
    if before is not None:
        query = query.where(EndpointMessage.id < before)
    rows = list(session.scalars(query))
    return rows[:_LISTED], rows[_LISTED - 1].id if len(rows) > _LISTED else None


def tries_of(session: Session, message_id: int) -> tuple[EndpointMessage, list[EndpointAttempt]]:
    """Load a message with its tries, the newest first; raises `NotFoundError`."""
    message = session.get(
        EndpointMessage, message_id, options=[joinedload(EndpointMessage.endpoint)]
    )
    if message is None:
        raise NotFoundError(f"there is no message {message_id}")
    query = select(EndpointAttempt).where(EndpointAttempt.message_id == message_id)
    return message, list(session.scalars(query.order_by(EndpointAttempt.id.desc()).limit(_LISTED)))


def forget_old(session: Session) -> None:
    """Drop messages that have served their time, told or not."""
    old = EndpointMessage.occurred_at < utcnow() - KEEP
    session.execute(delete(EndpointMessage).where(old))


def _claim(services: Services, message_id: int) -> bool:
    """Take a message for this worker alone; commits before anything leaves the house."""
    now = utcnow()
    with services.database.write() as session:
        taken = session.execute(
            update(EndpointMessage)
            .where(EndpointMessage.id == message_id, *_DUE, EndpointMessage.next_try_at <= now)
            .values(next_try_at=now + LEASE, attempts=EndpointMessage.attempts + 1)
            .returning(EndpointMessage.id)
        ).first()
    return taken is not None


def _pack(services: Services, message_id: int) -> Parcel:
    with services.database.read() as session:
        message = session.get_one(EndpointMessage, message_id)
        return Parcel(
            uid=message.uid,
            url=message.endpoint.url,
            body=body_of(session, services.settings, message),
            secrets=tuple(secrets_of(services.vault, message.endpoint)),
        )


def _give_up(services: Services, message_id: int, error: Exception) -> None:
    """Fail a message that could not be written; that is no fault of its endpoint."""
    with services.database.write() as session:
        message = session.get(EndpointMessage, message_id)
        if message is not None:
            message.state, message.finished_at = FAILED, utcnow()
            words = storable(f"{type(error).__name__}: {error}", 255)
            session.add(EndpointAttempt(message_id=message_id, error=words))


def _note(services: Services, session: Session, message_id: int, outcome: Outcome) -> None:
    message = session.get(EndpointMessage, message_id, with_for_update=_GENTLY)
    if message is None:
        return  # the endpoint or the case was taken away meanwhile
    session.add(
        EndpointAttempt(
            message_id=message_id,
            status=outcome.status,
            error=outcome.error,
            milliseconds=outcome.milliseconds,
            request_head=outcome.request_head,
            response_head=outcome.response_head,
        )
    )
    endpoint = session.get_one(Endpoint, message.endpoint_id, with_for_update=_GENTLY)
    if outcome.heard:
        message.state, message.finished_at, endpoint.failures = DELIVERED, utcnow(), 0
        return
    endpoint.failures += 1
    _wait_or_give_up(message, outcome)
    if outcome.status == _GONE:
        _pause(session, endpoint, BY_GONE)
    elif endpoint.failures >= services.settings.endpoint_failures:
        _pause(session, endpoint, BY_FAILURES)


def _wait_or_give_up(message: EndpointMessage, outcome: Outcome) -> None:
    if message.attempts > len(WAITS):
        message.state, message.finished_at = FAILED, utcnow()
        return
    wait = WAITS[message.attempts - 1] * random.uniform(1, 1.2)  # noqa: S311 - spreads load
    message.next_try_at = utcnow() + max(wait, outcome.wait or timedelta())


def _pause(session: Session, endpoint: Endpoint, reason: str) -> None:
    """Stop telling an endpoint that does not hear, and say so to whoever can mend it."""
    if endpoint.state == PAUSED:
        return
    now = utcnow()
    endpoint.state, endpoint.paused_at, endpoint.paused_for = PAUSED, now, reason
    roles = [role for role, held in GRANTS.items() if Permission.MANAGE_INTEGRATIONS in held]
    people = session.scalars(select(User.id).where(User.role.in_(roles), User.active)).all()
    key = f"endpoint:{endpoint.id}:{now:%Y%m%d%H%M%S}"
    notify(session, PAUSED_KIND, user_ids=people, text=endpoint.name, key=key)
    detail = {"name": endpoint.name, "reason": reason, "failures": endpoint.failures}
    audit.record(session, "endpoint.paused", "endpoint", endpoint.id, detail=detail)
    log.warning("outgoing webhook paused", endpoint=endpoint.id, reason=reason)


def _again(session: Session, ids: Collection[int]) -> None:
    session.execute(
        update(EndpointMessage)
        .where(among(session, EndpointMessage.id, ids))
        .values(state=PENDING, attempts=0, next_try_at=utcnow(), finished_at=None)
    )
    session.flush()
