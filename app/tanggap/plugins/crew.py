"""Threads that plugins run in, so that one which hangs keeps nobody but itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextvars import copy_context
from threading import Lock, Thread
from typing import Any

MOST_STUCK = 4


class StuckError(Exception):
    """A call took longer than it may and was given up; its thread cannot be ended."""


class _Hand:
    """One thread that does one job after the other."""

    def __init__(self, name: str) -> None:
        self._go, self._done = Lock(), Lock()
        self._go.acquire()
        self._done.acquire()
        self._job: Callable[[], Any] | None = None
        self._result: tuple[Any, BaseException | None] = (None, None)
        Thread(target=self._work, name=name, daemon=True).start()

    def do(self, job: Callable[[], Any], seconds: float) -> bool:
        """Do a job and tell whether it was finished in time."""
        self._job = job
        self._go.release()
        return self._done.acquire(timeout=seconds)

    def finish(self) -> None:
        """Wait for a job that is done but for saying so."""
        self._done.acquire()

    def result(self) -> Any:
        """Give what the job returned, or raise what it raised."""
        (value, error), self._result = self._result, (None, None)
        if error is not None:
            try:
                raise error
            finally:
                # Else the traceback would keep the frames alive that hold it.
                error = None
        return value

    def dismiss(self) -> None:
        """End the thread as soon as it has nothing to do."""
        self._job = None
        self._go.release()

    def _work(self) -> None:
        while True:
            self._go.acquire()
            job, self._job = self._job, None
            if job is None:
                return
            try:
                self._result = (job(), None)
            except BaseException as error:
                self._result = (None, error)
            del job
            self._done.release()


class Crew:
    """The threads of one plugin: reused, made when all are busy, given up when stuck.

    Python cannot end a thread. One that is stuck is left behind and counted; with `MOST_STUCK` of
    them the plugin is not called any more until one comes back.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = Lock()
        self._free: list[_Hand] = []
        self._process = os.getpid()
        self.stuck = 0

    @property
    def exhausted(self) -> bool:
        """Whether too many threads are stuck for another call."""
        return self.stuck >= MOST_STUCK

    def run(self, job: Callable[[], Any], seconds: float) -> Any:
        """Do a job in another thread; raises `StuckError` when the time is over."""
        hand = self._hire()
        finished = given_up = False
        context = copy_context()

        def work() -> Any:
            nonlocal finished
            try:
                return context.run(job)
            finally:
                with self._lock:
                    finished = True
                    late = given_up
                    self.stuck -= late
                if late:
                    hand.dismiss()

        if not hand.do(work, seconds):
            with self._lock:
                given_up = not finished
                self.stuck += given_up
            if given_up:
                raise StuckError(f"it did not come back within {seconds:g} seconds")
            hand.finish()
        with self._lock:
            self._free.append(hand)
        return hand.result()

    def close(self) -> None:
        """End the threads that are free."""
        with self._lock:
            free, self._free = self._free, []
        for hand in free:
            hand.dismiss()

    def _hire(self) -> _Hand:
        with self._lock:
            if self._process != os.getpid():
                # A forked process has the list of threads and none of the threads.
                self._process, self._free, self.stuck = os.getpid(), [], 0
            if self._free:
                return self._free.pop()
        return _Hand(f"plugin-{self._name}")
