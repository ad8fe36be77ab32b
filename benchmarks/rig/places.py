"""Places to run a benchmark: an empty SQLite folder, an empty PostgreSQL database with Redis."""

from __future__ import annotations

import os
import tempfile
import uuid
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tanggap.settings import Settings


@dataclass
class Place:
    """Where to run: its name, its settings as environment and as such, and what was measured."""

    name: str
    environ: dict[str, str]
    settings: Settings
    figures: dict[str, float] = field(default_factory=dict)


def places(stack: ExitStack) -> list[Place]:
    """Make every place that this machine offers."""
    return [place for make in (sqlite, postgres) if (place := make(stack))]


def sqlite(stack: ExitStack) -> Place:
    """Make a data folder."""
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    return Place("SQLite", {"TANGGAP_DATA_DIR": folder}, Settings(data_dir=Path(folder)))


def postgres(stack: ExitStack) -> Place | None:
    """Make a database on the PostgreSQL server of the tests, where there is one."""
    server = os.environ.get("TANGGAP_TEST_POSTGRES_URL")
    queue = os.environ.get("TANGGAP_TEST_REDIS_URL")
    if not server or not queue:
        return None
    name = f"tanggap_bench_{uuid.uuid4().hex[:8]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))

    def drop() -> None:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()

    stack.callback(drop)
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    environ = {
        "TANGGAP_DATA_DIR": folder,
        "TANGGAP_DATABASE_URL": url,
        "TANGGAP_REDIS_URL": queue,
    }
    settings = Settings(data_dir=Path(folder), database_url=url, redis_url=queue)
    return Place("PostgreSQL + Redis", environ, settings)
