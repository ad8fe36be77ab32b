"""Run the worker in several processes: begun again when one ends, ended together.

One interpreter runs one thread of Python at a time, so that a process that also records and routes
keeps its own labelling waiting; processes do not.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from threading import Event
from types import FrameType

import structlog

from tanggap.jobs.parent import END_WITH_PARENT
from tanggap.settings import Settings, read_settings
from tanggap.web.logs import configure_logging

log = structlog.get_logger(__name__)

COMMAND = (sys.executable, "-m", "tanggap.worker", END_WITH_PARENT)
GRACE_SECONDS = 30.0
LOOK_SECONDS = 0.25

HURRIED_SECONDS = 10.0
"""A process that ends sooner after its start than this did not work at all."""

TRIES = 5
"""How often in a row that may happen before all of them are given up."""


class Family:
    """Processes of one command, as many as there should be."""

    def __init__(self, command: Sequence[str], count: int) -> None:
        self._command, self._count = command, count
        self._running: list[tuple[subprocess.Popen[bytes], float]] = []
        self._hurried = 0
        self._stop = Event()

    def run(self) -> int:
        """Keep the processes running until told to stop; returns what the command exits with.

        A process that keeps ending right after its start will not get better by being begun again:
        whoever watches this command is told by its failure.
        """
        for _ in range(self._count):
            self._start()
        while not self._stop.wait(LOOK_SECONDS):
            for one in [one for one in self._running if one[0].poll() is not None]:
                self._running.remove(one)
                if not self._begin_again(*one):
                    self._end()
                    return 1
        self._end()
        return 0

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Have the processes end what they are at, and then the family."""
        self._stop.set()

    def _start(self) -> None:
        # A session of its own: Ctrl-C in the terminal reaches only us, and we end it in order. The
        # pipe closes when we are killed, which tells the process to end as well.
        process = subprocess.Popen(  # noqa: S603 - our own command
            self._command, stdin=subprocess.PIPE, start_new_session=True
        )
        self._running.append((process, time.monotonic()))

    def _begin_again(self, process: subprocess.Popen[bytes], begun: float) -> bool:
        """Replace a process that ended, later each time; tells whether that has a point."""
        process.communicate()
        lasted = time.monotonic() - begun
        self._hurried = self._hurried + 1 if lasted < HURRIED_SECONDS else 0
        log.error("worker process ended", pid=process.pid, code=process.returncode, lasted=lasted)
        if self._hurried >= TRIES:
            log.error("worker processes keep ending; the lines above say why")
            return False
        if not self._stop.wait(self._hurried):
            self._start()
        return True

    def _end(self) -> None:
        deadline = time.monotonic() + GRACE_SECONDS
        for process, _ in self._running:
            process.terminate()
        for process, _ in self._running:
            try:
                process.wait(max(deadline - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                process.kill()
            process.communicate()


def run(settings: Settings) -> int:
    """Run as many workers as the settings say."""
    family = Family(COMMAND, settings.effective_worker_processes)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, family.stop)
    return family.run()


if __name__ == "__main__":
    _settings = read_settings()
    configure_logging(_settings)
    sys.exit(run(_settings))
