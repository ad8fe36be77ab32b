"""Tell a case from its events: which clocks ran, which were met, which still run.

A pure function of the events, the targets and the calendar, so that telling a case again gives
the same clocks, however often and in whatever order its events were stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tanggap.rules.clocks.calendar import BusinessCalendar
from tanggap.rules.clocks.clock import (
    ACKNOWLEDGE,
    ANSWERS,
    AROUND_THE_CLOCK,
    BY_POLICY,
    FIRST_ANSWER,
    FOLLOW_UP,
    NEXT_ANSWER,
    RESOLUTION,
    UPDATE,
    Clock,
    ClockState,
    Target,
)
from tanggap.rules.clocks.events import ACKNOWLEDGED, EXCUSED, RATED, CaseEvent
from tanggap.rules.clocks.policy import Targets

NEW: Final = "new"
OPEN: Final = "open"
WAITING: Final = "waiting"
RESOLVED: Final = "resolved"
NOT_OURS: Final = "not_ours"

WITHDRAWN: Final = "withdrawn"
SUPERSEDED: Final = "superseded"
CAME_BACK: Final = "customer"
REOPENED: Final = "reopened"
_BY_CUSTOMER: Final = "waiting"
_BY_HAND: Final = "paused"


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a case: its state as its events have it, and all its clocks."""

    state: str
    clocks: tuple[ClockState, ...]


def tell(events: Iterable[CaseEvent], targets: Targets, calendar: BusinessCalendar) -> Told:
    """Fold the events of one case."""
    told = list(events)
    case = _Case(targets, calendar, _posts(told, ACKNOWLEDGED), _posts(told, RATED))
    for event in sorted(told, key=lambda e: e.place):
        case.take(event)
    return Told(case.state, tuple(clock.state() for clock in case.clocks))


def _posts(events: Iterable[CaseEvent], what: str) -> frozenset[int]:
    return frozenset(event.post for event in events if event.what == what)


