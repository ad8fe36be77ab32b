"""Tell the clocks of cases again."""

from __future__ import annotations

import click

from tanggap.cli.common import opened_services, require_schema, say
from tanggap.inbox.operation import clock_sweep


@click.group("clocks")
def clocks_() -> None:
    """Work out again when cases are due."""


@clocks_.command()
@click.option(
    "--measured", is_flag=True, help="Hold clocks that are over to the present targets too."
)
def recompute(measured: bool) -> None:
    """Tell every case's clocks again from what happened.

    The worker does so by itself for running clocks when open hours or targets change.
    """
    with opened_services() as services:
        require_schema(services)
        count = clock_sweep.tell_all_again(services, measured=measured)
    say(f"The clocks of {count} cases were told again.")


COMMANDS = {"clocks": clocks_}
