"""Half-finished connections: what is remembered while a person is away at the platform."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tanggap.errors import TanggapError
from tanggap.inbox.services import Services
from tanggap.sdk.types import Account, AppCredentials, Token
from tanggap.store.accounts import ConnectAttempt
from tanggap.store.base import utcnow

LIFE = timedelta(minutes=15)
Step = Literal["consent", "choice"]


class ConnectError(TanggapError):
    """An account was not connected; the message says why and what to do.

    `reason` is a stable key and `facts` the names in the message, both for translation.
    """

    def __init__(self, reason: str, message: str, **facts: str) -> None:
        super().__init__(message.format(**facts))
        self.reason = reason
        self.facts = facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """One step that a person left with and must come back from, once and soon."""

    step: Step
    channel: str
    user_id: int
    account_id: int | None = None
    values: Mapping[str, Any]


def remember(services: Services, session: Session, trip: Trip) -> str:
    """Store a trip and give the unguessable ticket that brings it back."""
    ticket = secrets.token_urlsafe(32)
    session.execute(delete(ConnectAttempt).where(ConnectAttempt.created_at < utcnow() - LIFE))
    session.add(
        ConnectAttempt(
            state_hash=_hash(ticket),
            channel=trip.channel,
            user_id=trip.user_id,
            account_id=trip.account_id,
            sealed=services.vault.seal({"step": trip.step, **trip.values}),
        )
    )
    return ticket


def redeem(services: Services, step: Step, channel: str, ticket: str, user_id: int) -> Trip:
    """Take a trip back, once; raises `ConnectError` unless everything about it fits."""
    with services.database.write() as session:
        attempt = session.scalar(
            select(ConnectAttempt)
            .where(ConnectAttempt.state_hash == _hash(ticket))
            .with_for_update()
        )
        if attempt is not None:
            session.delete(attempt)
    if attempt is not None and attempt.created_at >= utcnow() - LIFE:
        values = services.vault.open(attempt.sealed)
        if (attempt.channel, attempt.user_id, values.pop("step")) == (channel, user_id, step):
            return Trip(
                step=step,
                channel=channel,
                user_id=user_id,
                account_id=attempt.account_id,
                values=values,
            )
    raise ConnectError(
        "trip_over",
        "this connection was not started by you, was used already, or took longer than "
        "{minutes} minutes: start again from the accounts page",
        minutes=str(LIFE.seconds // 60),
    )


def freeze(accounts: Sequence[Account]) -> list[dict[str, Any]]:
    """Write accounts as JSON values, to be sealed; tokens are among them."""
    return [
        {
            "external_id": account.external_id,
            "name": account.name,
            "handle": account.handle,
            "config": dict(account.config),
            "access_token": account.token.access_token,
            "refresh_token": account.token.refresh_token,
            "scopes": list(account.token.scopes),
            "expires_at": account.token.expires_at and account.token.expires_at.isoformat(),
        }
        for account in accounts
    ]


def thaw(frozen: Sequence[Mapping[str, Any]], app: AppCredentials) -> list[Account]:
    """Read them back."""
    return [
        Account(
            external_id=values["external_id"],
            name=values["name"],
            handle=values["handle"],
            config=values["config"],
            app=app,
            token=Token(
                access_token=values["access_token"],
                refresh_token=values["refresh_token"],
                scopes=tuple(values["scopes"]),
                expires_at=values["expires_at"] and datetime.fromisoformat(values["expires_at"]),
            ),
        )
        for values in frozen
    ]


def _hash(ticket: str) -> str:
    return hashlib.sha256(ticket.encode("utf-8", "replace")).hexdigest()
