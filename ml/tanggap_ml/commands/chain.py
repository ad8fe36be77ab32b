"""Do a whole chain of declared steps."""

# ruff: noqa: PLC0415  # only what a command needs is imported

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console

from tanggap_ml.commands.options import FILE


@click.command("run")
@click.argument("steps", type=FILE)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Choose a variable.")
@click.option("--from", "start", metavar="STEP", help="Do this step and those after it anew.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
def run_command(steps: Path, settings: Sequence[str], start: str | None, dry_run: bool) -> None:
    """Do the steps of a file; those that are unchanged are skipped, interrupted ones go on."""
    from tanggap_ml.chain import read_chain
    from tanggap_ml.steps import Runner

    chosen = dict(_pair(setting) for setting in settings)
    chain = read_chain(steps, chosen)
    place = chain.place_of(start) if start else None
    if dry_run:
        for step, plan in Runner(chain).plan(place):
            click.echo(f"{plan:13} {step.name}: tanggap-ml {' '.join(step.command)}")
        return
    total = len(chain.steps)
    console = Console(stderr=True)
    with console.status("reading what was done before ...") as status:
        runner = Runner(chain, watch=lambda line: status.update(line[-100:] or "..."))
        for number, (step, plan, seconds) in enumerate(runner.run(place), start=1):
            took = timedelta(seconds=round(seconds))
            what = "unchanged, skipped" if plan == "unchanged" else f"done in {took}"
            console.print(f"[{number}/{total}] {step.name}: {what}", markup=False)


def _pair(setting: str) -> tuple[str, str]:
    name, equals, value = setting.partition("=")
    if not equals or not name:
        raise click.UsageError(f"--set {setting}: give NAME=VALUE.")
    return name, value


COMMANDS = (run_command,)
