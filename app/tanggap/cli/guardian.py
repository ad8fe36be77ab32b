"""End what a command started when the command itself was killed and could not.

A process that is killed tells nobody, but its end of a pipe closes. The guardian reads the other
end: a line for each process group that it is to end, and `done` once the command ended them itself.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

GRACE_SECONDS = 15.0
DONE = "done"


def watch(lines: Iterable[str]) -> list[int]:
    """Read until the command is gone; return the process groups that it left behind."""
    groups: list[int] = []
    for line in lines:
        if line.strip() == DONE:
            return []
        groups.append(int(line))
    return groups


def end(groups: Iterable[int], grace: float = GRACE_SECONDS) -> None:
    """Ask the groups to end, and end the ones that have not after `grace` seconds."""
    left = {group for group in groups if _signal(group, signal.SIGTERM)}
    deadline = time.monotonic() + grace
    while left and time.monotonic() < deadline:
        time.sleep(0.1)
        left = {group for group in left if _signal(group, 0)}
    for group in left:
        _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> bool:
    """Send a signal; tell whether anybody was there."""
    with suppress(ProcessLookupError):
        os.killpg(group, number)
        return True
    return False


if __name__ == "__main__":
    end(watch(sys.stdin))
