"""Measure the way of a post: accepted deliveries and posts routed from end to end.

Run `python benchmarks/pipeline.py`. Each round of ours stands beside a round of a bare Flask
endpoint under the same server, or between two of the classifier alone, with the same texts; a
share compares what was measured next to each other, and the middle one of the rounds is printed.
A round begins and ends with idle cores, which counts the less the longer it is. Rates depend on
what else the machine does; the processor time of a post hardly does, so that is printed for every
process. PostgreSQL and Redis are measured too when TANGGAP_TEST_POSTGRES_URL and
TANGGAP_TEST_REDIS_URL are set.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count as numbers
from itertools import pairwise
from statistics import median

from rig.baselines import Bare, bare_endpoint, classifier_rate
from rig.load import ACCOUNT, SECRET, Call, bodies, page_bodies, send, texts
from rig.places import Place, places
from rig.processes import backends, family, free_port, process, processor_ms, resident, wait_for
from rig.report import show
from rig.stages import stages
from sqlalchemy import exists, func, select

from tanggap.inbox.operation.setup import ensure_defaults
from tanggap.settings import Settings
from tanggap.store.accounts import Account, ChannelApp
from tanggap.store.base import utcnow
from tanggap.store.db import Database, open_database
from tanggap.store.deliveries import PENDING, Delivery
from tanggap.store.migrate import upgrade
from tanggap.store.posts import TRIAGE_DONE, TRIAGE_PENDING, Post
from tanggap.store.secrets import Vault, load_keys
from tanggap.web.logs import configure_logging

BATCH = 25
"""Posts of one delivery where a platform sends several; Facebook allows itself up to 1,000."""

WARM_UP = 200


def prepare(place: Place) -> Database:
    """Migrate, and connect an account on each platform the way the operator would."""
    database = open_database(place.settings)
    upgrade(database)
    vault = Vault(load_keys(place.settings))
    names = {"twitter": "consumer_secret", "facebook": "app_secret"}
    with database.write() as session:
        ensure_defaults(session)
        for channel, name in names.items():
            secrets = vault.seal({"client_secret": "c", name: SECRET})
            session.add(ChannelApp(channel=channel, config={}, sealed_secrets=secrets))
            account = Account(channel=channel, external_id=ACCOUNT, name="Bench", handle="bench")
            # Polling would leave the machine, so it is put off while the benchmark runs.
            account.poll_claimed_until = utcnow() + timedelta(days=1)
            session.add(account)
    return database


def routed(database: Database) -> int:
    """Count the posts that are through."""
    with database.read() as session:
        query = select(func.count()).select_from(Post).where(Post.triage == TRIAGE_DONE)
        return session.scalar(query) or 0


def waits(database: Database) -> bool:
    """Tell whether anything is on its way; counting what is through would cost a share itself."""
    with database.read() as session:
        pending = exists().where(Post.triage == TRIAGE_PENDING)
        unread = exists().where(Delivery.state == PENDING)
        return bool(session.scalar(select(pending | unread)))


@dataclass
class Run:
    """A server and a worker at work on one place, and what they use."""

    place: Place
    database: Database
    port: int
    web: list[int]
    worker: list[int]
    written: list[str]
    rounds: int
    offset: Iterator[int]

    @contextmanager
    def measured(self, name: str, posts: int) -> Iterator[None]:
        """Note the processor time that each process spends on a post meanwhile."""
        before = self._used()
        yield
        for part, used in self._used().items():
            self.place.figures[f"{name}: {part}"] = (used - before[part]) / posts

    def _used(self) -> dict[str, float]:
        return {
            "web": processor_ms(self.web),
            "worker": processor_ms(self.worker),
            "server": processor_ms(backends(self.database)),
        }

    def accept(self, bare: Bare) -> None:
        """Measure acceptance alone, each round beside one of the bare endpoint."""
        pairs, figures = [], self.place.figures
        with self.measured("accept", len(self.written) * self.rounds):
            for _ in range(self.rounds):
                calls = bodies(self.written, next(self.offset))
                pairs.append((*bare.send(calls), send(self.port, calls)))
        figures["bare"] = median(theirs.rate for theirs, _, _ in pairs)
        figures["bare: web"] = median(used for _, used, _ in pairs)
        figures["accepted"] = median(ours.rate for _, _, ours in pairs)
        figures["accepted: share"] = median(ours.rate / theirs.rate for theirs, _, ours in pairs)
        figures["p99"] = median(ours.p99 for _, _, ours in pairs)
        figures["accept: client"] = median(ours.client_ms for _, _, ours in pairs)

    def through(self, name: str, path: str) -> None:
        """Measure from the first delivery sent to the last post routed, between two of the model.

        The processor time is that of the last round.
        """
        rates, alone, count = [], [classifier_rate(self.written)], len(self.written)
        for _ in range(self.rounds):
            calls = self._calls(path)
            before = routed(self.database)
            with self.measured(name, count):
                begun = time.perf_counter()
                sent = send(self.port, calls, path=path)
                self._wait(before + count)
                rates.append(count / (time.perf_counter() - begun))
            self.place.figures[f"{name}: client"] = sent.client_ms * len(calls) / count
            self._note_cores(name, rates[-1])
            alone.append(classifier_rate(self.written))
        self._note(name, rates, alone)

    def _note_cores(self, name: str, rate: float) -> None:
        """Say how many cores were at work, the client's share included: the rest was idle."""
        parts = (f"{name}: {part}" for part in ("client", "web", "worker", "server"))
        used = sum(self.place.figures[part] for part in parts)
        self.place.figures[f"{name}: cores"] = used * rate / 1000

    def _calls(self, path: str) -> list[Call]:
        if path == "twitter":
            return bodies(self.written, next(self.offset))
        return page_bodies(self.written, next(self.offset), each=BATCH)

    def drain(self, total: int) -> None:
        """Measure the worker on what was stored before it started, from its first post on."""
        while (before := routed(self.database)) == 0:
            time.sleep(0.02)
        self.worker = family(self.worker[0])  # its processes are there only now
        with self.measured("backlog", total - before):
            begun = time.perf_counter()
            self._wait(total)
            rate = (total - before) / (time.perf_counter() - begun)
        self._note("backlog", [rate], [classifier_rate(self.written)] * 2)

    def _wait(self, total: int) -> None:
        while waits(self.database) or routed(self.database) < total:
            time.sleep(0.1)

    def _note(self, name: str, rates: list[float], alone: list[float]) -> None:
        around = [sum(pair) / 2 for pair in pairwise(alone)]
        shares = [rate / own for rate, own in zip(rates, around, strict=True)]
        self.place.figures |= {name: median(rates), f"{name}: share": median(shares)}
        self.place.figures["alone"] = median(alone)


