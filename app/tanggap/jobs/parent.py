"""End with the process that began this one, also when that was killed and could tell nobody."""

from __future__ import annotations

import os
import signal
from threading import Thread

END_WITH_PARENT = "--end-with-parent"
"""Argument of a process whose standard input is a pipe that its parent holds."""


def end_with_parent() -> None:
    """Have this process told to end once the pipe closes."""
    Thread(target=_wait, daemon=True).start()


def _wait() -> None:
    # Not through sys.stdin: its lock, held by a daemon thread, is fatal when the interpreter ends.
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
