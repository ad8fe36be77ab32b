"""List what is loaded, and start a new plugin."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from tanggap.cli import scaffold
from tanggap.cli.common import console, opened_services, say, shipped


@click.group(invoke_without_command=True)
@click.pass_context
def plugins(ctx: click.Context) -> None:
    """List the plugins that are loaded and those that are not; exits with 1 for broken ones."""
    if ctx.invoked_subcommand is not None:
        return
    table = Table("Plugin", "Version", "Channel", "Can")
    with opened_services(log_level=logging.CRITICAL) as services:
        registry = services.registry
    for plugin in registry.plugins:
        own = [loaded for loaded in registry.channels.values() if loaded.plugin == plugin.name]
        for loaded in own:
            parts = ", ".join(sorted(loaded.channel.capabilities))
            table.add_row(plugin.name, plugin.version, loaded.channel.key, parts)
        actions = [key for key, one in registry.rule_actions.items() if one.plugin == plugin.name]
        if actions:
            table.add_row(plugin.name, plugin.version, "", f"rules may call {', '.join(actions)}")
        if not own and not actions:
            table.add_row(plugin.name, plugin.version, "", "observes")
    for name in registry.skipped:
        table.add_row(name, "", "", "[yellow]left out by safe mode[/]")
    for name, reason in registry.broken.items():
        table.add_row(name, "", "", f"[red]not loaded: {escape(reason)}[/]")
    console.print(table)
    ctx.exit(1 if registry.broken else 0)


@plugins.command("new")
@click.argument("name")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    help="Where to put it; tanggap-NAME in the current folder unless told otherwise.",
)
@click.option("--title", help="What people call the platform; NAME in capitals unless given.")
@click.option("--author", help="Whom the package and its licence name.")
@click.option("--license", "licence", type=click.Choice(scaffold.LICENCES), default="MIT")
def new(
    name: str, folder: Path | None, title: str | None, author: str | None, licence: str
) -> None:
    """Start a plugin for the platform NAME: a complete package whose tests pass.

    It speaks the invented platform of the guide, from which you change it step by step into yours.
    """
    plan = scaffold.Plan.of(
        name,
        title=title,
        author=author or "",
        licence=licence,
        year=datetime.now(UTC).year,
    )
    made = scaffold.write(plan, shipped("docs/examples/tanggap_echo", "example"), folder)
    say(f"{made} holds the plugin {plan.distribution}. Now")
    for line in (
        f"cd {made}",
        'pip install -e ".[simulator,test]"',
        "pytest",
        f"python -m {plan.package}.simulator",
    ):
        say(f"  {line}")
    say(f"{shipped('docs/writing-a-channel.md')} leads on from there.")


COMMANDS = {"plugins": plugins}