def measure(place: Place, bare: Bare, written: list[str], rounds: int) -> None:
    """Measure acceptance alone, then the whole way, then each step, on one kind of store."""
    database, port = prepare(place), free_port()
    environ = {**place.environ, "TANGGAP_BIND": f"127.0.0.1:{port}", "TANGGAP_LOG_LEVEL": "WARNING"}
    offset = numbers(1_000, len(written))
    with process([sys.executable, "-m", "tanggap.cli", "serve"], environ) as web:
        wait_for(port)
        send(port, bodies(texts(WARM_UP), 0))
        run = Run(place, database, port, family(web.pid), [], written, rounds, offset)
        run.accept(bare)
        with process([sys.executable, "-m", "tanggap.cli", "worker"], environ) as worker:
            run.worker = [worker.pid]
            run.drain(WARM_UP + rounds * len(written))
            run.through("through", "twitter")
            run.through("batches", "facebook")
            place.figures["web_mib"] = resident(web.pid)
            place.figures["worker_mib"] = resident(worker.pid)
    for name, value in stages(place, bodies(written, next(offset))).items():
        place.figures[f"step: {name}"] = value
    database.close()


def main() -> None:
    """Run it all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5_000, help="posts a round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each measurement")
    arguments = parser.parse_args()
    configure_logging(replace(Settings(), log_level="WARNING"))
    written = texts(arguments.count)
    with ExitStack() as stack:
        tested = places(stack)
        bare = stack.enter_context(bare_endpoint())
        send(bare.port, bodies(texts(WARM_UP), 0))
        for place in tested:
            measure(place, bare, written, arguments.rounds)
        show(tested, BATCH)


if __name__ == "__main__":
    main()
