"""Fixtures of the whole: a migrated database of each kind and services with null twins."""

from __future__ import annotations

import gc
import os
import sqlite3
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import hypothesis
import pytest
import structlog
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from fakes import FakePlatform
from savings import (
    CompiledStatements,
    KeptDefaults,
    KeptTemplates,
    share_addresses,
    share_certificates,
)
from tanggap.classifier import KeywordClassifier
from tanggap.inbox.operation.setup import ensure_defaults
from tanggap.inbox.people import people
from tanggap.inbox.services import Services, open_services
from tanggap.plugins.registry import Registry
from tanggap.settings import Settings
from tanggap.store import Base, db
from tanggap.store.db import Database
from tanggap.store.migrate import upgrade

POSTGRES_URL = os.environ.get("TANGGAP_TEST_POSTGRES_URL", "")
REDIS_URL = os.environ.get("TANGGAP_TEST_REDIS_URL", "")
# The number of the process among the workers of pytest-xdist; the first one and no worker are 0.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
REQUIRED = os.environ.get("TANGGAP_TEST_REQUIRE_SERVICES") == "1"
DELETES = "; ".join(str(table.delete()) for table in reversed(Base.metadata.sorted_tables))

# Nothing here is timed: a busy machine is slow to draw examples, too.
hypothesis.settings.register_profile(
    "shared machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("shared machine")

# Containers often forbid to keep compiled code; all processes of the tests would compile it anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow files, or one of several processes would be left with them in the end.

    A journey in a browser hangs on more than the product: a failed one is run once more, and the
    report names it. Nothing else is given a second try.
    """
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why a journey was run once more; the report by itself only names it."""
    for report in terminalreporter.stats.get("rerun", ()):
        terminalreporter.section(f"first try of {report.nodeid}")
        terminalreporter.line(report.longreprtext)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what was imported, a tenth of all the work otherwise."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    """Log errors as plain text; the library's default draws all local variables, for seconds."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ]
    )


def skip_or_fail(reason: str) -> None:
    """Skip a test whose service is missing, except where it has to be there."""
    if REQUIRED:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def compiled() -> Iterator[CompiledStatements]:
    """Compile statements once a run, not once a test."""
    statements = CompiledStatements()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tanggap.store.db.create_engine", statements.create_engine)
        yield statements


@pytest.fixture(scope="session", autouse=True)
def _fast() -> Iterator[None]:
    """Make once a run what each test would make anew; hash passwords at the least cost."""
    with pytest.MonkeyPatch.context() as patch:
        share_addresses(patch)
        share_certificates(patch)
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": KeptTemplates()})
        patch.setattr(people, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session", autouse=True)
def _without_waiting_for_disks() -> Iterator[None]:
    """Let SQLite not wait for the disk, whose files no test needs after a power cut."""
    tune = db._tune_sqlite

    def tune_further(connection: sqlite3.Connection, record: object) -> None:
        tune(connection, record)
        connection.execute("PRAGMA synchronous = OFF")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "_tune_sqlite", tune_further)
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, compiled: CompiledStatements) -> Path:
    """Migrate one SQLite file that every test copies."""
    path = tmp_path_factory.mktemp("template") / "tanggap.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    with database.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    compiled.learn(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def sqlite_begun(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep such a file with what a new installation begins with."""
    path = tmp_path_factory.mktemp("begun") / "tanggap.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    with database.write() as session:
        ensure_defaults(session)
    with database.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_defaults(postgres: Database) -> KeptDefaults:
    """Keep what a new installation begins with beside that database's tables."""
    empty(postgres)
    kept = KeptDefaults(postgres)
    empty(postgres)
    return kept


@pytest.fixture(scope="session")
def postgres_url(compiled: CompiledStatements) -> Iterator[str]:
    """Make a PostgreSQL database for this run and drop it in the end."""
    if not POSTGRES_URL:
        skip_or_fail("TANGGAP_TEST_POSTGRES_URL is not set, so PostgreSQL is not tested")
    name = f"tanggap_test_{uuid.uuid4().hex[:12]}"
    server = create_engine(POSTGRES_URL, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)
    database = Database(url)
    upgrade(database)
    compiled.learn(database)
    database.close()
    yield url
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(scope="session")
def postgres(postgres_url: str) -> Iterator[Database]:
    """Stay connected to that database, to empty it before each test."""
    opened = Database(postgres_url)
    yield opened
    opened.close()


@pytest.fixture
def redis_url() -> str:
    """Give an empty Redis database, another one to each of several workers."""
    if not REDIS_URL:
        skip_or_fail("TANGGAP_TEST_REDIS_URL is not set, so Redis is not tested")
    import redis

    parts = urlsplit(REDIS_URL)
    number = int(parts.path.strip("/") or 0) + WORKER
    url = parts._replace(path=f"/{number}").geturl()
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


def empty(database: Database) -> None:
    """Take all rows out of a PostgreSQL database, and let ids begin at one again.

    For tables that are nearly empty this is twenty times faster than TRUNCATE, which makes new
    files for every table and index.
    """
    with database.engine.begin() as connection:
        connection.execute(text(DELETES))
        connection.execute(
            text(
                "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, "
                "false) FROM pg_sequences WHERE last_value IS NOT NULL"
            )
        )


@pytest.fixture(params=["sqlite", "postgres"])
def settings(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path
) -> Iterator[Settings]:
    """Settings over a migrated, empty database of each kind."""
    base = Settings(data_dir=tmp_path / "var", login_rate="1000 per minute", undo_seconds=0)
    base = replace(base, public_rate="1000 per minute")
    base.data_dir.mkdir(mode=0o700)
    if request.param == "sqlite":
        (base.data_dir / "tanggap.db").write_bytes(sqlite_template.read_bytes())
        yield base
        return
    empty(request.getfixturevalue("postgres"))
    yield replace(base, database_url=request.getfixturevalue("postgres_url"))


@pytest.fixture
def platform() -> FakePlatform:
    """A platform in memory whose channel has every part."""
    return FakePlatform()


@pytest.fixture
def services(
    request: pytest.FixtureRequest, settings: Settings, platform: FakePlatform
) -> Iterator[Services]:
    """Services with the keyword classifier, the fake channel and the default rules."""
    if settings.database_url:
        kept: KeptDefaults = request.getfixturevalue("postgres_defaults")
        kept.put(request.getfixturevalue("postgres"))
    else:
        begun: Path = request.getfixturevalue("sqlite_begun")
        (settings.data_dir / "tanggap.db").write_bytes(begun.read_bytes())
    registry = Registry()
    registry.add("fake", "1.0", platform)
    opened = open_services(
        settings, classifier=KeywordClassifier(), registry=registry, http=platform.http
    )
    yield opened
    opened.close()


@pytest.fixture
def database(services: Services) -> Database:
    """The database of the services."""
    return services.database
