"""Child processes of a command: started with their own log, ended together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from types import FrameType

from tanggap.cli import guardian
from tanggap.settings import PREFIX, Settings, env_name, value_text


class Children:
    """Processes that end when this context ends, or when whoever opened it is killed."""

    def __init__(self, log_folder: Path) -> None:
        self._folder = log_folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Children:
        reader, self._pipe = os.pipe()
        self._guardian = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", guardian.__name__],
            stdin=reader,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(reader)
        return self

    def __exit__(self, *_error: object) -> None:
        self._end()
        self._tell(guardian.DONE)
        os.close(self._pipe)
        self._guardian.wait()

    def _end(self) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(guardian.GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run a command; its output goes to `NAME.log`."""
        with self.log(name).open("wb") as log:
            # A session of its own: Ctrl-C in the terminal reaches only us, and we end it in order.
            self._running[name] = subprocess.Popen(  # noqa: S603 - our own command
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._tell(str(self._running[name].pid))

    def _tell(self, line: str) -> None:
        # Somebody may have killed the guardian, too; the rest goes on without it.
        with suppress(BrokenPipeError):
            os.write(self._pipe, f"{line}\n".encode())

    def log(self, name: str) -> Path:
        """Say where the output of a process goes."""
        return self._folder / f"{name}.log"

    def dead(self) -> str | None:
        """Name a process that has ended by itself."""
        return next((name for name, p in self._running.items() if p.poll() is not None), None)


def tanggap(*arguments: str) -> list[str]:
    """Spell `tanggap ARGUMENTS` as this very installation."""
    return [sys.executable, "-m", "tanggap.cli", *arguments]


def child_environment(settings: Settings) -> dict[str, str]:
    """Make an environment in which a child reads exactly these settings."""
    rest = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    own = {env_name(one): value_text(getattr(settings, one.name)) for one in fields(Settings)}
    return rest | own


def free_port(preferred: int = 0) -> int:
    """Find a free loopback port, the preferred one when nobody has it."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port")


def stop_like_interrupt() -> None:
    """Let a plain `kill` end the command as Ctrl-C does.

    Ctrl-C's own signal is set too: a shell starts background jobs with it ignored. A second one
    while things are being ended is ignored, or it would leave them half running.
    """
    ends = (signal.SIGTERM, signal.SIGINT)

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        for end in ends:
            signal.signal(end, signal.SIG_IGN)
        raise KeyboardInterrupt

    for end in ends:
        signal.signal(end, interrupt)
