"""A worker to be killed: real queue and database, a platform that keeps its state in a file."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import configure_mappers

from fakes import FakePlatform
from tanggap import worker
from tanggap.classifier import KeywordClassifier, Verdict
from tanggap.inbox.sending import outbox, outbox_results
from tanggap.inbox.services import open_services
from tanggap.plugins.registry import Registry
from tanggap.rules.clocks.holidays import PUBLIC, official
from tanggap.sdk import SentReply
from tanggap.sdk.types import Reply
from tanggap.settings import read_settings
from tanggap.store.base import utcnow


class SlowClassifier(KeywordClassifier):
    """Takes long enough to be killed in the middle."""

    def classify(self, texts: Sequence[str]) -> list[Verdict]:
        time.sleep(0.002 * len(texts))
        return super().classify(texts)


class FilePlatform(FakePlatform):
    """Accepts a reply by appending a line to a file, which outlives every worker."""

    path: Path

    def _send(self, account: Any, reply: Reply, http: Any) -> SentReply:
        time.sleep(0.01)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{reply.idempotency_key}\n".encode())
        os.close(descriptor)
        time.sleep(0.01)
        return SentReply(f"our-{reply.idempotency_key}")

    def _find(self, account: Any, reply: Reply, http: Any) -> SentReply | None:
        sent = self.path.read_text().split() if self.path.exists() else []
        return SentReply(f"our-{reply.idempotency_key}") if reply.idempotency_key in sent else None


def work() -> None:
    outbox.LEASE = timedelta(seconds=1.5)
    outbox_results._FIRST_LOOKUP = outbox_results._NEXT_LOOKUP = timedelta(seconds=0.2)
    settings = read_settings()
    platform = FilePlatform()
    platform.path = Path(sys.argv[1])
    registry = Registry()
    registry.add("fake", "1.0", platform)
    services = open_services(settings, classifier=SlowClassifier(), registry=registry)
    platform.path.with_suffix(".ready").touch()
    worker.run(settings, services)


def main() -> None:
    """Fork a worker for each line that is read, and say which it is and when it is gone.

    What every worker loads first is loaded once, before the forks.
    """
    configure_mappers()
    official(utcnow().year, PUBLIC)
    gc.collect()
    gc.freeze()
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            work()
            return
        os.write(1, f"{pid}\n".encode())
        os.waitpid(pid, 0)
        os.write(1, b"gone\n")


if __name__ == "__main__":
    main()
