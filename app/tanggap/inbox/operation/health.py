"""Whether the parts work: what readiness probes and the banner on every page ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tanggap.classifier import load_bundle
from tanggap.errors import TanggapError
from tanggap.inbox.accounts import tokens
from tanggap.inbox.arrival import read_meter
from tanggap.inbox.arrival.importing import IMPORT_CHANNEL
from tanggap.inbox.services import Services
from tanggap.inbox.serving import Place, check_place, place_of, serving_place
from tanggap.store import migrate
from tanggap.store.accounts import ACTIVE, NEEDS_RECONNECT, Account
from tanggap.store.base import utcnow

EXPIRY_NOTICE = timedelta(days=7)
EXPIRY_ALARM = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Part:
    """One part the process needs; `reason` says what is wrong and how to mend it."""

    name: str
    ok: bool
    reason: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """An account that needs a person: `cause` is a stable key for translation.

    Causes are those of `AuthExpired`, "no_plugin" when none brings its channel, "expires" with
    `when` for a token that cannot be renewed and ends soon, and "read_budget" and "read_cap" with
    `when` the budget begins anew.
    """

    account_id: int
    channel: str
    name: str
    cause: str
    reason: str = ""
    when: datetime | None = None
    urgent: bool = True


def database_part(services: Services) -> Part:
    """Check that the database answers and has this release's schema."""
    try:
        current = migrate.is_current(services.database)
    except Exception as error:
        return Part("database", ok=False, reason=f"it does not answer: {_first_line(error)}")
    if not current:
        return Part("database", ok=False, reason="its schema is old: run `tanggap db upgrade`")
    return Part("database", ok=True)


def model_part(services: Services) -> Part:
    """Check that the active bundle is there and whole; cheap while its files do not change."""
    place = _active_place(services)
    try:
        version = _verified(place, _state_of(place.folder))
    except (TanggapError, OSError) as error:
        return Part("model", ok=False, reason=str(error), version=place.version)
    return Part("model", ok=True, version=version)


def queue_part(ping: Callable[[], object]) -> Part:
    """Check that the job queue answers."""
    try:
        ping()
    except Exception as error:
        return Part("queue", ok=False, reason=f"it does not answer: {_first_line(error)}")
    return Part("queue", ok=True)


def troubles(services: Services, session: Session) -> list[Trouble]:
    """List the accounts that need a person, those that do not work first."""
    rows = session.scalars(
        select(Account)
        .where(Account.state.in_((ACTIVE, NEEDS_RECONNECT)))
        .order_by(Account.state.desc(), Account.channel, Account.name)
    )
    found = list(rows)
    broken = [trouble for row in found if (trouble := _trouble(services, row)) is not None]
    return broken + _budget_troubles(session, found)


def _budget_troubles(session: Session, rows: Sequence[Account]) -> list[Trouble]:
    """List the accounts whose read budget is used up, or nearly."""
    capped = [
        row
        for row in rows
        if row.state == ACTIVE and (row.read_cap_micro_usd or row.read_cap_reads)
    ]
    if not capped:
        return []
    meters = read_meter.read_meters(session, capped)
    return [
        Trouble(
            row.id,
            row.channel,
            row.name,
            "read_cap" if meter.exhausted else "read_budget",
            when=datetime.combine(meter.resumes_on, time(), UTC),
            urgent=meter.exhausted,
        )
        for row in capped
        if (meter := meters[row.id]).warned
    ]


def _trouble(services: Services, row: Account) -> Trouble | None:
    if row.channel not in services.registry.channels and row.channel != IMPORT_CHANNEL:
        return Trouble(row.id, row.channel, row.name, "no_plugin")
    if row.state == NEEDS_RECONNECT:
        cause = row.state_cause or "expired"
        return Trouble(row.id, row.channel, row.name, cause, row.state_reason)
    if row.token_expires_at is None:
        return None
    left = row.token_expires_at - utcnow()
    if left > EXPIRY_NOTICE or tokens.can_refresh(services, row):
        return None
    return Trouble(
        row.id,
        row.channel,
        row.name,
        "expires",
        when=row.token_expires_at,
        urgent=left <= EXPIRY_ALARM,
    )


def _active_place(services: Services) -> Place:
    try:
        with services.database.read() as session:
            return serving_place(services.settings, session)
    except SQLAlchemyError:  # the database is a part of its own
        return place_of(services.settings, None)


def _state_of(folder: Path) -> Sequence[tuple[str, int, int]]:
    files = sorted(file for file in folder.iterdir() if file.is_file())
    states = [(file.name, (stat := file.stat()).st_mtime_ns, stat.st_size) for file in files]
    return tuple(states)


@lru_cache(maxsize=4)
def _verified(place: Place, _state: Sequence[tuple[str, int, int]]) -> str:
    """Check a bundle once for each state of its files, since hashing takes a while."""
    check_place(place)
    return load_bundle(place.folder).version


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
