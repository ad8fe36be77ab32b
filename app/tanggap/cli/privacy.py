"""What people may ask of their data, from the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from tanggap.cli.common import console, opened_services, require_schema, say
from tanggap.errors import ConflictError, TanggapError
from tanggap.inbox.privacy import privacy_erase, privacy_export, retention_rules
from tanggap.inbox.privacy.retention_beside import BESIDE
from tanggap.inbox.privacy.retention_rules import Wanted, read_days
from tanggap.inbox.privacy_person import find_people
from tanggap.store import audit
from tanggap.store.privacy import DONE


@click.group()
def privacy() -> None:
    """Export or erase a person, and bound how long texts are kept."""


@privacy.command()
@click.argument("words")
def find(words: str) -> None:
    """Find people by name, handle, platform's id or number; lists their numbers."""
    table = Table("Number", "Name", "Handle", "Platform")
    with opened_services() as services:
        require_schema(services)
        with services.database.read() as session:
            found = find_people(session, words)
    for author in found:
        table.add_row(
            str(author.id), escape(author.name), escape(author.handle), escape(author.channel)
        )
    console.print(table if found else "Nobody is called so.")


@privacy.command()
@click.argument("number", type=int)
@click.option(
    "--output", type=click.Path(path_type=Path), help="File to write; personal-data-NUMBER.zip."
)
def export(number: int, output: Path | None) -> None:
    """Write what is held of the person with this NUMBER as a ZIP that only you can read."""
    path = output or Path(f"personal-data-{number}.zip")
    with opened_services() as services:
        require_schema(services)
        with services.database.read() as session:
            data, counts = privacy_export.archive(services, session, number)
        _write(path, data)
        with services.database.write() as session:
            audit.record(
                session,
                "privacy.exported",
                "author",
                number,
                detail={"counts": counts, "cli": True},
            )
    say(f"{path}: {sum(counts.values())} rows of {len(counts)} places. Delete it once it is given.")


@privacy.command()
@click.argument("number", type=int)
@click.option("--confirm", help="The person's handle, as shown; asked for when missing.")
@click.option("--reason", default="", help="Stands on the certificate; name nobody.")
@click.option("--output", type=click.Path(path_type=Path), help="Where to write the certificate.")
def erase(number: int, confirm: str | None, reason: str, output: Path | None) -> None:
    """Erase the person with this NUMBER everywhere; cannot be undone."""
    with opened_services() as services:
        require_schema(services)
        with services.database.read() as session:
            found = privacy_erase.preview(session, number)
        for place, rows in found.counts.items():
            say(f"{rows:>8}  {place}")
        if not found.counts:
            raise ConflictError("nothing is left of this person")
        typed = confirm or click.prompt(f"Type {found.phrase} to erase all of this")
        erasure = privacy_erase.request(services, number, typed=typed, user_id=None, reason=reason)
        privacy_erase.work_on(services, erasure)
        with services.database.read() as session:
            row = privacy_erase.erasure_by_id(session, erasure)
    if output is not None:
        _write(output, row.certificate.encode())
    say(f"Erasure {row.id}: {sum(row.counts.values())} rows. SHA-256 {row.digest}")
    if row.state != DONE:
        raise TanggapError(f"not complete, {row.left} is left: {row.error}")


@privacy.command()
@click.argument(
    "certificates", type=click.Path(exists=True, path_type=Path), nargs=-1, required=True
)
def again(certificates: tuple[Path, ...]) -> None:
    """Erase anew whom these CERTIFICATES name, after a backup was restored."""
    known = {one for path in certificates for one in _identities(path)}
    with opened_services() as services:
        require_schema(services)
        numbers = privacy_erase.ask_again(services, known)
        for number in numbers:
            privacy_erase.work_on(services, number)
    say(f"{len(numbers)} of {len(known)} were back and are erased.")


def _identities(path: Path) -> list[tuple[str, str]]:
    try:
        said = json.loads(path.read_text("utf-8"))
        return [(one["platform"], one["hash"]) for one in said["identities"]]
    except (ValueError, KeyError, TypeError) as error:
        raise TanggapError(f"{path} is no certificate of an erasure") from error


@privacy.command()
@click.option("--channel", help="Set the time for this platform.")
@click.option("--account", type=int, help="Set it for this account of the platform alone.")
@click.option("--text-days", default="", help="Days that texts and payloads are kept; empty: ever.")
@click.option("--profile-days", default="", help="Days that names and pictures are kept.")
@click.option("--beside-days", default="", help="Days that mails, forms, notes, calls are kept.")
@click.option("--dry-run", is_flag=True, help="Only count what would go.")
def retention(*, channel: str | None, account: int | None, dry_run: bool, **days: str) -> None:
    """Show how long texts are kept, or set it for a --channel."""
    with opened_services() as services:
        require_schema(services)
        if channel is not None:
            read = {name: read_days(typed) for name, typed in days.items()}
            wanted = Wanted(channel, account, **read)
            with services.database.read() as session:
                counts = retention_rules.preview(services, session, wanted)
            beside = sum(counts[name] for name in BESIDE)
            say(
                f"{counts['posts']} texts, {counts['authors']} profiles and {beside} things "
                "beside posts would go at once."
            )
            if not dry_run:
                retention_rules.save_rule(services, wanted, user_id=None)
        table = Table("Platform", "Account", "Texts, days", "Profiles, days", "Beside, days")
        with services.database.read() as session:
            for rule in retention_rules.list_rules(session):
                kept = (rule.text_days, rule.profile_days, rule.beside_days)
                shown = ("for ever" if one is None else str(one) for one in kept)
                table.add_row(rule.channel, str(rule.account_id or ""), *shown)
    console.print(table if table.row_count else "Everything is kept for ever.")


def _write(path: Path, data: bytes) -> None:
    """Write a new file that nobody else can read."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise TanggapError(f"{path} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


COMMANDS = {"privacy": privacy}
