"""What every process tells of its calls into plugins, and what people ask of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError
from tanggap.inbox.services import Services
from tanggap.plugins.breaker import BreakerState, Line
from tanggap.store import audit
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.plugin_states import PluginState
from tanggap.store.sql import upsert

MAX_ERROR = 2_000


@dataclass(frozen=True, slots=True)
class Trouble:
    """An operation of a plugin that failed, for the account of this name, if for any."""

    state: PluginState
    account_name: str

    @property
    def open_until(self) -> datetime | None:
        """When the plugin is called again; None while it is called as usual."""
        until = self.state.open_until
        return until if until is not None and until > utcnow() else None


def sync(services: Services) -> None:
    """Write down what has changed in this process, and try again what people asked to."""
    news = services.calls.breakers.take_news()
    with services.database.write() as session:
        for state in sorted(news, key=_key):
            _write(session, state)
        asked = session.scalars(
            select(PluginState).where(PluginState.retry_asked_at.is_not(None))
        ).all()
        lines = {_line(row): row.retry_asked_at for row in asked}
    for line, moment in lines.items():
        if moment is not None:
            services.calls.breakers.retry(line, asked_at=moment)


def list_troubles(session: Session) -> Sequence[Trouble]:
    """List what has failed and did not work since, then what did; the latest first."""
    rows = session.execute(
        select(PluginState, Account.name)
        .outerjoin(Account, Account.id == PluginState.account_id)
        .order_by((PluginState.failures > 0).desc(), PluginState.failed_at.desc(), PluginState.id)
    )
    return [Trouble(state, name or "") for state, name in rows]


def ask_retry(services: Services, state_id: int, *, user_id: int) -> None:
    """Have a plugin called again now, in every process."""
    with services.database.write() as session:
        row = session.get(PluginState, state_id)
        if row is None:
            raise NotFoundError(f"plugin state {state_id} does not exist")
        now = utcnow()
        row.retry_asked_at = row.open_until = now
        detail = {"operation": row.operation, "account_id": row.account_id}
        audit.record(
            session, "plugin.retried", "plugin", row.channel, user_id=user_id, detail=detail
        )
        line = _line(row)
    services.calls.breakers.retry(line, asked_at=now)


def _write(session: Session, state: BreakerState) -> None:
    values = {
        "channel": state.line.channel,
        "account_id": state.line.account_id or 0,
        "operation": state.line.operation,
        "error": state.error[:MAX_ERROR],
        "failures": state.failures,
        "total": state.total,
        "failed_at": state.failed_at,
        "open_until": state.open_until,
        "updated_at": utcnow(),
    }
    session.execute(
        upsert(session, PluginState)
        .values(values)
        .on_conflict_do_update(index_elements=["channel", "account_id", "operation"], set_=values)
    )
    if state.failures == 0:
        session.execute(
            update(PluginState)
            .where(
                PluginState.channel == state.line.channel,
                PluginState.account_id == (state.line.account_id or 0),
                PluginState.operation == state.line.operation,
            )
            .values(retry_asked_at=None)
        )


def _line(row: PluginState) -> Line:
    return Line(row.channel, row.operation, row.account_id or None)


def _key(state: BreakerState) -> tuple[str, str, int]:
    return (state.line.channel, state.line.operation, state.line.account_id or 0)
