"""One clock: how much of its time is spent, when it warns and when it is due."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from tanggap.rules.clocks.calendar import BusinessCalendar

ACKNOWLEDGE: Final = "acknowledge"
FIRST_ANSWER: Final = "first_answer"
NEXT_ANSWER: Final = "next_answer"
UPDATE: Final = "update"
RESOLUTION: Final = "resolution"
FOLLOW_UP: Final = "follow_up"

KINDS: Final = (ACKNOWLEDGE, FIRST_ANSWER, NEXT_ANSWER, UPDATE, RESOLUTION, FOLLOW_UP)
ANSWERS: Final = (ACKNOWLEDGE, FIRST_ANSWER, NEXT_ANSWER)
"""What a customer's post starts and an answer of ours meets."""

BY_POLICY: Final = tuple(kind for kind in KINDS if kind != UPDATE)
"""What policies set targets for; an update is due when it was promised."""

AROUND_THE_CLOCK: Final = BusinessCalendar("UTC")


@dataclass(frozen=True, slots=True)
class Target:
    """How much time a clock has, and whether it runs outside business hours too."""

    within: timedelta
    around_the_clock: bool = False


@dataclass(frozen=True, slots=True)
class Warns:
    """When a clock warns: once this share of its time is spent, or with this much left."""

    share: float = 0.8
    left: timedelta = timedelta(minutes=5)

    def after(self, within: timedelta) -> timedelta:
        """Give the spent time at which it warns, whichever comes first."""
        return max(timedelta(), min(within * self.share, within - self.left))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockState:
    """What a fold says of one clock.

    `due_at` and `warn_at` are None while nobody can tell because the clock is paused, or when the
    calendar never opens again; of a clock that is over they say when they would have been. `met_at`
    is when it was met, whether in time or not; `ended_at` when it ended without being met, and
    `ended_by` what ended it.
    """

    kind: str
    period: int
    started_at: datetime
    warn_at: datetime | None
    due_at: datetime | None
    paused_at: datetime | None
    met_at: datetime | None
    ended_at: datetime | None
    ended_by: str
    spent: timedelta
    within: timedelta

    @property
    def runs(self) -> bool:
        """Whether something is still owed."""
        return self.met_at is None and self.ended_at is None

    @property
    def broken_at(self) -> datetime | None:
        """When it was broken, as far as its own events tell: it ended after it was due."""
        end = self.met_at or self.ended_at
        return self.due_at if end and self.due_at and self.due_at < end else None


@dataclass(slots=True)
class Clock:
    """A clock while its case is told; `holds` are the reasons it is paused for."""

    kind: str
    period: int
    started_at: datetime
    target: Target
    calendar: BusinessCalendar
    warns: Warns
    spent: timedelta = timedelta()
    since: datetime | None = None
    paused_at: datetime | None = None
    holds: set[str] = field(default_factory=set)
    warn_at: datetime | None = None
    due_at: datetime | None = None
    met_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""

    def __post_init__(self) -> None:
        self.since = self.started_at

    @property
    def runs(self) -> bool:
        """Whether it is neither met nor ended."""
        return self.met_at is None and self.ended_at is None

    def hold(self, reason: str, at: datetime) -> None:
        """Pause it; a promise is not paused, the customer waits for that very moment."""
        if not self.runs or self.kind == UPDATE:
            return
        self._count(at)
        self.holds.add(reason)
        self.since, self.paused_at = None, self.paused_at or at

    def go(self, reason: str, at: datetime) -> None:
        """Let it run again once nothing holds it any more."""
        self.holds.discard(reason)
        if self.runs and not self.holds and self.since is None:
            self.since, self.paused_at = at, None

    def meet(self, at: datetime) -> None:
        """Note that what it measures was done."""
        if self.runs:
            self._count(at)
            self.met_at = at

    def end(self, at: datetime, by: str) -> None:
        """Stop it, because nothing is owed any more."""
        if self.runs:
            self._count(at)
            self.ended_at, self.ended_by = at, by

    def retarget(self, target: Target, calendar: BusinessCalendar, at: datetime) -> None:
        """Give it another target from now on; what was spent stays spent."""
        self._count(at)
        self.target, self.calendar = target, calendar
        self.warn_at = self.due_at = None
        if self.since is not None:
            self.since = at

    def state(self) -> ClockState:
        """Say how it stands, with what is still to come if nothing else happens."""
        return ClockState(
            kind=self.kind,
            period=self.period,
            started_at=self.started_at,
            warn_at=self.warn_at or self._moment_of(self._warns_after),
            due_at=self.due_at or self._moment_of(self.target.within),
            paused_at=self.paused_at if self.runs else None,
            met_at=self.met_at,
            ended_at=self.ended_at,
            ended_by=self.ended_by,
            spent=self.spent,
            within=self.target.within,
        )

    @property
    def _warns_after(self) -> timedelta:
        return self.warns.after(self.target.within)

    def _count(self, at: datetime) -> None:
        """Count the time since it last ran, and note what it passed on the way."""
        if self.since is None or at <= self.since:
            return
        spent = self.spent + self.calendar.open_time_between(self.since, at)
        if self.warn_at is None and spent >= self._warns_after:
            self.warn_at = self._moment_of(self._warns_after)
        if self.due_at is None and spent >= self.target.within:
            self.due_at = self._moment_of(self.target.within)
        self.spent, self.since = spent, at

    def _moment_of(self, spent: timedelta) -> datetime | None:
        if self.since is None:
            return None
        return self.calendar.add_open_time(self.since, spent - self.spent)