@dataclass(slots=True)
class _Case:
    targets: Targets
    calendar: BusinessCalendar
    acknowledging: frozenset[int]
    rating: frozenset[int]
    state: str = NEW
    clocks: list[Clock] = field(default_factory=list)
    unanswered: dict[int, datetime] = field(default_factory=dict)
    own_targets: dict[str, Target] = field(default_factory=dict)

    def take(self, event: CaseEvent) -> None:
        handle = getattr(self, f"_{event.what}")
        handle(event)

    def _customer(self, event: CaseEvent) -> None:
        if event.post in self.rating:
            return
        self.unanswered[event.post] = event.at
        if self.state == NOT_OURS:
            return
        self._end(event.at, CAME_BACK, FOLLOW_UP)
        if self.state in (NEW, RESOLVED):
            self._begin(event.at, answer=True)
        elif not any(self._running(*ANSWERS)):
            self._start(NEXT_ANSWER, event.at)
        self.state = OPEN
        self._go(_BY_CUSTOMER, event.at)

    def _withdrawn(self, event: CaseEvent) -> None:
        if self.unanswered.pop(event.post, None) and not self.unanswered:
            self._end(event.at, WITHDRAWN, *ANSWERS)

    def _ours(self, event: CaseEvent) -> None:
        if self.state == RESOLVED:
            self._meet(event.at, FOLLOW_UP)
        if self.state not in (OPEN, WAITING):
            return
        self.state = WAITING
        self._meet(event.at, ACKNOWLEDGE)
        if event.post in self.acknowledging:
            return
        self._meet(event.at, FIRST_ANSWER, NEXT_ANSWER, UPDATE)
        self.unanswered.clear()
        self._hold(_BY_CUSTOMER, event.at, RESOLUTION)

    def _called(self, event: CaseEvent) -> None:
        """Keep a promise by telephone: whoever reads in public is still owed an answer."""
        self._meet(event.at, FOLLOW_UP if self.state == RESOLVED else UPDATE)

    def _acknowledged(self, event: CaseEvent) -> None:
        """Nothing moves now: the post that only acknowledges was told so when it came."""

    def _rated(self, event: CaseEvent) -> None:
        """Nothing moves: a post that only says how satisfied the customer is wants no answer."""

    def _promised(self, event: CaseEvent) -> None:
        if event.until is None or self.state not in (OPEN, WAITING):
            return
        self._end(event.at, SUPERSEDED, UPDATE)
        self._start(UPDATE, event.at, Target(event.until - event.at, around_the_clock=True))
        self._go(_BY_CUSTOMER, event.at)

    def _excused(self, event: CaseEvent) -> None:
        """End a promise that the customer wants no more; nothing is owed and nothing was kept."""
        self._end(event.at, EXCUSED, UPDATE)

    def _waiting(self, event: CaseEvent) -> None:
        if self.state in (RESOLVED, NOT_OURS):
            self._opened(event)
        self.state = WAITING
        self._hold(_BY_CUSTOMER, event.at, RESOLUTION)

    def _opened(self, event: CaseEvent) -> None:
        before, self.state = self.state, OPEN
        if before == WAITING:
            self._go(_BY_CUSTOMER, event.at)
        elif before != OPEN:
            self._end(event.at, REOPENED, FOLLOW_UP)
            owed = min(self.unanswered.values(), default=None)
            self._begin(owed or event.at, answer=owed is not None)

    def _resolved(self, event: CaseEvent) -> None:
        self.unanswered.clear()
        worked_on = self.state in (OPEN, WAITING)
        self._meet(event.at, RESOLUTION)
        self._close(event.at, RESOLVED)
        if worked_on:
            self._start(FOLLOW_UP, event.at)

    def _not_ours(self, event: CaseEvent) -> None:
        self._close(event.at, NOT_OURS)

    def _paused(self, event: CaseEvent) -> None:
        self._hold(_BY_HAND, event.at, *self._named(event))

    def _resumed(self, event: CaseEvent) -> None:
        self._go(_BY_HAND, event.at, *self._named(event))

    def _target(self, event: CaseEvent) -> None:
        """Give one clock another target for the rest of the period, and start it if it rests."""
        if event.clock is None or event.within is None or self.state not in (OPEN, WAITING):
            return
        target = Target(event.within, event.around_the_clock)
        self.own_targets[event.clock] = target
        running = list(self._running(event.clock))
        for clock in running:
            clock.retarget(target, self._hours(target), event.at)
        if not running:
            self._start(event.clock, event.at)

    def _begin(self, at: datetime, *, answer: bool) -> None:
        self.own_targets.clear()
        for kind in (ACKNOWLEDGE, FIRST_ANSWER) if answer else ():
            self._start(kind, at)
        self._start(RESOLUTION, at)

    def _close(self, at: datetime, state: str) -> None:
        self.state = state
        for clock in self.clocks:
            clock.end(at, state)

    def _start(self, kind: str, at: datetime, target: Target | None = None) -> None:
        target = target or self.own_targets.get(kind) or self.targets.of(kind)
        if target is None:
            return
        period = 1 + sum(clock.kind == kind for clock in self.clocks)
        hours = self._hours(target)
        self.clocks.append(Clock(kind, period, at, target, hours, self.targets.warns))

    def _hours(self, target: Target) -> BusinessCalendar:
        return AROUND_THE_CLOCK if target.around_the_clock else self.calendar

    def _running(self, *kinds: str) -> Iterable[Clock]:
        return (clock for clock in self.clocks if clock.runs and clock.kind in kinds)

    def _meet(self, at: datetime, *kinds: str) -> None:
        for clock in self._running(*kinds):
            clock.meet(at)

    def _end(self, at: datetime, by: str, *kinds: str) -> None:
        for clock in self._running(*kinds):
            clock.end(at, by)

    def _hold(self, reason: str, at: datetime, *kinds: str) -> None:
        for clock in self._running(*kinds):
            clock.hold(reason, at)

    def _go(self, reason: str, at: datetime, *kinds: str) -> None:
        for clock in self._running(*(kinds or BY_POLICY)):
            clock.go(reason, at)

    @staticmethod
    def _named(event: CaseEvent) -> tuple[str, ...]:
        return (event.clock,) if event.clock else BY_POLICY
