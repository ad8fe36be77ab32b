"""Measure the way of a post: accepted deliveries and posts routed from end to end.

Run `python benchmarks/pipeline.py`. Beside our numbers stand a bare Flask endpoint under the same
server and the classifier alone, both measured in the same run with the same texts. Rates depend on
what else the machine does; processor time a post hardly does, so that is printed for every
process. PostgreSQL and Redis are measured too when TANGGAP_TEST_POSTGRES_URL and
TANGGAP_TEST_REDIS_URL are set.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rig.load import ACCOUNT, SECRET, Call, Sent, bodies, page_bodies, send, texts
from rig.places import Place, places
from rig.processes import backends, family, free_port, process, processor_ms, resident, wait_for
from rig.stages import stages
from sqlalchemy import func, select

from tanggap.inbox.bundles import bundle_folder
from tanggap.inbox.setup import ensure_defaults
from tanggap.settings import Settings
from tanggap.store.accounts import Account, ChannelApp
from tanggap.store.base import utcnow
from tanggap.store.db import Database, open_database
from tanggap.store.migrate import upgrade
from tanggap.store.posts import TRIAGE_DONE, Post
from tanggap.store.secrets import Vault, load_keys

BARE = """
from flask import Flask
app = Flask("bare")
@app.post("/hooks/twitter")
def deliver():
    return "ok"
"""
BATCH = 25
"""Posts of one delivery where a platform sends several; Facebook allows itself up to 1,000."""

WARM_UP = 100


@dataclass(frozen=True)
class Baseline:
    """What the others are compared with: the bare endpoint, and the classifier's own rate."""

    bare: Sent
    bare_ms: float
    classifier: float


