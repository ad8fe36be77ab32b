"""Keep the threads of a process from taking the same work where no lock of the database does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock


@dataclass(slots=True)
class Claims:
    """The ids that threads of this process are at work on."""

    _ids: set[int] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def take(self, choose: Callable[[Collection[int]], list[int]]) -> Iterator[list[int]]:
        """Hold what `choose` finds beside the ids it is given, which others hold."""
        with self._lock:
            ids = choose(self._ids)
            self._ids.update(ids)
        try:
            yield ids
        finally:
            with self._lock:
                self._ids.difference_update(ids)
