"""What our figures are compared with: a bare endpoint under the same server, the model alone."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rig.load import Call, Sent, send
from rig.processes import family, free_port, process, processor_ms, wait_for
from tanggap.inbox.bundles import bundle_folder
from tanggap.settings import Settings

BARE = """
from flask import Flask
app = Flask("bare")
@app.post("/hooks/twitter")
def deliver():
    return "ok"
"""
ALONE = """
import json, sys, time
from pathlib import Path
from tanggap.classifier import load_bundle
texts, size = json.load(sys.stdin), int(sys.argv[2])
model = load_bundle(Path(sys.argv[1]), threads=0)
model.classify(texts[:size])
begun = time.perf_counter()
for start in range(0, len(texts), size):
    model.classify(texts[start : start + size])
print(len(texts) / (time.perf_counter() - begun))
"""


@dataclass(frozen=True, slots=True)
class Bare:
    """A bare Flask endpoint under the server settings that the product has."""

    port: int
    pid: int

    def send(self, calls: list[Call]) -> tuple[Sent, float]:
        """Post the bodies; gives also the processor time of one, in milliseconds."""
        # The port is open before the process that answers there has begun.
        server = family(self.pid)
        used = processor_ms(server)
        sent = send(self.port, calls)
        return sent, (processor_ms(server) - used) / len(calls)


@contextmanager
def bare_endpoint() -> Iterator[Bare]:
    """Run the bare endpoint."""
    port, settings = free_port(), Settings()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "bare_app.py").write_text(BARE)
        command = [sys.executable, "-m", "gunicorn", "bare_app:app", "-b", f"127.0.0.1:{port}"]
        command += ["--worker-class", "tanggap.web.http_worker.LingeringWorker"]
        command += ["--threads", str(settings.web_threads)]
        command += ["--workers", str(settings.web_workers), "--log-level", "warning"]
        with process(command, {"PYTHONPATH": folder}) as server:
            wait_for(port)
            yield Bare(port, server.pid)


def classifier_rate(written: list[str]) -> float:
    """Measure the bundle alone, in a process of its own, in the batches that triage uses."""
    settings = Settings()
    command = [sys.executable, "-c", ALONE, str(bundle_folder(settings))]
    done = subprocess.run(
        [*command, str(settings.triage_batch)],
        input=json.dumps(written).encode(),
        capture_output=True,
        check=True,
    )
    return float(done.stdout)
