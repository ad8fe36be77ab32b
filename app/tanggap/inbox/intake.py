"""Verify webhook bodies and store them: together, those that come at the same time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from tanggap.plugins.breaker import Line
from tanggap.plugins.calls import Calls, PluginFaultError
from tanggap.sdk.channel import Webhook
from tanggap.sdk.errors import ChannelError
from tanggap.sdk.types import AppCredentials, WebhookRequest
from tanggap.store.base import utcnow
from tanggap.store.db import Database
from tanggap.store.deliveries import NewDelivery, insert_deliveries
from tanggap.store.group_commit import GroupCommit
from tanggap.store.storable import storable

Outcome = bool | ChannelError | PluginFaultError
MAX_KEPT = 255


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call of one channel's webhook, and the channel's version."""

    webhook: Webhook
    request: WebhookRequest
    app: AppCredentials
    version: str


class Intake:
    """Takes deliveries in: one call into the plugin and one statement for all that arrive at once.

    Each channel has a line of its own, so that a plugin which hangs keeps no other waiting.
    """

    def __init__(self, database: Database, calls: Calls) -> None:
        self._database, self._calls = database, calls
        self._lines: dict[str, GroupCommit[Arrival, Outcome]] = {}

    def __call__(self, channel: str, arrival: Arrival) -> bool:
        """Verify a body and store it; tells whether anything new was stored with it.

        Raises what `Calls.run` raises, and SQLAlchemy's errors when it could not be stored.
        """
        line = self._lines.get(channel)
        if line is None:
            line = self._lines.setdefault(channel, GroupCommit(partial(self._take, channel)))
        outcome = line(arrival)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _take(self, channel: str, arrivals: Sequence[Arrival]) -> list[Outcome]:
        checked = self._calls.run_each(
            Line(channel, "webhook.verify"),
            arrivals[0].webhook.verify,
            [(one.request, one.app) for one in arrivals],
        )
        new = [
            _delivery(channel, one)
            for one, refusal in zip(arrivals, checked, strict=True)
            if refusal is None
        ]
        stored = bool(new) and self._database.at_once(partial(insert_deliveries, new=new)) > 0
        return [stored if refusal is None else refusal for refusal in checked]


def _delivery(channel: str, arrival: Arrival) -> NewDelivery:
    request, keeps = arrival.request, arrival.webhook.keeps
    headers = _kept(request.headers, ("content-type", *keeps))
    query = _kept(request.query, keeps)
    told = _kept(request.headers, keeps) | query
    # What the plugin reads beside the body makes another delivery of the same body.
    beside = json.dumps(told, sort_keys=True).encode() if told else b""
    return NewDelivery(
        channel=channel,
        body=request.body,
        body_hash=hashlib.sha256(request.body + beside).hexdigest(),
        headers=json.dumps(headers),
        query=json.dumps(query),
        plugin_version=arrival.version,
        received_at=utcnow(),
    )


def _kept(values: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    return {name: storable(values[name], MAX_KEPT) for name in names if name in values}
