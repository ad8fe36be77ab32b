"""Keep the clocks of cases in step with what happens to them.

`move` tells cases again from their posts and events and writes down what is different. It is
called in the transaction of whatever happened, and calling it once more changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, select
from sqlalchemy.orm import Session

from tanggap.inbox.clocks.calendars import Calendars, load_calendars
from tanggap.inbox.clocks.sla import load_policies
from tanggap.rules.clocks import (
    CaseEvent,
    CaseFacts,
    ClockState,
    Policy,
    Targets,
    Told,
    choose_targets,
    events,
    fold,
    tell,
)
from tanggap.store.base import utcnow
from tanggap.store.clocks import CaseEventRow, ClockRow
from tanggap.store.conversations import (
    NOT_OURS,
    OPEN,
    PRIORITIES,
    RESOLVED,
    SNOOZED,
    WAITING,
    Conversation,
)
from tanggap.store.posts import Post
from tanggap.store.sql import among, hold, insert_rows, update_rows

Key = tuple[str, int]

# What a state that nothing else explains was made by.
_SAID: Final = {
    OPEN: events.OPENED,
    WAITING: events.WAITING,
    RESOLVED: events.RESOLVED,
    NOT_OURS: events.NOT_OURS,
    SNOOZED: events.OPENED,
}
_LEAST: Final = timedelta(microseconds=1)
_EVENT: Final = [column for column in CaseEventRow.__table__.c if column.name != "id"]
_CLOCK: Final = [column for column in ClockRow.__table__.c if column.name != "created_at"]
_FACTS: Final = ("started_at", "met_at", "ended_at", "ended_by")
CASE: Final = (
    *("id", "state", "channel", "account_id", "team_id", "label", "priority", "visibility"),
    *("resolved_at", "next_due_at", "next_warn_at", "next_due"),
)
"""What is read of a case to tell its clocks."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The cases that look different now, and what those repeat of their clocks that changed."""

    changed: set[int]
    due: Mapping[int, Mapping[str, Any]]


@dataclass(slots=True)
class Book:
    """All calendars and policies, and what was looked up in them."""

    calendars: Calendars
    policies: Sequence[Policy]
    _targets: dict[CaseFacts, Targets] = field(default_factory=dict)

    def targets(self, facts: CaseFacts) -> Targets:
        """Choose the targets of a case."""
        if facts not in self._targets:
            self._targets[facts] = choose_targets(self.policies, facts)
        return self._targets[facts]


def load_book(session: Session) -> Book:
    """Load the calendars and policies that hold now."""
    return Book(load_calendars(session), load_policies(session))


def move(session: Session, conversation_ids: Collection[int], book: Book | None = None) -> set[int]:
    """Tell cases again, write down what is different, and name the cases for which it is.

    A state of a case that its events do not explain becomes an event of its own, so that whoever
    changed it need not say so here.
    """
    if not conversation_ids:
        return set()
    session.flush()
    cases = session.execute(
        hold(
            select(*(getattr(Conversation, name) for name in CASE))
            .where(among(session, Conversation.id, conversation_ids))
            .order_by(Conversation.id)
        )
    ).all()
    moved = move_cases(session, cases, book)
    update_rows(session, Conversation, [{"id": id_, **due} for id_, due in moved.due.items()])
    return moved.changed


def move_cases(session: Session, cases: Sequence[Any], book: Book | None = None) -> Moved:
    """Tell cases again that the caller holds and knows as `CASE` lists them.

    Writes all but what the cases themselves repeat of their clocks; that is left to the caller.
    """
    ids = [case.id for case in cases]
    book = book or load_book(session)
    told_events = _events_of(session, ids)
    stored = _clocks_of(session, ids)
    writer = _Writer(session)
    for case in cases:
        told = _tell(writer, case, told_events.get(case.id, []), book)
        writer.compare(case, told, stored.get(case.id, {}))
    return writer.write()


def facts_of_row(case: Any) -> CaseFacts:
    """Say of a row of the conversations what policies ask."""
    return CaseFacts(
        channel=case.channel,
        account=case.account_id,
        team=case.team_id,
        label=case.label,
        priority=PRIORITIES[case.priority],
        visibility=case.visibility,
    )


def _tell(writer: _Writer, case: Any, told_events: list[CaseEvent], book: Book) -> Told:
    targets = book.targets(facts_of_row(case))
    calendar = book.calendars.of(case.team_id)
    told = tell(told_events, targets, calendar)
    # A sleep is ours: for the customer's clocks the case goes on as it stood.
    asleep = case.state == SNOOZED and told.state in (OPEN, WAITING)
    if asleep or told.state in (fold.NEW, case.state):
        return told
    at = case.resolved_at if case.state == RESOLVED and case.resolved_at else utcnow()
    at = max(at, max(event.at for event in told_events) + _LEAST)
    missing = CaseEvent(at=at, what=_SAID[case.state])
    writer.add_event(case.id, missing)
    return tell([*told_events, missing], targets, calendar)


