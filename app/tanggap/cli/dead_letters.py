"""Deliveries that were not understood."""

from __future__ import annotations

import click
from rich.markup import escape
from rich.table import Table

from tanggap.cli.common import console, opened_services, require_schema, say
from tanggap.inbox.arrival import dead_letters
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks


@click.group("dead-letters")
def dead_letters_() -> None:
    """List and replay deliveries that were not understood."""


@dead_letters_.command("list")
@click.option("--limit", default=dead_letters.PAGE, show_default=True)
def list_(limit: int) -> None:
    """List the newest."""
    table = Table("Number", "Channel", "Received", "Error", "Plugin", "Tries")
    with opened_services() as services:
        require_schema(services)
        with services.database.read() as session:
            page = dead_letters.list_dead(session, limit=limit)
            total = dead_letters.count_dead(session)
    for row in page.rows:
        table.add_row(
            str(row.id),
            row.channel,
            f"{row.received_at:%Y-%m-%d %H:%M:%S}",
            escape(row.error[:200]),
            row.plugin_version,
            str(row.attempts),
        )
    console.print(table if total else "There are none.")
    if page.before is not None:
        say(f"{total} in all; --limit shows more.")


@dead_letters_.command()
@click.argument("numbers", type=int, nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Replay all of them.")
def replay(numbers: tuple[int, ...], everything: bool) -> None:
    """Have the deliveries with these NUMBERS processed again by the worker."""
    if everything == bool(numbers):
        raise click.UsageError("name the deliveries by number, or say --all")
    with opened_services() as services:
        require_schema(services)
        with services.database.write() as session:
            if everything:
                count = dead_letters.replay_all(session, user_id=None)
            else:
                for number in numbers:
                    dead_letters.replay(session, number, user_id=None)
                count = len(numbers)
        Tasks(services, open_queue(services.settings, services.keys)).sweep()
    say(f"{count} put back; the worker processes them now.")


COMMANDS = {"dead-letters": dead_letters_}
