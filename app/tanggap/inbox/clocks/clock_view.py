"""The clocks of one case as its page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.rules.clocks import ACKNOWLEDGE, FIRST_ANSWER, KINDS, NEXT_ANSWER, UPDATE, events
from tanggap.store.clocks import CaseEventRow, ClockRow


@dataclass(frozen=True, slots=True)
class CaseClocks:
    """The newest clock of each kind: what runs first, by when it is due, then what is over.

    `paused_by_hand` is whether a person or a rule paused clocks, which waiting does not.
    """

    running: Sequence[ClockRow]
    paused: Sequence[ClockRow]
    over: Sequence[ClockRow]
    paused_by_hand: bool

    @property
    def only_acknowledged(self) -> bool:
        """Whether our first post was only an acknowledgement, as somebody said."""
        met = {row.kind for row in self.over if row.met_at is not None}
        rest = {row.kind for row in (*self.running, *self.paused)}
        return ACKNOWLEDGE in met and FIRST_ANSWER in rest

    @property
    def may_only_acknowledge(self) -> bool:
        """Whether our newest post may be said to have been only an acknowledgement."""
        met = {row.kind for row in self.over if row.met_at is not None}
        known = {row.kind for row in (*self.running, *self.paused, *self.over)}
        return FIRST_ANSWER in met and NEXT_ANSWER not in known

    @property
    def runs(self) -> bool:
        """Whether anything can be paused."""
        return any(row.kind != UPDATE for row in self.running)


def case_clocks(session: Session, conversation_id: int) -> CaseClocks:
    """Read the newest clock of each kind."""
    rows = session.scalars(
        select(ClockRow)
        .where(ClockRow.conversation_id == conversation_id)
        .order_by(ClockRow.period, ClockRow.id)
    )
    newest = {row.kind: row for row in rows}
    rows_ = [newest[kind] for kind in KINDS if kind in newest]
    runs = [row for row in rows_ if row.met_at is None and row.ended_at is None]
    running = [row for row in runs if row.paused_at is None]
    paused = [row for row in runs if row.paused_at is not None]
    return CaseClocks(
        running=sorted(running, key=lambda row: (row.due_at is None, row.due_at or row.started_at)),
        paused=paused,
        over=[row for row in rows_ if row.met_at is not None or _is_missed(row)],
        paused_by_hand=bool(paused) and _is_held(session, conversation_id),
    )


def is_late(row: ClockRow) -> bool:
    """Tell whether what is over was over too late."""
    end: datetime | None = row.met_at or row.ended_at
    return row.due_at is not None and end is not None and row.due_at < end


def _is_held(session: Session, conversation_id: int) -> bool:
    newest = session.scalar(
        select(CaseEventRow.what)
        .where(
            CaseEventRow.conversation_id == conversation_id,
            CaseEventRow.what.in_((events.PAUSED, events.RESUMED)),
        )
        .order_by(CaseEventRow.at.desc(), CaseEventRow.id.desc())
        .limit(1)
    )
    return newest == events.PAUSED


def _is_missed(row: ClockRow) -> bool:
    """Tell whether a clock ended without being met although it should have been."""
    return row.ended_at is not None and row.ended_by == "resolved" and is_late(row)
