"""Bring a database to the schema of this release, and tell how far it is from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

import tanggap
from tanggap.errors import TanggapError
from tanggap.store.base import Base
from tanggap.store.db import Database

# Made by hand in migrations, since models cannot express them: full-text search.
_SEARCH_OBJECTS = ("posts_fts", "posts_searchable", "post_search", "ix_post_search_words")

# Any number; it only has to be the same in every process that migrates.
_ADVISORY_LOCK = 7_264_001


def migrations_dir() -> Path:
    """Find the migrations: the repository's folder, else the copy inside the wheel."""
    package = Path(tanggap.__file__).parent
    repository = package.parent.parent / "migrations"
    return repository if (repository / "env.py").exists() else package / "_migrations"


def upgrade(
    database: Database, revision: str = "head", *, fill: Callable[[Session], None] | None = None
) -> None:
    """Migrate up; safe to call from several processes at once.

    What `fill` writes is stored together with the schema or not at all. Raises `TanggapError` for
    a database whose schema this release does not know.
    """
    with database.engine.connect() as connection:
        _lock(connection)
        with _known_revisions():
            command.upgrade(_config(connection), revision)
        if fill is not None:
            with Session(connection) as session:
                fill(session)
                session.flush()
        connection.commit()


def downgrade(database: Database, revision: str) -> None:
    """Migrate down to a revision, or to `base`; raises `TanggapError` when there is none such."""
    with database.engine.connect() as connection:
        _lock(connection)
        with _known_revisions():
            command.downgrade(_config(connection), revision)
        connection.commit()


def is_current(database: Database) -> bool:
    """Tell whether the database has the newest schema."""
    head = ScriptDirectory(str(migrations_dir())).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


def differences(database: Database) -> list[Any]:
    """List what the models say and the database has not, or the other way round."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": include_object, "compare_type": True}
        )
        return list(compare_metadata(context, Base.metadata))


def include_object(_object: Any, name: str | None, *_rest: Any) -> bool:
    """Leave the search index out of comparisons."""
    return not (name or "").startswith(_SEARCH_OBJECTS)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _known_revisions() -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        known = [
            script.revision for script in ScriptDirectory(str(migrations_dir())).walk_revisions()
        ]
        raise TanggapError(
            f"the database stays as it is: {error}; this release knows the schemas "
            f"{', '.join(known)} and base"
        ) from error


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
    else:
        connection.execute(text("BEGIN IMMEDIATE"))
