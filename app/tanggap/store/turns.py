"""Let threads do something one after the other, in the order in which they came."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Turns:
    """A lock that serves whoever waits longest; a plain one may pass over somebody for ever."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()

    @contextmanager
    def turn(self, patience: float) -> Iterator[bool]:
        """Wait for one's turn at most `patience` seconds; gives whether it came."""
        came = self._take(patience)
        try:
            yield came
        finally:
            if came:
                self._hand_over()

    def _take(self, patience: float) -> bool:
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            gate = Lock()
            gate.acquire()
            self._waiting.append(gate)
        if gate.acquire(timeout=patience):
            return True
        with self._lock:
            if gate not in self._waiting:
                return True  # handed over just now
            self._waiting.remove(gate)
            return False

    def _hand_over(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
