"""Fixtures of the whole: a migrated database of each kind and services with null twins."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from fakes import FakePlatform
from tanggap.classifier import KeywordClassifier
from tanggap.inbox.services import Services, open_services
from tanggap.inbox.setup import ensure_defaults
from tanggap.plugins.registry import Registry
from tanggap.settings import Settings
from tanggap.store import Base
from tanggap.store.db import Database
from tanggap.store.migrate import upgrade

POSTGRES_URL = os.environ.get("TANGGAP_TEST_POSTGRES_URL", "")
REDIS_URL = os.environ.get("TANGGAP_TEST_REDIS_URL", "")
REQUIRED = os.environ.get("TANGGAP_TEST_REQUIRE_SERVICES") == "1"


def skip_or_fail(reason: str) -> None:
    """Skip a test whose service is missing, except where it has to be there."""
    if REQUIRED:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate one SQLite file that every test copies."""
    path = tmp_path_factory.mktemp("template") / "tanggap.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    with database.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
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
    database.close()
    yield url
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def redis_url() -> str:
    """Give an empty Redis database."""
    if not REDIS_URL:
        skip_or_fail("TANGGAP_TEST_REDIS_URL is not set, so Redis is not tested")
    import redis

    with redis.Redis.from_url(REDIS_URL) as client:
        client.flushdb()
    return REDIS_URL


def empty(database: Database) -> None:
    """Take all rows out of a PostgreSQL database, which is faster than making a new one."""
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with database.engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))


@pytest.fixture(params=["sqlite", "postgres"])
def settings(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path
) -> Iterator[Settings]:
    """Settings over a migrated, empty database of each kind."""
    base = Settings(data_dir=tmp_path / "var", login_rate="1000 per minute", undo_seconds=0)
    base.data_dir.mkdir()
    if request.param == "sqlite":
        (base.data_dir / "tanggap.db").write_bytes(sqlite_template.read_bytes())
        yield base
        return
    url = request.getfixturevalue("postgres_url")
    cleaner = Database(url)
    empty(cleaner)
    cleaner.close()
    yield replace(base, database_url=url)


@pytest.fixture
def platform() -> FakePlatform:
    """A platform in memory whose channel has every part."""
    return FakePlatform()


@pytest.fixture
def services(settings: Settings, platform: FakePlatform) -> Iterator[Services]:
    """Services with the keyword classifier, the fake channel and the default rules."""
    registry = Registry()
    registry.add("fake", "1.0", platform)
    opened = open_services(
        settings, classifier=KeywordClassifier(), registry=registry, http=platform.http
    )
    with opened.database.write() as session:
        ensure_defaults(session)
    yield opened
    opened.close()


@pytest.fixture
def database(services: Services) -> Database:
    """The database of the services."""
    return services.database
