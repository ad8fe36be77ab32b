"""The database connection: one engine a process, short sessions, SQLite tuned to be shared."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from tanggap.settings import Settings

_BUSY_MILLISECONDS = 15_000


class Database:
    """Opens sessions; `write()` commits on success, `read()` never does."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.engine = _engine(url, pool_size)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        # SQLite's driver commits by itself already; see `_tune_sqlite`.
        self._autocommit = (
            self.engine
            if self.is_sqlite
            else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        )

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Run one transaction that may write; SQLite takes its write lock at the start.

        A deferred SQLite transaction that reads first and writes later fails at once when
        another writer came between, whatever the busy timeout.
        """
        with self._sessions() as session, session.begin():
            if self.is_sqlite:
                session.execute(text("BEGIN IMMEDIATE"))
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Run queries only; whatever was changed is not stored, what was loaded stays usable."""
        with self._sessions() as session:
            yield session

    @contextmanager
    def statement(self) -> Iterator[Connection]:
        """Run single statements, each a transaction of its own in one trip to the server."""
        with self._autocommit.connect() as connection:
            yield connection

    def truncate_log(self) -> None:
        """Empty SQLite's write-ahead log as far as nobody reads it; texts may stand in it."""
        if self.is_sqlite:
            with self.engine.connect() as connection:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    def ping(self) -> None:
        """Raise whatever the driver raises when the database does not answer."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def open_database(settings: Settings) -> Database:
    """Open the database of these settings; the embedded one's folder is made when missing."""
    if settings.embedded:
        path = make_url(settings.effective_database_url).database
        if path and path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
    return Database(
        settings.effective_database_url, pool_size=settings.web_threads + settings.job_workers
    )


def _engine(url: str, pool_size: int) -> Engine:
    engine = create_engine(
        url, pool_size=pool_size, max_overflow=4, pool_pre_ping=True, json_serializer=_to_json
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune_sqlite)
    return engine


def _to_json(value: Any) -> str:
    return json.dumps(value, default=datetime.isoformat)


def _tune_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver must not begin transactions by itself: `Database.write` says how.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA temp_store = MEMORY")
    # What is removed because a platform's terms ask for it must not stay readable in the file.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()
