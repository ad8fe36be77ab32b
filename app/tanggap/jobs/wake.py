"""Small tools that keep many wake-ups from becoming many jobs, without losing the last one."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import BoundedSemaphore, Event, Lock, Thread
from typing import Final

import structlog

log = structlog.get_logger(__name__)

HOPS: Final = 8
"""How often a call for help is passed on."""

_HOP: Final = 0.01


def hand_over(enqueue: Callable[[], object]) -> None:
    """Enqueue a job for what is stored already; the sweeper makes up for a queue that is away.

    Who asked is not told: they would do again what is done.
    """
    try:
        enqueue()
    except Exception as error:
        reason = str(error).split("\n", 1)[0]
        log.error("the queue cannot be used; the sweeper will find the work", reason=reason)  # noqa: TRY400 - one line


class Coalescer:
    """Turn any number of calls within `delay` seconds into one, made after the last of them.

    A process that dies within the delay loses the call; the sweeper makes up for it.
    """

    def __init__(self, action: Callable[[], object], delay: float = 0.05) -> None:
        self._action = action
        self._delay = delay
        self._wanted = Event()
        self._lock = Lock()
        self._thread: Thread | None = None

    def __call__(self) -> None:
        """Ask for the action; returns at once."""
        if self._wanted.is_set():
            return
        self._wanted.set()
        with self._lock:
            # The thread is made here and not at import: gunicorn forks in between.
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._run, name="coalescer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            time.sleep(self._delay)
            self._wanted.clear()
            try:
                self._action()
            except Exception:
                log.exception("wake-up failed; the sweeper will find the work")


class Gate:
    """Let at most `width` threads run an action; a call that finds it full makes them go on."""

    def __init__(self, action: Callable[[], None], width: int = 1) -> None:
        self._action = action
        self._room = BoundedSemaphore(width)
        self._again = Event()

    @property
    def has_room(self) -> bool:
        """Whether one more thread may run the action now."""
        if not self._room.acquire(blocking=False):
            return False
        self._room.release()
        return True

    def __call__(self) -> None:
        """Run the action, or leave it to the threads that are at it already."""
        self._again.set()
        while self._again.is_set() and self._room.acquire(blocking=False):
            try:
                self._again.clear()
                self._action()
            finally:
                self._room.release()


class Relay:
    """Answer a call for help at a gate, or pass it on: who took it may be the one that called."""

    def __init__(self, gate: Gate, pass_on: Callable[[int], object]) -> None:
        self._gate = gate
        self._pass_on = pass_on

    def __call__(self, hops: int) -> None:
        """Help where the gate has room, else pass the call on `hops` times: then all are busy."""
        if self._gate.has_room:
            self._gate()
        elif hops:
            time.sleep(_HOP)
            self._pass_on(hops - 1)
