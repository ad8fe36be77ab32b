"""The database's schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from tanggap.cli.common import console, opened_services, require_schema, say
from tanggap.errors import TanggapError
from tanggap.inbox.operation.setup import ensure_defaults
from tanggap.inbox.services import Services
from tanggap.store import migrate
from tanggap.store.copying import check_target, copy_rows, count_rows
from tanggap.store.db import Database


def upgrade_database(services: Services) -> None:
    """Migrate to this release's schema and fill in what a new installation begins with."""
    migrate.upgrade(services.database, fill=ensure_defaults)


@click.group()
def db() -> None:
    """Bring the database to this release's schema, or back, or to PostgreSQL."""


@db.command()
def upgrade() -> None:
    """Migrate to this release's schema; back the database up before."""
    with opened_services() as services:
        upgrade_database(services)
        say(f"{_name(services)} is up to date.")


@db.command()
@click.argument("revision")
@click.confirmation_option(
    prompt="Columns and tables that are newer are dropped with what is in them. Go on?"
)
def downgrade(revision: str) -> None:
    """Migrate back to REVISION, or to `base`, before an older release is installed."""
    with opened_services() as services:
        migrate.downgrade(services.database, revision)
        say(f"{_name(services)} is at {revision}.")


@db.command()
@click.pass_context
def current(ctx: click.Context) -> None:
    """Say whether the schema is this release's; the exit code says it too."""
    with opened_services() as services:
        if migrate.is_current(services.database):
            say(f"{_name(services)} is up to date.")
            return
        say(f"{_name(services)} is not up to date: run `tanggap db upgrade`.")
        ctx.exit(1)


@db.command()
@click.option(
    "--to",
    "url",
    required=True,
    metavar="URL",
    help="Empty PostgreSQL database, such as postgresql+psycopg://tanggap:PASSWORD@HOST/tanggap.",
)
def copy(url: str) -> None:
    """Copy this installation into an empty PostgreSQL database; stop server and worker before.

    All of it arrives or nothing, and this installation stays as it is. Encrypted columns are
    copied as they are: the copy wants the same encryption key.
    """
    with opened_services() as services:
        require_schema(services)
        with _opened(url) as target:
            check_target(target)
            migrate.upgrade(target)
            with _progress(count_rows(services.database)) as note:
                counts = copy_rows(services.database, target, note)
            name = target.engine.url.render_as_string(hide_password=True)
        filled = sum(1 for count in counts.values() if count)
        say(f"{sum(counts.values())} rows of {filled} tables are in {name}, counted there again.")
        say("Now set TANGGAP_DATABASE_URL to it and start the server and the worker.")


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    """Open a PostgreSQL database; raises `TanggapError` when it is none or cannot be reached.

    The address alone tells, because opening a SQLite database makes its file.
    """
    try:
        if make_url(url).get_backend_name() != "postgresql":
            raise TanggapError("the copy goes to PostgreSQL: give a postgresql+psycopg:// address")
        database = Database(url)
    except (SQLAlchemyError, ImportError) as error:
        raise TanggapError(f"--to is no address of a database: {error}") from error
    try:
        database.ping()
        yield database
    except OperationalError as error:
        raise TanggapError(f"the database cannot be reached: {error.orig}") from error
    finally:
        database.close()


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str, int], None]]:
    """Show how many of all rows are there, and which table is being copied."""
    with Progress(
        TextColumn("{task.fields[table]:<24}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    ) as progress:
        task = progress.add_task("", total=total, table="")
        yield lambda table, rows: progress.update(task, advance=rows, table=table)


def _name(services: Services) -> str:
    return services.database.engine.url.render_as_string(hide_password=True)


COMMANDS = {"db": db}
