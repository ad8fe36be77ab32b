"""Set up who is told of events: addresses, what they ask for, their secrets, pause and resume."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError, TanggapError
from tanggap.inbox.events.endpoint_events import TEST, TYPES, note_events
from tanggap.inbox.services import Services
from tanggap.plugins.http import pin
from tanggap.sdk.errors import Unavailable
from tanggap.settings import Settings
from tanggap.store import audit
from tanggap.store.base import utcnow
from tanggap.store.endpoints import ACTIVE, FAILED, PAUSED, PENDING, Endpoint, EndpointMessage
from tanggap.store.secrets import Vault
from tanggap.store.storable import storable

NAME_LONGEST: Final = 80
URL_LONGEST: Final = 2_000
MOST: Final = 50
OVERLAP: Final = timedelta(hours=24)
"""How long the secret before a new one still signs."""

BY_PERSON: Final = "person"
BY_FAILURES: Final = "failures"
BY_GONE: Final = "gone"

_PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32


class UnfitEndpointError(TanggapError):
    """An endpoint that cannot be set up so; `field` names what stands against it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An endpoint as an administrator describes it."""

    name: str
    url: str
    events: Sequence[str]
    with_texts: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """An endpoint with how many messages wait for it and how many failed for good."""

    endpoint: Endpoint
    waiting: int
    failed: int


def create_endpoint(services: Services, wish: Wish, user_id: int) -> tuple[Endpoint, str]:
    """Set an endpoint up and give its secret, readable never again; raises `UnfitEndpointError`."""
    values = _fit(services.settings, wish)
    secret = _new_secret()
    with services.database.write() as session:
        if (session.scalar(select(func.count()).select_from(Endpoint)) or 0) >= MOST:
            raise UnfitEndpointError("name", f"there are at most {MOST} endpoints")
        sealed = services.vault.seal({"secret": secret})
        endpoint = Endpoint(**values, sealed_secrets=sealed, created_by_id=user_id)
        session.add(endpoint)
        session.flush()
        _record(session, "made", endpoint, user_id, {"after": _facts(values), "before": {}})
    return endpoint, secret


def change_endpoint(services: Services, endpoint_id: int, wish: Wish, user_id: int) -> Endpoint:
    """Change where and what an endpoint is told; raises `UnfitEndpointError`."""
    values = _fit(services.settings, wish)
    with services.database.write() as session:
        endpoint = endpoint_by_id(session, endpoint_id)
        before = _facts({name: getattr(endpoint, name) for name in values})
        for name, value in values.items():
            setattr(endpoint, name, value)
        detail = {"before": before, "after": _facts(values)}
        _record(session, "changed", endpoint, user_id, detail)
    return endpoint


def remove_endpoint(session: Session, endpoint_id: int, user_id: int) -> None:
    """Take an endpoint away, with what it was told and what waits for it."""
    endpoint = endpoint_by_id(session, endpoint_id)
    _record(session, "removed", endpoint, user_id)
    session.delete(endpoint)


def rotate_secret(session: Session, vault: Vault, endpoint_id: int, user_id: int) -> str:
    """Make a new secret and give it; the one before signs beside it for a day."""
    endpoint = endpoint_by_id(session, endpoint_id)
    held, secret = vault.open(endpoint.sealed_secrets), _new_secret()
    until = (utcnow() + OVERLAP).isoformat()
    endpoint.sealed_secrets = vault.seal(
        {"secret": secret, "before": held["secret"], "until": until}
    )
    _record(session, "secret_rotated", endpoint, user_id)
    return secret


def secrets_of(vault: Vault, endpoint: Endpoint) -> list[str]:
    """Give the secrets that sign now, the newest first."""
    held = vault.open(endpoint.sealed_secrets)
    if "before" in held and datetime.fromisoformat(held["until"]) > utcnow():
        return [held["secret"], held["before"]]
    return [held["secret"]]


def pause_endpoint(session: Session, endpoint_id: int, user_id: int) -> None:
    """Stop telling an endpoint; what happens meanwhile waits for it."""
    endpoint = endpoint_by_id(session, endpoint_id)
    if endpoint.state != PAUSED:
        endpoint.state, endpoint.paused_at, endpoint.paused_for = PAUSED, utcnow(), BY_PERSON
        _record(session, "paused", endpoint, user_id)


def resume_endpoint(session: Session, endpoint_id: int, user_id: int) -> None:
    """Tell an endpoint again, at once what waited for it."""
    endpoint = endpoint_by_id(session, endpoint_id)
    if endpoint.state == ACTIVE:
        return
    endpoint.state, endpoint.paused_at, endpoint.paused_for = ACTIVE, None, ""
    endpoint.failures = 0
    session.execute(
        update(EndpointMessage)
        .where(EndpointMessage.endpoint_id == endpoint_id, EndpointMessage.state == PENDING)
        .values(next_try_at=utcnow())
    )
    _record(session, "resumed", endpoint, user_id)


def send_test(session: Session, endpoint_id: int, user_id: int) -> None:
    """Tell an endpoint of nothing, to see whether it hears."""
    endpoint = endpoint_by_id(session, endpoint_id)
    occasion = secrets.token_hex(8)
    note_events(session, [{"type": TEST, "endpoint_id": endpoint_id, "occasion": occasion}])
    _record(session, "tested", endpoint, user_id)


def endpoint_by_id(session: Session, endpoint_id: int) -> Endpoint:
    """Load an endpoint; raises `NotFoundError`."""
    endpoint = session.get(Endpoint, endpoint_id)
    if endpoint is None:
        raise NotFoundError(f"there is no endpoint {endpoint_id}")
    return endpoint


def list_endpoints(session: Session) -> list[Listed]:
    """List all endpoints by name."""
    rows = session.execute(
        select(EndpointMessage.endpoint_id, EndpointMessage.state, func.count())
        .where(EndpointMessage.state.in_((PENDING, FAILED)))
        .group_by(EndpointMessage.endpoint_id, EndpointMessage.state)
    )
    counts = {(row[0], row[1]): row[2] for row in rows}
    found = session.scalars(select(Endpoint).order_by(func.lower(Endpoint.name), Endpoint.id))
    return [
        Listed(one, counts.get((one.id, PENDING), 0), counts.get((one.id, FAILED), 0))
        for one in found
    ]


def paused_by_trouble(session: Session) -> Sequence[Endpoint]:
    """List the endpoints that were paused because they did not hear."""
    query = select(Endpoint).where(Endpoint.state == PAUSED, Endpoint.paused_for != BY_PERSON)
    return session.scalars(query.order_by(Endpoint.name)).all()


def fit_url(settings: Settings, written: str) -> str:
    """Give an address back that may be called; raises `UnfitEndpointError`."""
    try:
        url = httpx.URL(written.strip())
    except httpx.InvalidURL as error:
        raise UnfitEndpointError("url", "this is not an address") from error
    if not url.host or url.userinfo or url.fragment or len(str(url)) > URL_LONGEST:
        raise UnfitEndpointError("url", "write an address without name, password and #")
    try:
        pin(url, settings.private_hosts)
    except Unavailable as error:
        raise UnfitEndpointError("url", str(error)) from error
    return str(url)


def _fit(settings: Settings, wish: Wish) -> dict[str, Any]:
    name = " ".join(storable(wish.name).split())
    if not 0 < len(name) <= NAME_LONGEST:
        raise UnfitEndpointError("name", f"a name has between 1 and {NAME_LONGEST} characters")
    events = [type_ for type_ in TYPES if type_ in wish.events]
    if not events or len(events) != len(set(wish.events)):
        raise UnfitEndpointError("events", "choose at least one event")
    url = fit_url(settings, storable(wish.url))
    return {"name": name, "url": url, "events": events, "with_texts": wish.with_texts}


def _facts(values: dict[str, Any]) -> dict[str, Any]:
    """Give what the audit log keeps: of the address the host, for the rest may be a secret."""
    return {**values, "url": httpx.URL(values["url"]).host}


def _new_secret() -> str:
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _record(
    session: Session,
    what: str,
    endpoint: Endpoint,
    user_id: int,
    detail: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        f"endpoint.{what}",
        "endpoint",
        endpoint.id,
        user_id=user_id,
        detail=detail or {"name": endpoint.name},
    )
