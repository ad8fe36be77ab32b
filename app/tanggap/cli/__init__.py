"""The command `tanggap`: a table of commands, each loaded only when it is called."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import NamedTuple

import click

import tanggap
from tanggap.errors import TanggapError


class Entry(NamedTuple):
    """Where a command is and what it does, so that help need not load it."""

    module: str
    help: str


COMMANDS = {
    "demo": Entry("demo", "Try everything with simulated platforms; needs nothing set up."),
    "serve": Entry("serve", "Run the web server."),
    "worker": Entry("serve", "Run the worker that receives, labels, routes and sends."),
    "db": Entry("db", "Bring the database to this release's schema, or back."),
    "user": Entry("user", "Add, list and change the people who sign in."),
    "import": Entry("imports", "Bring in posts from a CSV or JSON Lines file."),
    "models": Entry("models", "Choose the model that labels the posts, with the way back."),
    "rules": Entry("rules", "Export, import and check the rules that route posts."),
    "clocks": Entry("clocks", "Work out again when cases are due."),
    "doctor": Entry("doctor", "Say what is wrong with this installation and how to mend it."),
    "plugins": Entry("plugins", "List the plugins, or start a new one."),
    "settings": Entry("settings", "List every setting with its value."),
    "privacy": Entry("privacy", "Export or erase a person, and bound how long texts are kept."),
    "dead-letters": Entry("dead_letters", "List and replay deliveries that were not understood."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Name the commands in the order of a first day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load one command."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module = import_module(f"tanggap.cli.{entry.module}")
        command: click.Command = module.COMMANDS[cmd_name]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; errors we raise on purpose are a message, not a traceback."""
        try:
            return super().invoke(ctx)
        except TanggapError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(tanggap.__version__, prog_name="tanggap")
@click.option("--safe-mode", is_flag=True, help="Load first-party plugins alone.")
def main(safe_mode: bool) -> None:
    """Run a self-hosted inbox for public social posts.

    Settings come from TANGGAP_* environment variables; `tanggap settings` lists them.
    """
    if safe_mode:
        os.environ["TANGGAP_SAFE_MODE"] = "1"
    # Piped output may be in a locale that cannot write what customers write.
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
