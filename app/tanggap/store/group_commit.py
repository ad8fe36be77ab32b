"""Write what many threads bring at once in one transaction, and tell each when it is stored."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MAX_BATCH = 100
LINGER = 0.002
"""Seconds a batch waits for company in a crowd: a commit costs about as much as this wait."""


@dataclass(slots=True)
class _Entry(Generic[Item, Result]):
    item: Item
    ready: Event = field(default_factory=Event)
    result: Result | None = None
    error: BaseException | None = None
    finished: bool = False


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
            self._waiting.append(entry)
            leads = not self._led
            self._led = True
        if not leads:
            # Woken either with the result or to lead the next batch, this entry's own.
            entry.ready.wait()
        if not entry.finished:
            self._lead()
        if entry.error is not None:
            raise entry.error
        return entry.result  # type: ignore[return-value]  # finished without error has one

    def _lead(self) -> None:
        if self._crowded:
            time.sleep(LINGER)
        with self._lock:
            batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
        self._crowded = len(batch) > 1
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
                entry.ready.set()
            with self._lock:
                if self._waiting:
                    self._waiting[0].ready.set()
                else:
                    self._led = False
