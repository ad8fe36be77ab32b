"""Circuit breakers: who fails again and again is left alone for a while, then tried once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock

from tanggap.sdk.errors import RateLimited

OPENS_AFTER = 5
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Line:
    """What is called: one operation of a channel's plugin, for one account, if for any."""

    channel: str
    operation: str
    account_id: int | None = None


class Paused(RateLimited):
    """Nothing was called, because the last calls all failed; the same again after a pause."""

    def __init__(self, line: Line, pause: timedelta, reason: str) -> None:
        seconds = max(1, round(pause.total_seconds()))
        super().__init__(
            pause,
            f"{line.operation} of {line.channel} is left alone for {seconds} seconds: {reason}",
        )


@dataclass(frozen=True, slots=True)
class BreakerState:
    """What is known of one line; `failures` are those in a row, `total` those since the start."""

    line: Line
    error: str = ""
    failures: int = 0
    total: int = 0
    failed_at: datetime | None = None
    open_until: datetime | None = None


@dataclass(slots=True)
class Breakers:
    """The breakers of one process, one a line.

    After `OPENS_AFTER` failures in a row a line is closed to calls; when its pause is over one
    call is let through, and its outcome opens or closes the line. Pauses double.
    """

    now: Callable[[], datetime]
    _states: dict[Line, BreakerState] = field(default_factory=dict)
    _news: set[Line] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def admit(self, line: Line) -> None:
        """Let a call through, or raise `Paused`."""
        state = self._states.get(line)
        if state is None or state.open_until is None:
            return
        with self._lock:
            state, now = self._states[line], self.now()
            if state.open_until is not None and state.open_until > now:
                raise Paused(line, state.open_until - now, state.error)
            # Only one tries; the others find the line closed until it is done.
            self._states[line] = replace(state, open_until=now + FIRST_PAUSE)

    def failed(self, line: Line, error: str, *, weight: int = 1) -> BreakerState:
        """Count a failure, or one that counts for several."""
        with self._lock:
            old, now = self._states.get(line, BreakerState(line)), self.now()
            failures = old.failures + weight
            doubled = min(failures - OPENS_AFTER, 10)
            pause = min(FIRST_PAUSE * 2 ** max(doubled, 0), LONGEST_PAUSE)
            state = BreakerState(
                line,
                error=error,
                failures=failures,
                total=old.total + 1,
                failed_at=now,
                open_until=now + pause if failures >= OPENS_AFTER else None,
            )
            self._states[line] = state
            self._news.add(line)
            return state

    def worked(self, line: Line) -> bool:
        """Note a call that worked; tells whether the line was closed before."""
        state = self._states.get(line)
        if state is None or state.failures == 0:
            return False
        with self._lock:
            state = self._states[line]
            self._states[line] = replace(state, failures=0, open_until=None)
            self._news.add(line)
            return state.open_until is not None

    def retry(self, line: Line, *, asked_at: datetime) -> None:
        """Let the next call through, unless it has failed again since a person asked for it."""
        with self._lock:
            state = self._states.get(line)
            if state is None or state.open_until is None or state.failed_at is None:
                return
            if state.failed_at < asked_at < state.open_until:
                self._states[line] = replace(state, open_until=self.now())
                self._news.add(line)

    def closed(self, operation: str) -> set[str]:
        """Name the channels that are not called for an operation at present."""
        now = self.now()
        return {
            line.channel
            for line, state in list(self._states.items())
            if line.operation == operation and state.open_until and state.open_until > now
        }

    def take_news(self) -> list[BreakerState]:
        """Give the lines that changed since the last time."""
        with self._lock:
            lines, self._news = self._news, set()
            return [self._states[line] for line in lines]
