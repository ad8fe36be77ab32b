"""Which model labels the posts: list, activate, go back, try beside the active one, report."""

from __future__ import annotations

import getpass
import hashlib
import socket
from pathlib import Path

import click
from rich.table import Column, Table
from rich.text import Text

from tanggap.cli.common import console, opened_services, require_schema, say
from tanggap.inbox.learning import models as decisions
from tanggap.inbox.learning import shadow_report
from tanggap.inbox.learning.model_status import Listed, read_status
from tanggap.inbox.learning.models import By

_ROLES = {"active": "[green]active[/]", "candidate": "[yellow]shadow[/]", "other": ""}


@click.group("models")
def models() -> None:
    """Choose the model that labels the posts, with the way back."""


@models.command("list")
def list_() -> None:
    """List the bundles that are here, which one serves, and what stands against the others."""
    with opened_services() as services:
        require_schema(services)
        with services.database.read() as session:
            status = read_status(session, services.settings)
    # A version is typed after it was read here, so it is shown whole however narrow the screen.
    version, folder_name = Column("Version", no_wrap=True), Column("Folder", overflow="fold")
    table = Table(version, "", "Labels", "Macro-F1", folder_name, "What stands against it")
    for listed in status.bundles:
        table.add_row(*_row(listed))
    for folder, reason in status.broken.items():
        table.add_row(Text(folder), "[red]broken[/]", "", "", Text(folder), Text(reason))
    console.print(table)
    if status.problem:
        say(f"The active bundle is lost: {status.problem}")
    if status.back_to:
        say(f"`tanggap models rollback` leads back to {status.back_to}.")


@models.command()
@click.argument("wanted", metavar="VERSION|PATH")
@click.option("--force", is_flag=True, help="Activate it whatever its comparison says.")
@click.option("--reason", default="", help="Why; goes into the audit log. Needed with --force.")
def activate(*, wanted: str, force: bool, reason: str) -> None:
    """Let a bundle serve from the next batch of posts on; workers need no restart.

    It must have been compared with the active bundle on the frozen gate set, and not be worse.
    """
    if force and not reason.strip():
        raise click.UsageError("--force needs a --reason, which goes into the audit log")
    with opened_services() as services:
        require_schema(services)
        done = decisions.activate(services, wanted, _me(), force=force, reason=reason)
    say(f"{done.version} serves now; before it was {done.previous or 'a lost bundle'}.")
    if done.objection:
        say(f"Forced, although {done.objection}.")
    elif done.sentence:
        say(done.sentence)
    say("`tanggap models rollback` leads back.")


@models.command()
@click.option("--reason", default="", help="Why; goes into the audit log.")
def rollback(reason: str) -> None:
    """Let the bundle serve again that did before the last activation."""
    with opened_services() as services:
        require_schema(services)
        done = decisions.roll_back(services, _me(), reason=reason)
    say(f"{done.version} serves again; {done.previous} does not any more.")


@models.command()
@click.argument("wanted", metavar="VERSION|PATH|off")
def shadow(wanted: str) -> None:
    """Run a candidate beside the active bundle on new posts; `off` ends it.

    Nobody sees what it says but the report; posts are routed by the active bundle alone.
    """
    with opened_services() as services:
        require_schema(services)
        if wanted == "off":
            say(f"{decisions.stop_shadow(services, _me())} does not run any more.")
            return
        done = decisions.start_shadow(services, wanted, _me())
    say(
        f"{done.version} is held against every new post; `tanggap models report` tells how it does."
    )


@models.command()
@click.option("--version", help="A candidate of before; the present one if missing.")
@click.option("--examples", default=10, show_default=True, help="Posts to show.")
def report(version: str | None, examples: int) -> None:
    """Tell how a candidate does beside the active bundle."""
    with opened_services() as services:
        require_schema(services)
        with services.database.read() as session:
            found = shadow_report.read_report(session, version, examples=examples)
    say(f"{found.version}: {found.compared} posts compared.")
    if found.compared:
        low, high = found.interval
        say(f"It agrees on {found.agreed} ({found.rate:.1%}, between {low:.1%} and {high:.1%}).")
    if found.failed or found.dropped:
        say(f"{found.failed} posts failed, {found.dropped} were passed over while others waited.")
    if found.error:
        say(f"The last failure: {found.error}")
    if found.confusion:
        table = Table("The active one said", "The candidate said", "Posts")
        for cell in found.confusion:
            table.add_row(Text(cell.active), Text(cell.candidate), str(cell.posts))
        console.print(table)
    for example in found.examples:
        said = f"{example.active} → {example.candidate} ({example.confidence:.0%})"
        console.print(Text(f"[{said}] ", style="bold") + Text(example.text))


@models.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reason", default="", help="Why; goes into the audit log.")
def gate(file: Path, reason: str) -> None:
    """Freeze a gate set: from now on only comparisons made on this file count."""
    content = file.read_bytes()
    with opened_services() as services:
        require_schema(services)
        digest = hashlib.sha256(content).hexdigest()
        decisions.freeze_gate(services, _me(), file.name, digest, reason=reason)
    say(f"{file.name} ({digest[:12]}…) is the gate set now.")


def _row(listed: Listed) -> tuple[Text | str, ...]:
    manifest = listed.bundle.manifest
    figure = f"{listed.macro_f1:.3f}" if listed.macro_f1 is not None else ""
    labels = ", ".join(manifest.labels) if len(manifest.labels) <= 5 else str(len(manifest.labels))
    against = str(listed.objection or listed.comparison)
    folder = "(shipped)" if listed.shipped else listed.bundle.folder.name
    return (
        Text(manifest.version),
        _ROLES[listed.role],
        Text(labels),
        figure,
        Text(folder),
        Text(against),
    )


def _me() -> By:
    """Name whoever runs the command, as the machine knows them."""
    try:
        return By(f"{getpass.getuser()}@{socket.gethostname()}")
    except (KeyError, OSError):  # a container's user may have no name
        return By(socket.gethostname())


COMMANDS = {"models": models}
