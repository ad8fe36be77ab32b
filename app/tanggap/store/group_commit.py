"""Write what many threads bring at once in one transaction, and tell each when it is stored."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from threading import Lock
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MAX_BATCH = 100
LINGER = 0.002
"""Seconds a batch waits for company in a crowd: a commit costs about as much as this wait."""


class _Entry(Generic[Item, Result]):
    """An item, what became of it, and a lock that its caller waits at."""

    __slots__ = ("error", "finished", "gate", "item", "next", "result")

    result: Result

    def __init__(self, item: Item) -> None:
        self.item = item
        # Half the price of an Event, and there is one a call.
        self.gate = Lock()
        self.gate.acquire()
        self.next: _Entry[Item, Result] | None = None
        self.error: BaseException | None = None
        self.finished = False


class GroupCommit(Generic[Item, Result]):
    """Call it with an item; it returns what `write` gave for that item once it is durable.

    The first thread to come writes for itself and for those who came while it did; there is no
    thread of its own, and no wait when nobody else is there. `write` gets up to `MAX_BATCH` items
    and returns a result for each; what it raises is raised to each of its callers.
    """

    def __init__(self, write: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._write = write
        self._lock = Lock()
        self._waiting: list[_Entry[Item, Result]] = []
        self._led = False
        self._crowded = False

    def __call__(self, item: Item) -> Result:
        """Store one item and return its result."""
        entry: _Entry[Item, Result] = _Entry(item)
        with self._lock:
            leads = not self._led
            if leads:
                self._led = True
            else:
                self._waiting.append(entry)
        if not leads:
            # Opened either with the result or to lead the next batch, this entry's own.
            entry.gate.acquire()
        if not entry.finished:
            self._lead(entry)
        # One wakes the next: all at once, they would only wait for the interpreter.
        if entry.next is not None:
            entry.next.gate.release()
        if entry.error is not None:
            raise entry.error
        return entry.result

    def _lead(self, leader: _Entry[Item, Result]) -> None:
        if self._crowded:
            time.sleep(LINGER)
        with self._lock:
            batch = [leader, *self._waiting[: MAX_BATCH - 1]]
            del self._waiting[: MAX_BATCH - 1]
        self._crowded = len(batch) > 1
        for one, follower in pairwise(batch):
            one.next = follower
        try:
            results = self._write([entry.item for entry in batch])
            for entry, result in zip(batch, results, strict=True):
                entry.result = result
        except BaseException as error:
            for entry in batch:
                entry.error = error
        finally:
            for entry in batch:
                entry.finished = True
            self._hand_over()

    def _hand_over(self) -> None:
        """Let the longest waiting caller lead the next batch."""
        with self._lock:
            if self._waiting:
                self._waiting.pop(0).gate.release()
            else:
                self._led = False
