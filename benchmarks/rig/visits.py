"""A person at the desk, in this process: pages asked for, and what each of them takes."""

from __future__ import annotations

import random
import re
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from types import TracebackType
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from rig.places import Place
from rig.processes import backends, processor_ms
from rig.seed import LABELS, Size
from tanggap.app import create_app
from tanggap.classifier import KeywordClassifier
from tanggap.inbox.people.people import create_user
from tanggap.inbox.services import open_services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks

PASSWORD = "benchmark password"  # noqa: S105
PANE = {"HX-Request": "true", "HX-Target": "conversation"}
MORE = {"HX-Request": "true", "HX-Target": "more"}
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_AFTER = re.compile(r'id="more" href="([^"]+)"')
_SEEN = re.compile(r'name="seen_post_id" value="(\d+)"')

Ask = Callable[[int], TestResponse]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a page takes, in milliseconds: by the clock, of this process, of the server."""

    p50: float
    p95: float
    core: float
    core95: float
    server: float
    queries: int


@dataclass(slots=True)
class Statements:
    """The statements of one engine: how many ran, and the slowest time of each."""

    count: int = 0
    slowest: dict[str, tuple[float, Any]] = field(default_factory=dict)
    _begun: float = 0.0

    def listen(self, engine: Any) -> None:
        """Begin to count."""
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)

    def _before(self, *_: Any) -> None:
        self.count += 1
        self._begun = time.perf_counter()

    def _after(self, _connection: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        took = time.perf_counter() - self._begun
        if took > self.slowest.get(sql, (0.0, None))[0]:
            self.slowest[sql] = (took, values)


class Desk:
    """The application on a seeded place, with an agent who is signed in."""

    def __init__(self, place: Place, size: Size) -> None:
        self.size = size
        self.services = open_services(place.settings, classifier=KeywordClassifier())
        # Jobs are put where no worker sees them.
        queue = open_queue(replace(place.settings, redis_url=""), self.services.keys)
        self.client = create_app(tasks=Tasks(self.services, queue)).test_client()
        self.statements = Statements()
        self.statements.listen(self.services.database.engine)
        self.seen: dict[int, int] = {}
        self._known: dict[str, str] = {}
        self.token = self._sign_in()

    def __enter__(self) -> Desk:
        """Use it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the services."""
        self.services.close()

    def _sign_in(self) -> str:
        with self.services.database.write() as session:
            create_user(session, email="me@x.example", name="Ayu Desk", password=PASSWORD)
        form = {"email": "me@x.example", "password": PASSWORD}
        self.client.post("/login", data=form | {"csrf_token": self._token("/login")})
        return self._token("/profile")

    def _token(self, path: str) -> str:
        found = _TOKEN.search(self.client.get(path).text)
        if found is None:
            raise SystemExit(f"{path} holds no form; is the agent signed in?")
        return found[1]

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> TestResponse:
        """Ask for a page."""
        return self.client.get(path, headers=headers)

    def post(self, path: str, **form: object) -> TestResponse:
        """Send a form as the script does."""
        return self.client.post(path, data={"csrf_token": self.token, **form}, headers=PANE)

    def visits(self) -> dict[str, Ask]:
        """Name what a person does; each gets the number of the round."""
        dice = random.Random(5)
        newest = self.size.conversations
        anyone = [dice.randrange(1, newest + 1) for _ in range(1_000)]
        recent = [newest - number for number in range(1_000)]
        middle = self._page_in_the_middle()
        rows = ",".join(map(str, recent[:8]))
        return {
            "list, whole page": lambda _: self.get("/inbox"),
            "list, next page": lambda _: self.get(self._after("/inbox"), MORE),
            "list, resolved, far down": lambda _: self.get(middle, MORE),
            "list, label": lambda n: self.get(f"/inbox?state=any&label={LABELS[n % 5]}", MORE),
            "list, team and language": lambda _: self.get("/inbox?team=1&language=en", MORE),
            "search, common word": lambda _: self.get("/inbox?state=any&q=min", MORE),
            "search, number": lambda n: self.get(f"/inbox?state=any&q={n}7{n}3", MORE),
            "search, name": lambda _: self.get("/inbox?state=any&q=rita+budiman", MORE),
            "search, open and rare": lambda n: self.get(f"/inbox?q=paket+{n}7", MORE),
            "counters and rows": lambda _: self.get(f"/inbox/rows?ids={rows}"),
            "open, pane": lambda n: self.get(f"/inbox/{anyone[n]}", PANE),
            "open, whole page": lambda n: self.get(f"/inbox/{recent[n]}"),
            "claim": lambda n: self.post(f"/inbox/{recent[n]}/claim"),
            "send": lambda n: self._send(recent[n]),
        }

    def _send(self, conversation_id: int) -> TestResponse:
        seen = self.seen[conversation_id]
        return self.post(
            f"/inbox/{conversation_id}/reply", text="Baik Kak, kami cek dulu ya.", seen_post_id=seen
        )

    def prepare(self, rounds: int) -> None:
        """Look at what is going to be answered, as its agent has."""
        for number in range(rounds + 1):
            id_ = self.size.conversations - number
            found = _SEEN.search(self.get(f"/inbox/{id_}", PANE).text)
            self.seen[id_] = int(found[1]) if found else 0

    def _after(self, path: str) -> str:
        if path not in self._known:
            found = _AFTER.search(self.get(path).text)
            self._known[path] = found[1].replace("&amp;", "&") if found else path
        return self._known[path]

    def _page_in_the_middle(self) -> str:
        path = "/inbox?state=resolved"
        for _ in range(25):
            path = self._after(path)
        return path

    def show_slowest(self, most: int = 6) -> None:
        """Print the plans of the statements that took longest."""
        slowest = sorted(self.statements.slowest.items(), key=lambda item: -item[1][0])
        database = self.services.database
        prefix = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN (ANALYZE, BUFFERS) "
        for sql, (seconds, values) in list(slowest):
            if not sql.lstrip().upper().startswith(("SELECT", "WITH")):
                continue
            print(f"\n{seconds * 1000:.1f} ms: {' '.join(sql.split())[:1500]}")
            with database.read() as session:
                rows = session.connection().exec_driver_sql(prefix + sql, values).all()
            print("\n".join(f"    {row[-1]}" for row in rows))
            most -= 1
            if not most:
                return


def bare_client(app: Flask) -> FlaskClient:
    """Give a client of an application with one page that says nothing."""
    app.add_url_rule("/", "page", lambda: "<!doctype html><title>Bare</title>")
    return app.test_client()


def measure(desk: Desk, bare: FlaskClient, rounds: int) -> dict[str, Measured]:
    """Ask for every page in turn with the bare one."""
    desk.prepare(rounds)
    plain = [_timed(lambda: bare.get("/")) for _ in range(rounds)]
    found: dict[str, Measured] = {}
    for name, ask in desk.visits().items():
        ask(0)
        times, database = [], desk.services.database
        server, before = processor_ms(backends(database)), desk.statements.count
        for number in range(1, rounds + 1):
            times.append(_timed(partial(ask, number)))
            plain.append(_timed(lambda: bare.get("/")))
        used = (processor_ms(backends(database)) - server) / rounds
        # Asking for the server's processes is a statement too.
        queries = (desk.statements.count - before - (not database.is_sqlite)) / rounds
        found[name] = _figures(times, used, round(queries))
    return {"bare Flask page": _figures(plain, 0.0, 0)} | found


def _timed(ask: Callable[[], TestResponse]) -> tuple[float, float]:
    begun, used = time.perf_counter(), time.process_time()
    answer = ask()
    took = (time.perf_counter() - begun) * 1000, (time.process_time() - used) * 1000
    if answer.status_code >= 400:
        raise SystemExit(f"answered {answer.status}: {answer.text[:300]}")
    return took


def _figures(times: list[tuple[float, float]], server: float, queries: int) -> Measured:
    clock, core = [one for one, _ in times], [one for _, one in times]
    return Measured(
        statistics.median(clock), _p95(clock), statistics.median(core), _p95(core), server, queries
    )


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
