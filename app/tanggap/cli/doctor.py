"""Look at the installation: what is loaded, what is wrong, how to mend it."""

from __future__ import annotations

import logging

import click
from rich.markup import escape

from tanggap.cli.common import console, opened_services, say
from tanggap.cli.first_run import invite_owner
from tanggap.inbox.operation.checkup import examine
from tanggap.jobs.queue import open_queue

_MARKS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "problem": "[red]✗[/]"}


@click.command()
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Say what is wrong with this installation and how to mend it.

    Exits with 1 when something does not work; warnings alone exit with 0.
    """
    problems = warnings = 0
    with opened_services(log_level=logging.CRITICAL) as services:

        def ask_queue() -> object:
            return open_queue(services.settings, services.keys).pending_count()

        for finding in examine(services, ask_queue):
            console.print(f"{_MARKS[finding.level]} [bold]{escape(finding.name)}[/]: ", end="")
            say(finding.detail)
            if finding.fix:
                say(f"  → {finding.fix}")
            problems += finding.level == "problem"
            warnings += finding.level == "warning"
        invite_owner(services)
    say(f"\n{problems} problem(s), {warnings} warning(s).")
    ctx.exit(1 if problems else 0)


COMMANDS = {"doctor": doctor}
