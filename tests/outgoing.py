"""Outgoing webhooks as tests need them: an endpoint wished for, and what became of its messages."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from factories import make_account, make_conversation, make_post
from listeners import Listener
from tanggap.inbox.endpoints.endpoints import Wish
from tanggap.inbox.events.endpoint_events import TYPES
from tanggap.inbox.services import Services
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.endpoints import (
    Endpoint,
    EndpointAttempt,
    EndpointMessage,
)


def wish(listener: Listener, **values: Any) -> Wish:
    """Describe an endpoint at a listener that is told of everything."""
    given: dict[str, Any] = {"name": "Gudang data", "url": listener.url, "events": TYPES}
    return Wish(**given | values)


def make_case(services: Services) -> Conversation:
    """Make a case whose customer wrote a telephone number."""
    with services.database.write() as session:
        conversation = make_conversation(session, make_account(session, services))
        conversation.label = "complaint"
        make_post(session, conversation, "nomor saya 0812-3456-7890, tolong")
        return conversation


def messages(services: Services) -> list[EndpointMessage]:
    """List what endpoints were told or wait for."""
    with services.database.read() as session:
        return list(session.scalars(select(EndpointMessage).order_by(EndpointMessage.id)))


def tries(services: Services) -> list[EndpointAttempt]:
    """List the tries."""
    with services.database.read() as session:
        return list(session.scalars(select(EndpointAttempt).order_by(EndpointAttempt.id)))


def endpoint(services: Services) -> Endpoint:
    """Give the one endpoint."""
    with services.database.read() as session:
        return session.scalars(select(Endpoint)).one()


def make_due(services: Services) -> None:
    """Let all messages be due now."""
    with services.database.write() as session:
        session.execute(update(EndpointMessage).values(next_try_at=utcnow()))
