"""Child processes end with the command that started them, even when it is killed."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tanggap.cli import guardian
from tanggap.cli.processes import Children

PATIENCE = 60.0
# A process and a child of its own, as gunicorn has them; both answer until they are ended.
SERVER = """
import os, signal, socket, sys, time
signal.signal(signal.SIGTERM, getattr(signal, sys.argv[1]))
os.fork()
with socket.create_server(("127.0.0.1", 0)) as server:
    os.write(1, f"port {server.getsockname()[1]}\\n".encode())
    time.sleep(600)
"""
COMMAND = """
import os, sys, time
from pathlib import Path
from tanggap.cli.processes import Children
with Children(Path(sys.argv[1])) as children:
    children.start("server", [sys.executable, "-c", sys.argv[2], "SIG_DFL"], os.environ)
    time.sleep(600)
"""


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ports(folder: Path) -> list[str]:
    log = folder / "server.log"
    return re.findall(r"port (\d+)\n", log.read_text()) if log.exists() else []


def answers(port: str) -> bool:
    try:
        socket.create_connection(("127.0.0.1", int(port)), 5).close()
    except OSError:
        return False
    return True


@pytest.fixture
def command(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A command whose child processes are running."""
    arguments = [sys.executable, "-c", COMMAND, str(tmp_path), SERVER]
    with subprocess.Popen(arguments) as process:
        wait_for(lambda: len(ports(tmp_path)) == 2)
        yield process
        process.kill()


def test_children_of_a_command_that_is_killed_are_ended(
    command: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    left = ports(tmp_path)
    assert all(map(answers, left))
    command.send_signal(signal.SIGKILL)
    wait_for(lambda: not any(map(answers, left)))


def test_children_that_do_not_want_to_end_are_killed(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", SERVER, "SIG_IGN"]
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(arguments, stdout=log, start_new_session=True)
    wait_for(lambda: len(ports(tmp_path)) == 2)
    guardian.end([process.pid], grace=0.2)
    assert process.wait(PATIENCE) == -signal.SIGKILL
    wait_for(lambda: not any(map(answers, ports(tmp_path))))


def test_guardian_outlives_nothing_that_ends_in_order(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        children.start("server", [sys.executable, "-c", "pass"], os.environ)
        wait_for(lambda: children.dead() == "server")
    assert children._guardian.returncode == 0


def test_what_a_command_ended_itself_is_not_ended_again() -> None:
    assert guardian.watch(["12\n", "13\n"]) == [12, 13]
    assert guardian.watch(["12\n", "13\n", f"{guardian.DONE}\n"]) == []


def test_processes_that_are_gone_are_no_error() -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"], start_new_session=True)
    process.wait()
    guardian.end([process.pid])
