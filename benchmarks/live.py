"""Measure live updates: how soon a new post shows in every one of many open inboxes.

Run `python benchmarks/live.py`. It starts the web server as `tanggap serve` does, on an empty
SQLite folder and, where `TANGGAP_TEST_POSTGRES_URL` and `TANGGAP_TEST_REDIS_URL` are set, on an
empty PostgreSQL database, and opens 200 browsers' connections: each asks the change feed every
second as the page's script does, which brings the rows of what is new along, and for the counters
some seconds after. Posts are stored meanwhile, at a pace a busy desk has; the delay runs from a
post's commit to the answer that holds its row. The processor time is the server's; the browsers'
stands beside, since they share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta

from flask.sessions import SecureCookieSessionInterface
from rich.console import Console
from rig.places import Place, places
from rig.processes import backends, family, free_port, process, processor_ms, wait_for

from tanggap.app import create_app
from tanggap.inbox.operation.setup import ensure_defaults
from tanggap.inbox.people import sign_ins
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services, open_services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.sdk.types import IncomingPost
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.migrate import upgrade
from tanggap.store.users import AGENT, User
from tanggap.web.logs import configure_logging
from tanggap.web.session import SIGN_IN

EVERY = 1.0
SIDE_AFTER = 1.5
"""Counters follow the rows after this long, and twice as long at most."""

PEOPLE = 40
"""Some have several windows open."""


@dataclass(slots=True)
class Seen:
    """When which post was stored, by the id of its case, and how long browsers took to show it."""

    stored: dict[int, float] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    failed: int = 0


@dataclass(slots=True)
class Browser:
    """One open inbox: a connection, a session, and the cursor of its feed."""

    port: int
    cookie: str
    seen: Seen
    cursor: int = 0
    known: set[int] = field(default_factory=set)
    side_at: float | None = None

    async def run(self, until: float) -> None:
        """Ask again and again, from a random moment of the second on."""
        await asyncio.sleep(random.random() * EVERY)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while time.monotonic() < until:
            begun = time.monotonic()
            shown = f"shown={max((*self.known, self.cursor))}&known={len(self.known)}"
            path = f"/live?since={self.cursor}&{shown}&signs="
            feed = json.loads(await self._get(reader, writer, path))
            self.seen.answers.append(time.monotonic() - begun)
            new = {case for change, case in feed["changes"] if change not in self.known}
            self.cursor = feed["cursor"]
            self.known.update(change for change, _case in feed["changes"])
            self.known = {change for change in self.known if change > self.cursor}
            if new:
                await self._show(reader, writer, new, feed.get("rows"))
            if self.side_at is not None and time.monotonic() > self.side_at:
                self.side_at = None
                await self._get(reader, writer, "/inbox/rows?check=1&ids=")
            await asyncio.sleep(EVERY)
        writer.close()

    async def look(self) -> None:
        """Ask once."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        await self._get(reader, writer, "/live?since=0")
        writer.close()

    async def _show(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        new: set[int],
        rows: str | None,
    ) -> None:
        """Take the rows that came along, or ask for them."""
        if rows is None:
            ids = ",".join(map(str, new))
            rows = (await self._get(reader, writer, f"/inbox/rows?ids={ids}")).decode()
        elif self.side_at is None:
            self.side_at = time.monotonic() + SIDE_AFTER * (1 + random.random())
        now = time.monotonic()
        for case in new:
            if f'id="row-{case}"' not in rows:
                raise SystemExit(f"the row of {case} is missing")
            if case in self.seen.stored:
                self.seen.delays.append(now - self.seen.stored[case])

    async def _get(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str
    ) -> bytes:
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: tanggap={self.cookie}\r\n\r\n"
        writer.write(request.encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        body = await reader.readexactly(int(head.split("content-length:")[1].split()[0]))
        if " 200 " not in head.split("\r\n", 1)[0]:
            self.seen.failed += 1
            raise SystemExit(f"{path}: {head.splitlines()[0]}")
        return body


def prepare(place: Place) -> tuple[Services, int, list[str]]:
    """Make a database with an account and signed-in people; gives the cookies of their sessions."""
    services = open_services(place.settings)
    upgrade(services.database)
    app = create_app(tasks=Tasks(services, open_queue(place.settings, services.keys)))
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    cookies = []
    with services.database.write() as session:
        ensure_defaults(session)
        account = Account(channel="twitter", external_id="brand", name="Brand", handle="brand")
        session.add(account)
        for number in range(PEOPLE):
            user = User(
                email=f"p{number}@contoh.example",
                name=f"Orang {number}",
                initials=f"P{number}",
                password_hash="!",  # noqa: S106 - nobody can sign in with it
                role=AGENT,
            )
            session.add(user)
            session.flush()
            key = sign_ins.begin(session, user.id, device="", address="", lasts=timedelta(hours=1))
            cookies.append(signer.dumps({"_user_id": f"{user.id}.1", "_fresh": True, SIGN_IN: key}))
        return services, account.id, [str(cookie) for cookie in cookies]


def store(services: Services, account_id: int, number: int) -> tuple[int, float]:
    """Store one new post as a webhook would; gives its case and the moment."""
    with services.database.write() as session:
        account = session.get_one(Account, account_id)
        post = IncomingPost(
            account_id=account.external_id,
            external_id=f"post-{number}",
            author_id=f"author-{number}",
            author_name=f"Pelanggan {number}",
            text="internet saya mati min",
            kind="mention",
            visibility="public",
            posted_at=utcnow(),
            thread_id=f"thread-{number}",
        )
        ids = record_events(session, account, [post], source="webhook").new_ids
    return ids[0], time.monotonic()


async def measure(
    services: Services, account_id: int, browsers: list[Browser], args: argparse.Namespace
) -> None:
    """Let the browsers ask while posts come in."""
    until = time.monotonic() + args.seconds
    asking = [asyncio.create_task(one.run(until)) for one in browsers]
    await asyncio.sleep(3)
    number = 0
    while time.monotonic() < until - 4:
        number += 1
        # One case a post in an empty database: both count alike.
        case, at = await asyncio.to_thread(store, services, account_id, number)
        browsers[0].seen.stored[case] = at
        await asyncio.sleep(1 / args.posts)
    await asyncio.gather(*asking)


def quantile(values: list[float], share: float) -> float:
    """Give the value below which a share of them lies, in milliseconds."""
    return 1000 * sorted(values)[min(len(values) - 1, int(share * len(values)))]


def report(browsers: int, seen: Seen, elapsed: float, shares: Sequence[float]) -> None:
    """Print what was measured."""
    expected = browsers * len(seen.stored)
    delays, answers = seen.delays, seen.answers
    rate = len(answers) / elapsed * 1000
    server, database, own = shares
    parts = f"server {server:.0%} of a core, database server {database:.0%}, browsers {own:.0%}"
    for line in (
        f"{browsers} browsers, {len(seen.stored)} posts, shown {len(delays)} of {expected} times",
        f"new post in the list: {figures(delays)}",
        f"answer of the feed: {figures(answers)}, {rate:.0f} a second",
        f"processor: {parts}",
        f"server: {1000 * server / browsers:.2f} core-ms a browser and second",
    ):
        Console(width=100).print(line)


def figures(values: list[float]) -> str:
    """Write the middle, the slow end and the longest."""
    shares = zip(("p50", "p95", "longest"), (0.5, 0.95, 1), strict=True)
    return ", ".join(f"{name} {quantile(values, share):.0f} ms" for name, share in shares)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browsers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--posts", type=float, default=1, help="new posts a second")
    args = parser.parse_args()
    with ExitStack() as stack:
        for place in places(stack):
            run(place, args)


def used(server: list[int], services: Services) -> list[float]:
    """Read the processor time of the web server, the database server and the browsers, in ms."""
    parts = (server, backends(services.database), [os.getpid()])
    return [processor_ms(pids) for pids in parts]


def run(place: Place, args: argparse.Namespace) -> None:
    """Measure on one kind of store."""
    configure_logging(place.settings)
    services, account_id, cookies = prepare(place)
    port, seen = free_port(), Seen()
    environ = {
        **place.environ,
        "TANGGAP_BIND": f"127.0.0.1:{port}",
        "TANGGAP_LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py"]
    with process(command, environ) as server:
        wait_for(port)
        # The port is open before the application is loaded.
        for cookie in cookies:
            asyncio.run(Browser(port, cookie, Seen()).look())
        browsers = [
            Browser(port, cookies[number % len(cookies)], seen) for number in range(args.browsers)
        ]
        pids, begun = family(server.pid), time.monotonic()
        before = used(pids, services)
        asyncio.run(measure(services, account_id, browsers, args))
        elapsed = 1000 * (time.monotonic() - begun)
        shares = [
            (now - then) / elapsed for now, then in zip(used(pids, services), before, strict=True)
        ]
    services.close()
    Console(width=100).print(f"[bold]{place.name}[/bold]")
    report(args.browsers, seen, elapsed, shares)


if __name__ == "__main__":
    main()
