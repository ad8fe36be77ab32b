"""List the settings."""

from __future__ import annotations

from dataclasses import fields

import click
from rich.table import Table

from tanggap.cli.common import console
from tanggap.settings import (
    SECRET_SETTINGS,
    Settings,
    default_text,
    env_name,
    read_settings,
    value_text,
)


@click.command("settings")
@click.option("--markdown", is_flag=True, help="Write the table of the documentation instead.")
def settings_(markdown: bool) -> None:
    """List every setting with its value; secrets are masked."""
    if markdown:
        click.echo(markdown_table(), nl=False)
        return
    current = read_settings()
    table = Table("Variable", "Value", "Meaning")
    for setting in fields(Settings):
        value = value_text(getattr(current, setting.name))
        changed = value != default_text(setting)
        shown = "(set, not shown)" if setting.name in SECRET_SETTINGS and value else value
        style = "bold" if changed else ""
        table.add_row(env_name(setting), shown, setting.metadata["help"], style=style)
    console.print(table)


def markdown_table() -> str:
    """Write the settings as a Markdown table."""
    lines = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for setting in fields(Settings):
        default = f"`{text}`" if (text := default_text(setting)) else "–"
        lines.append(f"| `{env_name(setting)}` | {default} | {setting.metadata['help']} |")
    return "\n".join(lines) + "\n"


COMMANDS = {"settings": settings_}
