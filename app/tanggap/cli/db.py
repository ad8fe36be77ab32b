"""The database's schema."""

from __future__ import annotations

import click

from tanggap.cli.common import opened_services, say
from tanggap.inbox.services import Services
from tanggap.inbox.setup import ensure_defaults
from tanggap.store import migrate


def upgrade_database(services: Services) -> None:
    """Migrate to this release's schema and fill in what a new installation begins with."""
    migrate.upgrade(services.database)
    with services.database.write() as session:
        ensure_defaults(session)


@click.group()
def db() -> None:
    """Bring the database to this release's schema, or back."""


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


def _name(services: Services) -> str:
    return services.database.engine.url.render_as_string(hide_password=True)


COMMANDS = {"db": db}
