"""Worker processes for tests that kill them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from tanggap.inbox.services import Services

HERE = Path(__file__).parent


class Workers:
    """Starts workers of these services and kills them, one at a time.

    They are forks of a process that has imported everything, which is most of what a start takes.
    """

    def __init__(self, services: Services, sent: Path) -> None:
        self._ready = sent.with_suffix(".ready")
        self._pid = 0
        self._nursery = subprocess.Popen(
            [sys.executable, str(HERE / "functional" / "crash_worker.py"), str(sent)],
            env=_environment(services),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def start(self) -> None:
        """Start a worker and wait until it is about to work."""
        self._ready.unlink(missing_ok=True)
        print(file=self._nursery.stdin)
        self._pid = int(self._line())
        while not self._ready.exists():
            os.kill(self._pid, 0)  # raises once it is gone
            time.sleep(0.01)

    def kill(self) -> None:
        """Kill the worker and wait until it is gone."""
        os.kill(self._pid, signal.SIGKILL)
        self._pid = 0
        assert self._line() == "gone\n"

    def close(self) -> None:
        """Leave nothing running."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
        self._nursery.communicate()

    def _line(self) -> str:
        assert self._nursery.stdout is not None
        return self._nursery.stdout.readline()


def _environment(services: Services) -> dict[str, str]:
    settings = services.settings
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("TANGGAP_")},
        "PYTHONPATH": os.pathsep.join((str(HERE), os.environ.get("PYTHONPATH", ""))),
        "TANGGAP_DATA_DIR": str(settings.data_dir),
        "TANGGAP_DATABASE_URL": settings.database_url,
        "TANGGAP_REDIS_URL": settings.redis_url,
        "TANGGAP_TRIAGE_LEASE_SECONDS": "1",
        "TANGGAP_SWEEP_SECONDS": "1",
        "TANGGAP_TRIAGE_BATCH": "16",
        "TANGGAP_WORKER_PROCESSES": "1",
        "TANGGAP_LOG_LEVEL": "ERROR",
    }