def _events_of(session: Session, ids: Collection[int]) -> dict[int, list[CaseEvent]]:
    """Read what happened to each case: its posts, and the events that are no posts."""
    found: dict[int, list[CaseEvent]] = {}
    posts = session.execute(
        select(Post.conversation_id, Post.id, Post.from_us, Post.posted_at, Post.deleted_at).where(
            among(session, Post.conversation_id, ids)
        )
    )
    for case, post, from_us, at, deleted_at in posts:
        told = found.setdefault(case or 0, [])
        told.append(CaseEvent(at=at, what=events.OURS if from_us else events.CUSTOMER, post=post))
        if deleted_at is not None and not from_us:
            told.append(CaseEvent(at=max(at, deleted_at), what=events.WITHDRAWN, post=post))
    rows = session.execute(select(*_EVENT).where(among(session, CaseEventRow.conversation_id, ids)))
    for row in rows:
        found.setdefault(row.conversation_id, []).append(_event(row))
    return found


def _event(row: Row[Any]) -> CaseEvent:
    within = row.within_seconds
    return CaseEvent(
        at=row.at,
        what=row.what,
        post=row.post_id or 0,
        clock=row.clock,
        until=row.until,
        within=timedelta(seconds=within) if within is not None else None,
        around_the_clock=row.around_the_clock,
    )


def _clocks_of(session: Session, ids: Collection[int]) -> dict[int, dict[Key, Row[Any]]]:
    found: dict[int, dict[Key, Row[Any]]] = {}
    rows = session.execute(select(*_CLOCK).where(among(session, ClockRow.conversation_id, ids)))
    for row in rows:
        found.setdefault(row.conversation_id, {})[row.kind, row.period] = row
    return found


@dataclass(slots=True)
class _Writer:
    """Collects what is different and writes it in a few statements, however many the cases."""

    session: Session
    now: datetime = field(default_factory=utcnow)
    inserts: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    deletes: list[int] = field(default_factory=list)
    due: dict[int, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)

    def add_event(self, conversation_id: int, event: CaseEvent) -> None:
        self.events.append(
            {"conversation_id": conversation_id, "at": event.at, "what": event.what}
            | {"around_the_clock": False, "reason": ""}
        )

    def compare(self, case: Any, told: Told, stored: Mapping[Key, Row[Any]]) -> None:
        """Note which clocks of a case are not as they are stored, and which is due next."""
        there = {(clock.kind, clock.period): clock for clock in told.clocks}
        for key, clock in there.items():
            self._compare_clock(case.id, clock, stored.get(key))
        gone = [row.id for key, row in stored.items() if key not in there]
        self.deletes.extend(gone)
        due = next_due(told.clocks)
        next_ = {
            "next_due_at": due.due_at if due else None,
            "next_warn_at": due.warn_at if due else None,
            "next_due": due.kind if due else None,
        }
        if any(getattr(case, name) != value for name, value in next_.items()):
            self.due[case.id] = next_
            self.changed.add(case.id)
        if gone:
            self.changed.add(case.id)

    def _compare_clock(self, case_id: int, clock: ClockState, row: Row[Any] | None) -> None:
        values = _values(clock)
        if row is None:
            self.inserts.append(
                {"conversation_id": case_id, "kind": clock.kind, "period": clock.period}
                | values
                | {"warned_at": None, "broken_at": clock.broken_at, "created_at": self.now}
            )
            self.changed.add(case_id)
            return
        settled = row.met_at is not None or row.ended_at is not None
        # What was measured stays as it was measured, whatever targets hold by now.
        facts = _FACTS if settled else tuple(values)
        if all(values[name] == getattr(row, name) for name in facts):
            return
        values["warned_at"] = self._noticed(row.warned_at, clock.warn_at)
        values["broken_at"] = clock.broken_at or self._noticed(row.broken_at, clock.due_at)
        self.updates.append({"id": row.id, **values})
        self.changed.add(case_id)

    def _noticed(self, noticed: datetime | None, moment: datetime | None) -> datetime | None:
        """Forget that something was noticed which is still to come now."""
        return noticed if noticed and moment and moment <= self.now else None

    def write(self) -> Moved:
        insert_rows(self.session, CaseEventRow, self.events)
        if self.deletes:
            self.session.execute(delete(ClockRow).where(ClockRow.id.in_(self.deletes)))
        insert_rows(self.session, ClockRow, self.inserts, key=("conversation_id", "kind", "period"))
        update_rows(self.session, ClockRow, self.updates)
        return Moved(self.changed, self.due)


def next_due(clocks: Iterable[ClockState]) -> ClockState | None:
    """Find which of the clocks that still run is due first."""
    running = [clock for clock in clocks if clock.runs and clock.due_at is not None]
    return min(running, key=lambda clock: clock.due_at or clock.started_at, default=None)


def _values(clock: ClockState) -> dict[str, Any]:
    return {
        "started_at": clock.started_at,
        "warn_at": clock.warn_at,
        "due_at": clock.due_at,
        "paused_at": clock.paused_at,
        "met_at": clock.met_at,
        "ended_at": clock.ended_at,
        "ended_by": clock.ended_by,
        "spent_seconds": round(clock.spent.total_seconds()),
        "within_seconds": round(clock.within.total_seconds()),
    }