def bare(calls: list[Call], rounds: int) -> tuple[Sent, float]:
    """Measure the bare endpoint under the same server settings, with its processor time."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "bare_app.py").write_text(BARE)
        command = [sys.executable, "-m", "gunicorn", "bare_app:app", "-b", f"127.0.0.1:{port}"]
        command += ["-k", "gthread", "--threads", "16", "--log-level", "warning"]
        with process(command, {"PYTHONPATH": folder}) as server:
            wait_for(port)
            send(port, calls[:WARM_UP])
            used = processor_ms(family(server.pid))
            found = middle(lambda: send(port, calls), rounds)
            used = processor_ms(family(server.pid)) - used
            return found, used / rounds / len(calls)


def middle(measure: Callable[[], Sent], rounds: int) -> Sent:
    """Take the round in the middle of all."""
    found = sorted((measure() for _ in range(rounds)), key=lambda sent: sent.rate)
    return found[len(found) // 2]


def classifier_rate(written: list[str]) -> float:
    """Measure the bundle alone, in a process of its own, in the batches that triage uses."""
    script = (
        "import sys, json, time\n"
        "from pathlib import Path\n"
        "from tanggap.classifier import load_bundle\n"
        "texts = json.load(sys.stdin)\n"
        "model = load_bundle(Path(sys.argv[1]), threads=0)\n"
        "model.classify(texts[:64])\n"
        "begun = time.perf_counter()\n"
        "for n in range(0, len(texts), 64): model.classify(texts[n:n+64])\n"
        "print(len(texts) / (time.perf_counter() - begun))\n"
    )
    folder = str(bundle_folder(Settings()))
    done = subprocess.run(
        [sys.executable, "-c", script, folder],
        input=json.dumps(written).encode(),
        capture_output=True,
        check=True,
    )
    return float(done.stdout)


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
            # Polling would leave the machine, so it is put off while the benchmark runs.
            later = utcnow() + timedelta(days=1)
            account = Account(channel=channel, external_id=ACCOUNT, name="B", handle="bench")
            account.poll_claimed_until = later
            session.add(account)
    return database


def routed(database: Database) -> int:
    """Count the posts that are through."""
    with database.read() as session:
        query = select(func.count()).select_from(Post).where(Post.triage == TRIAGE_DONE)
        return session.scalar(query) or 0


@dataclass
class Run:
    """A server and a worker at work on one place, and what they use."""

    place: Place
    database: Database
    port: int
    web: list[int]
    worker: list[int]

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

    def accept(self, count: int, rounds: int, offset: int) -> None:
        """Measure acceptance alone."""
        starts = iter(range(offset, offset + rounds * count, count))
        with self.measured("accept", count * rounds):
            found = middle(lambda: send(self.port, bodies(texts(count), next(starts))), rounds)
        self.place.figures |= {"accepted": found.rate, "p99": found.p99}
        self.place.figures["accept: client"] = found.client_ms

    def through(self, name: str, calls: list[Call], count: int, *, path: str = "twitter") -> None:
        """Measure deliveries of `count` posts from the first one sent to the last one routed."""
        before = routed(self.database)
        with self.measured(name, count):
            begun = time.perf_counter()
            sent = send(self.port, calls, path=path)
            while routed(self.database) < before + count:
                time.sleep(0.1)
            self.place.figures[name] = count / (time.perf_counter() - begun)
        self.place.figures[f"{name}: client"] = sent.client_ms * len(calls) / count

    def drain(self, total: int) -> None:
        """Measure the worker on what was stored before it started, from its first post on."""
        while (before := routed(self.database)) == 0:
            time.sleep(0.02)
        with self.measured("backlog", total - before):
            begun = time.perf_counter()
            while (now := routed(self.database)) < total:
                time.sleep(0.1)
            self.place.figures["backlog"] = (now - before) / (time.perf_counter() - begun)


def measure(place: Place, count: int, rounds: int) -> None:
    """Measure acceptance alone, then the whole way, on one kind of store."""
    database = prepare(place)
    port = free_port()
    environ = {**place.environ, "TANGGAP_BIND": f"127.0.0.1:{port}", "TANGGAP_LOG_LEVEL": "WARNING"}
    with process([sys.executable, "-m", "tanggap.cli", "serve"], environ) as web:
        wait_for(port)
        send(port, bodies(texts(WARM_UP), 0))
        run = Run(place, database, port, family(web.pid), [])
        run.accept(count, rounds, offset=1_000)
        stored = WARM_UP + rounds * count
        with process([sys.executable, "-m", "tanggap.cli", "worker"], environ) as worker:
            run.worker = family(worker.pid)
            run.drain(stored)
            start = 1_000 + rounds * count
            run.through("through", bodies(texts(count), start), count)
            batches = page_bodies(texts(count), start, each=BATCH)
            run.through("batches", batches, count, path="facebook")
            place.figures["web_mib"] = resident(web.pid)
            place.figures["worker_mib"] = resident(worker.pid)
    for name, value in stages(place, bodies(texts(count), start + count)).items():
        place.figures[f"step: {name}"] = value
    database.close()


def show(tested: list[Place], baseline: Baseline) -> None:
    """Print the figures with their ratios, then the processor time."""
    table = Table(title="The way of a post", title_justify="left")
    table.add_column("")
    table.add_column("bare Flask", justify="right")
    for place in tested:
        table.add_column(place.name, justify="right")

    def row(label: str, first: str, cell: Callable[[dict[str, float]], str]) -> None:
        table.add_row(label, first, *(cell(place.figures) for place in tested))

    rate, own = baseline.bare.rate, baseline.classifier
    row("accepted deliveries/s", f"{rate:.0f}", lambda f: f"{f['accepted']:.0f}")
    row("  share of bare", "1.00", lambda f: f"{f['accepted'] / rate:.2f}")
    row("  p99, ms", f"{baseline.bare.p99:.1f}", lambda f: f"{f['p99']:.1f}")
    row("classifier alone, posts/s", "", lambda _: f"{own:.0f}")
    for label, name in (
        ("backlog to routed, posts/s", "backlog"),
        ("delivery to routed, posts/s", "through"),
        (f"{BATCH} posts a delivery to routed, posts/s", "batches"),
    ):
        row(label, "", lambda f, name=name: f"{f[name]:.0f}")
        row("  share of classifier", "", lambda f, name=name: f"{f[name] / own:.2f}")
    row("web, MiB resident", "", lambda f: f"{f['web_mib']:.0f}")
    row("worker with model, MiB resident", "", lambda f: f"{f['worker_mib']:.0f}")
    table.add_section()
    show_costs(row, baseline)
    Console().print(table)


def show_costs(
    row: Callable[[str, str, Callable[[dict[str, float]], str]], None], baseline: Baseline
) -> None:
    """Add the rows of processor time."""
    row("core-milliseconds a post", "", lambda _: "")
    bare_cells = {"web": f"{baseline.bare_ms:.2f}", "client": f"{baseline.bare.client_ms:.2f}"}
    for label, name in (("accepting", "accept"), ("delivery to routed", "through")):
        for part in ("client", "web", "worker", "server"):
            first = bare_cells.get(part, "") if name == "accept" else ""
            key = f"{name}: {part}"
            row(f"  {label}: {part}", first, lambda f, key=key: f"{f[key]:.2f}")
    for step in ("store alone", "receive", "triage", "classify"):
        key = f"step: {step}"
        row(f"  step {step}", "", lambda f, key=key: f"{f[key]:.2f}")
    for step in ("store alone", "receive", "triage"):
        key = f"step: {step}, server"
        row(f"  step {step}, database server", "", lambda f, key=key: f"{f[key]:.2f}")


def main() -> None:
    """Run it all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=3_000, help="deliveries a round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of acceptance")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        tested = places(stack)
        found, bare_ms = bare(bodies(texts(arguments.count), 0), arguments.rounds)
        for place in tested:
            measure(place, arguments.count, arguments.rounds)
        own = statistics.median(classifier_rate(texts(arguments.count)) for _ in range(1))
        show(tested, Baseline(found, bare_ms, own))


if __name__ == "__main__":
    main()
