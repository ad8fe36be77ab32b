"""Worker processes for tests that kill them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tanggap.inbox.services import Services

HERE = Path(__file__).parent


def start_worker(services: Services, sent: Path) -> subprocess.Popen[bytes]:
    """Start a worker and wait until it is about to work."""
    ready = sent.with_suffix(".ready")
    ready.unlink(missing_ok=True)
    settings = services.settings
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TANGGAP_")},
        "PYTHONPATH": os.pathsep.join((str(HERE), os.environ.get("PYTHONPATH", ""))),
        "TANGGAP_DATA_DIR": str(settings.data_dir),
        "TANGGAP_DATABASE_URL": settings.database_url,
        "TANGGAP_REDIS_URL": settings.redis_url,
        "TANGGAP_TRIAGE_LEASE_SECONDS": "1",
        "TANGGAP_SWEEP_SECONDS": "1",
        "TANGGAP_TRIAGE_BATCH": "16",
        "TANGGAP_LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, str(HERE / "functional" / "crash_worker.py"), str(sent)]
    worker = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
    while not ready.exists() and worker.poll() is None:
        time.sleep(0.02)
    return worker


def kill(worker: subprocess.Popen[bytes]) -> None:
    worker.send_signal(signal.SIGKILL)
    worker.wait()
