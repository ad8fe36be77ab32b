"""What many open browsers ask for in the same moment, made once a process.

Whoever keeps something here names in its key all that decides what it looks like. Who may see it
is part of every key by itself: nothing ever reaches somebody with other limits, another role,
language or time zone than those of the person it was made for.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Final, TypeVar, cast

from flask import Flask, current_app, request

from tanggap.store.sight import current
from tanggap.web.context import me
from tanggap.web.i18n import language

Value = TypeVar("Value")

MOST: Final = 4_000
_EXTENSION: Final = "tanggap.shared"


class Shared:
    """Values by key, each for a while; the oldest make room for new ones."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._lock = Lock()
        self.making = Lock()
        """Held while something is made, so that others who want the same find it made."""

    def get(self, key: Hashable) -> Any:
        """Give what is kept and still good, else None."""
        found = self._kept.get(key)
        return found[1] if found is not None and time.monotonic() < found[0] else None

    def put(self, key: Hashable, value: Any, seconds: float) -> None:
        """Keep a value."""
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = (time.monotonic() + seconds, value)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def share(app: Flask) -> None:
    """Give an app its own place for what is shared."""
    app.extensions[_EXTENSION] = Shared()


def shared() -> Shared:
    """Give the place of the app that answers the present request."""
    return cast("Shared", current_app.extensions[_EXTENSION])


def seen_by_all_alike(*what: Hashable) -> Hashable:
    """Make a key for data: what it is, and the limits of whoever asks."""
    return (current(), *what)


def looks_alike(*what: Hashable) -> Hashable:
    """Make a key for a piece of a page: also by role, language and time zone of whoever asks."""
    return (current(), me().role, language(), me().zone, request.script_root, *what)


def once(key: Hashable, seconds: float, make: Callable[[], Value]) -> Value:
    """Give what is kept under a key, or make it; of many who want it at once one does."""
    place = shared()
    found = place.get(key)
    if found is None:
        with place.making:
            found = place.get(key)
            if found is None:
                found = make()
                place.put(key, found, seconds)
    return cast("Value", found)
