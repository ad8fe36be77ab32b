"""The database connection: one engine a process, short sessions, SQLite tuned to be shared."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from tanggap.errors import SettingsError
from tanggap.settings import Settings
from tanggap.store.base import from_json, to_json
from tanggap.store.data_folder import make_private_file
from tanggap.store.limited import LimitedEngines
from tanggap.store.sight import current

Result = TypeVar("Result")

_BUSY_MILLISECONDS = 15_000
_ASK_AGAIN = 0.002
_STATEMENT_CONNECTIONS = 2
_UNUSABLE = "TANGGAP_DATABASE_URL cannot be used"


class Database:
    """Opens sessions; `write()` commits on success, `read()` never does.

    What is given as `info` stands in the `info` of each session that sees everything.
    Sessions see what `tanggap.store.sight` lets those see that are opened now.
    """

    def __init__(
        self, url: str, *, pool_size: int = 10, info: Mapping[str, Any] | None = None
    ) -> None:
        self.engine = _engine(url, pool_size)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._sessions = sessionmaker(self.engine, expire_on_commit=False, info=dict(info or {}))
        self._limited = LimitedEngines(self.engine)
        self._statements = _statement_engine(url)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Run one transaction that may write; SQLite takes its write lock at the start.

        A deferred SQLite transaction that reads first and writes later fails at once when
        another writer came between, whatever the busy timeout. Threads do not queue for it here:
        handed from one to the next, it would never be free for other processes.
        """
        with self._open() as session, session.begin():
            if self.is_sqlite:
                _begin(session)
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Run queries only; whatever was changed is not stored, what was loaded stays usable."""
        with self._open() as session:
            yield session

    def _open(self) -> Session:
        sight = current()
        return self._limited.open(sight) if sight.limited else self._sessions()

    def at_once(self, work: Callable[[Connection], Result]) -> Result:
        """Run single statements, each a transaction of its own in one trip to the server.

        A connection that the server has closed shows only when it is used, so `work` is run
        again on a new one then: it must be repeatable.
        """
        try:
            with self._statements.connect() as connection:
                return _patiently(partial(work, connection))
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        with self._statements.connect() as connection:
            return _patiently(partial(work, connection))

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
        self._statements.dispose()


def open_database(settings: Settings, info: Mapping[str, Any] | None = None) -> Database:
    """Open the database of these settings; the embedded one's file is made when missing.

    Raises `SettingsError` for an address that is not one of a database, and for a file that cannot
    be made.
    """
    try:
        backend = make_url(settings.effective_database_url).get_backend_name()
    except ArgumentError as error:
        raise SettingsError(f"{_UNUSABLE}: it cannot be read as an address") from error
    if backend not in ("sqlite", "postgresql"):
        raise SettingsError(f"{_UNUSABLE}: there is no database called {backend!r}")
    if settings.embedded:
        path = make_url(settings.effective_database_url).database
        if path and not path.startswith((":memory:", "file:")):
            make_private_file(Path(path))
    try:
        return Database(
            settings.effective_database_url,
            pool_size=settings.web_threads + settings.job_workers,
            info=info,
        )
    except (NoSuchModuleError, ImportError) as error:
        raise SettingsError(f'{_UNUSABLE}: {error}; `pip install "tanggap[postgres]"`') from error


def _begin(session: Session) -> None:
    """Take SQLite's write lock for a session's transaction."""
    driver: Any = session.connection().connection.driver_connection
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        _patiently(partial(session.execute, text("BEGIN IMMEDIATE")))
    finally:
        driver.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")


def _patiently(step: Callable[[], Result]) -> Result:
    """Run what needs SQLite's write lock, again and again while another writer holds it.

    SQLite's own patience asks after 1, 2, 5 and in the end every 100 ms: among three writers one of
    them waited for 2 seconds now and then. Asked for every 2 ms, the lock goes round.
    """
    deadline = time.monotonic() + _BUSY_MILLISECONDS / 1000
    while True:
        try:
            return step()
        except OperationalError as error:
            if not _is_busy(error) or time.monotonic() > deadline:
                raise
        time.sleep(_ASK_AGAIN)


def _is_busy(error: OperationalError) -> bool:
    code: int = getattr(error.orig, "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_BUSY  # the higher bits say why


def _engine(url: str, pool_size: int) -> Engine:
    return _tuned(
        create_engine(
            url,
            pool_size=pool_size,
            max_overflow=4,
            pool_pre_ping=True,
            json_serializer=to_json,
            json_deserializer=from_json,
        )
    )


def _statement_engine(url: str) -> Engine:
    """Open connections that are handed out as they are: no ping, no BEGIN, nothing to undo."""
    engine = _tuned(
        create_engine(
            url,
            pool_size=_STATEMENT_CONNECTIONS,
            pool_reset_on_return=None,
            isolation_level="AUTOCOMMIT",
        )
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda it, _: it.execute("PRAGMA busy_timeout = 0"))
    return engine


def _tuned(engine: Engine) -> Engine:
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune_sqlite)
    return engine


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
