"""Start processes and read what they use: processor time, which neighbours do not distort."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from tanggap.store.db import Database

_TICK = 1000 / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(command: list[str], environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server or worker and stop it in the end."""
    started = subprocess.Popen(
        command, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=sys.stderr
    )
    try:
        yield started
    finally:
        started.send_signal(signal.SIGTERM)
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def wait_for(port: int) -> None:
    """Wait until a server answers."""
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server did not start")


def family(pid: int) -> list[int]:
    """List a process and its descendants."""
    found = [pid]
    for current in found:
        try:
            children = Path(f"/proc/{current}/task/{current}/children").read_text()
        except FileNotFoundError:
            continue
        found += [int(child) for child in children.split()]
    return found


def resident(pid: int) -> float:
    """Read the resident memory of a process and its descendants, in MiB."""
    total = 0.0
    for current in family(pid):
        try:
            status = Path(f"/proc/{current}/status").read_text()
        except FileNotFoundError:
            continue
        total += int(status.split("VmRSS:")[1].split()[0]) / 1024
    return total


def processor_ms(pids: list[int]) -> float:
    """Read the processor time that living processes have used, in milliseconds."""
    total = 0.0
    for pid in pids:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except FileNotFoundError:
            continue
        fields = stat.rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) * _TICK
    return total


def backends(database: Database) -> list[int]:
    """List the processes of the PostgreSQL server that work on this database, none for SQLite."""
    if database.is_sqlite:
        return []
    query = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
    with database.read() as session:
        return [int(pid) for pid in session.scalars(query)]
