"""Rules as files: out, in, and looked at before."""

from __future__ import annotations

from pathlib import Path

import click

from tanggap.cli.common import opened_services, require_schema, say
from tanggap.errors import TanggapError
from tanggap.inbox.rulebook.rule_review import review_rules
from tanggap.inbox.rulebook.rule_transfer import export_rules, import_rules
from tanggap.inbox.serving import labels_of
from tanggap.rules import InvalidRuleError, load_rules
from tanggap.rules.yaml_nodes import MAX_BYTES

_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


@click.group()
def rules() -> None:
    """Export, import and check the rules."""


@rules.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
def export(file: Path | None) -> None:
    """Write the rules in force, with their lists, to FILE or to the screen."""
    with opened_services() as services:
        require_schema(services)
        with services.database.read() as session:
            text = export_rules(session)
    if file is None:
        click.echo(text, nl=False)
        return
    file.write_text(text, "utf-8")
    say(f"The rules are in {file}.")


@rules.command("import")
@click.argument("file", type=_FILE)
@click.option("--replace", is_flag=True, help="Take rules out of force that FILE does not name.")
def import_(file: Path, replace: bool) -> None:
    """Take over the rules of FILE: all of them or, when one cannot be used, none."""
    text = _read(file)
    with opened_services() as services:
        require_schema(services)
        done = import_rules(services, text, replace_all=replace, user_id=None)
    say(
        f"{done.created} new, {done.changed} changed, {done.same} as they were, "
        f"{done.removed} taken out of force."
    )


@rules.command()
@click.argument("file", type=_FILE, required=False)
def check(file: Path | None) -> None:
    """Look for faults in FILE or, without one, in the rules in force; changes nothing."""
    with opened_services() as services:
        require_schema(services)
        wanted = load_rules(_read(file), labels_of(services.classifier).labels) if file else None
        with services.database.read() as session:
            remarks = review_rules(services, session, wanted)
    for remark in remarks:
        say(str(remark))
    errors = sum(remark.level == "error" for remark in remarks)
    if errors:
        raise TanggapError(f"{errors} of {len(remarks)} remarks are errors; mend them")
    say("Nothing is wrong." if not remarks else "The rules can be used.")


def _read(file: Path) -> str:
    with click.open_file(str(file), "rb") as stream:
        raw: bytes = stream.read(MAX_BYTES + 1)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(raw) > MAX_BYTES:
            return raw.decode("utf-8", "replace")
        raise InvalidRuleError("the file is not text", "Save it as UTF-8.") from error


COMMANDS = {"rules": rules}
