"""What reading an account costs where platforms bill it: metered, warned of, and capped."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from tanggap.inbox.clean import usable_id
from tanggap.sdk.errors import InvalidConfig
from tanggap.store import audit
from tanggap.store.accounts import Account, account_by_id
from tanggap.store.base import utcnow
from tanggap.store.reading import BilledRead, ReadDay
from tanggap.store.sql import insert_rows, upsert

log = structlog.get_logger(__name__)

WARN_AT: Final = Decimal("0.8")
MICRO: Final = 1_000_000
MOST_USD: Final = Decimal(1_000_000)
MOST_READS: Final = 1_000_000_000
_KEEP_IDS: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Meter:
    """What was read today and this month (UTC), and how that stands to the operator's caps.

    `share` is the part of the tighter cap that is used, None without a cap. `resumes_on` is the
    first day of the next month, when reading begins anew.
    """

    reads_today: int
    usd_today: Decimal
    reads_month: int
    usd_month: Decimal
    projected_usd: Decimal
    projected_reads: int
    share: Decimal | None
    resumes_on: date

    @property
    def warned(self) -> bool:
        """Whether the cap is near."""
        return self.share is not None and self.share >= WARN_AT

    @property
    def exhausted(self) -> bool:
        """Whether the cap is reached and nothing more is read."""
        return self.share is not None and self.share >= 1


def note_reads(
    session: Session,
    account: Account,
    read_ids: Mapping[str, Sequence[str]],
    prices: Mapping[str, Decimal],
) -> None:
    """Meter what a page read, each kind at its price; an id is billed once in a UTC day."""
    today = utcnow().date()
    reads, usd = 0, Decimal(0)
    for kind, price in prices.items():
        new = _first_reads(session, account, today, read_ids.get(kind, ()))
        reads, usd = reads + new, usd + price * new
    if reads == 0:
        return
    statement = upsert(session, ReadDay).values(
        account_id=account.id, day=today, reads=reads, micro_usd=int(usd * MICRO)
    )
    added = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["account_id", "day"],
            set_={
                "reads": ReadDay.reads + added.reads,
                "micro_usd": ReadDay.micro_usd + added.micro_usd,
            },
        )
    )
    session.flush()
    _warn(session, account)


def read_meter(session: Session, account: Account) -> Meter:
    """Read an account's meter."""
    return read_meters(session, [account])[account.id]


def read_meters(session: Session, accounts: Sequence[Account]) -> dict[int, Meter]:
    """Read the meters of several accounts in one query."""
    today = utcnow().date()
    first = today.replace(day=1)
    rows = session.execute(
        select(
            ReadDay.account_id,
            func.sum(ReadDay.reads).label("reads"),
            func.sum(ReadDay.micro_usd).label("usd"),
            func.sum(ReadDay.reads).filter(ReadDay.day == today).label("reads_today"),
            func.sum(ReadDay.micro_usd).filter(ReadDay.day == today).label("usd_today"),
        )
        .where(ReadDay.account_id.in_([one.id for one in accounts]), ReadDay.day >= first)
        .group_by(ReadDay.account_id)
    )
    found = {row.account_id: row for row in rows}
    return {one.id: _meter(one, found.get(one.id), today) for one in accounts}


def _caps(account: Account) -> dict[str, Any]:
    micro = account.read_cap_micro_usd
    usd = None if micro is None else micro / 1_000_000
    return {"usd": usd, "reads": account.read_cap_reads}


def set_caps(session: Session, account_id: int, *, usd: str, reads: str, user_id: int) -> Account:
    """Set or lift the monthly caps of an account; raises `InvalidConfig` naming the field."""
    account = account_by_id(session, account_id)
    before = _caps(account)
    account.read_cap_micro_usd = _micro_usd(usd.strip())
    account.read_cap_reads = _reads(reads.strip())
    account.read_warned_on = None
    detail = {"before": before, "after": _caps(account)}
    audit.record(
        session, "account.read_caps", "account", account_id, user_id=user_id, detail=detail
    )
    return account


def forget_ids(session: Session) -> None:
    """Drop the ids of days that are over; their sums stay."""
    before = (datetime.now(UTC) - _KEEP_IDS).date()
    session.execute(delete(BilledRead).where(BilledRead.day < before))


def _first_reads(session: Session, account: Account, today: date, ids: Sequence[str]) -> int:
    """Note ids as read and count those that were not read yet on this day."""
    rows = [
        {"account_id": account.id, "day": today, "external_id": id_}
        for id_ in dict.fromkeys(ids)
        if usable_id(id_)
    ]
    key = ("account_id", "day", "external_id")
    return len(insert_rows(session, BilledRead, rows, key=key, returning=("id",))) if rows else 0


def _meter(account: Account, row: Any, today: date) -> Meter:
    reads, usd = (int(row.reads), Decimal(int(row.usd)) / MICRO) if row else (0, Decimal(0))
    shares = [
        used / cap
        for used, cap in (
            (usd * MICRO, account.read_cap_micro_usd),
            (Decimal(reads), account.read_cap_reads),
        )
        if cap
    ]
    days = monthrange(today.year, today.month)[1]
    return Meter(
        reads_today=int(row.reads_today or 0) if row else 0,
        usd_today=Decimal(int(row.usd_today or 0) if row else 0) / MICRO,
        reads_month=reads,
        usd_month=usd,
        projected_usd=usd * days / today.day,
        projected_reads=round(reads * days / today.day),
        share=max(shares, default=None),
        resumes_on=today.replace(day=days) + timedelta(days=1),
    )


def _warn(session: Session, account: Account) -> None:
    """Log once a month that the cap is near."""
    meter = read_meter(session, account)
    month = utcnow().date().replace(day=1)
    if meter.warned and account.read_warned_on != month:
        account.read_warned_on = month
        log.warning(
            "read budget is running out",
            account=account.id,
            used=f"{meter.share:.0%}",
            usd=str(meter.usd_month),
            reads=meter.reads_month,
        )


def _micro_usd(written: str) -> int | None:
    if not written:
        return None
    try:
        amount = Decimal(written.replace(",", "."))
    except InvalidOperation as error:
        raise InvalidConfig("usd", "expected an amount, such as 25 or 25.50") from error
    if not amount.is_finite() or not 0 < amount <= MOST_USD:
        raise InvalidConfig("usd", f"expected an amount above 0 and up to {MOST_USD}")
    return int(amount.quantize(Decimal("0.01")) * MICRO)


def _reads(written: str) -> int | None:
    if not written:
        return None
    if not (written.isascii() and written.isdigit()) or not 0 < int(written[:12]) <= MOST_READS:
        raise InvalidConfig("reads", f"expected a whole number up to {MOST_READS}")
    return int(written)
