"""Bring in posts from a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from tanggap.cli.common import console, errors, opened_services, require_schema, say
from tanggap.inbox.arrival.import_columns import ALIASES, Mapper, map_columns
from tanggap.inbox.arrival.import_file import BadRow, ImportFile
from tanggap.inbox.arrival.importing import (
    IMPORT_CHANNEL,
    ImportReport,
    count_waiting,
    import_posts,
    open_account,
)
from tanggap.inbox.services import Services
from tanggap.inbox.triage.triage import triage_pending
from tanggap.store.accounts import Account

SHOWN = 20
_TRIAGE_BATCH = 256


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--channel", default=IMPORT_CHANNEL, show_default=True, help="Channel to file under.")
@click.option("--account", default="", help="Account's name, handle or id; else the file's name.")
@click.option(
    "--map",
    "mapped",
    metavar="FIELD=COLUMN",
    multiple=True,
    help=f"Which column is what; fields are {', '.join(ALIASES)}.",
)
@click.option("--own", multiple=True, metavar="HANDLE", help="A handle of yours: its posts answer.")
@click.option("--timezone", default="UTC", show_default=True, help="Of times that do not say.")
@click.option("--encoding", default="utf-8-sig", help="Of the file, when it is not UTF-8.")
@click.option("--rejected", type=click.Path(path_type=Path), help="File for the bad rows.")
@click.option("--no-triage", is_flag=True, help="Leave labelling and routing to the worker.")
@click.pass_context
def import_(
    ctx: click.Context,
    *,
    file: Path,
    channel: str,
    account: str,
    mapped: Sequence[str],
    own: Sequence[str],
    timezone: str,
    encoding: str,
    rejected: Path | None,
    no_triage: bool,
) -> None:
    """Bring in the posts of FILE: CSV or JSON Lines, also gzipped.

    Importing the same file again adds nothing, so an import that was interrupted is simply
    started again. Rows that cannot be used are listed and skipped. Exits with 1 when not a
    single row could be used.
    """
    zone = _zone(timezone)
    if rejected is not None:
        _try_rejected(rejected, file)
    with opened_services() as services:
        require_schema(services)
        with ImportFile(file, encoding=encoding) as source:
            columns = map_columns(source.columns, dict(_pairs(mapped)))
            target = open_account(services, channel, account or file.name.split(".")[0])
            console.print(
                f"Importing into “{target.name}”; columns: {_said(columns)}", markup=False
            )
            mapper = Mapper(
                target.external_id, columns, zone, frozenset(h.lower().lstrip("@") for h in own)
            )
            report = _run(services, target, source, mapper)
        _tell(report, rejected)
        if not no_triage:
            _triage(services)
    ctx.exit(1 if report.bad and not report.new + report.known else 0)


def _run(services: Services, account: Account, source: ImportFile, mapper: Mapper) -> ImportReport:
    with _progress("Reading", source.size) as advance:

        def show(report: ImportReport) -> None:
            advance(
                source.position, f"{report.new} new, {report.known} known, {len(report.bad)} bad"
            )

        return import_posts(services, account.id, source, mapper, show)


def _triage(services: Services) -> None:
    """Label and route here and now what waits, whoever brought it in."""
    with services.database.read() as session:
        waiting = count_waiting(session)
    done = 0
    with _progress("Labelling", waiting) as advance:
        for count in _waves(services):
            done += count
            advance(done, f"{done} posts")
    if waiting:
        say(f"{done} posts labelled and routed.")


def _waves(services: Services) -> Iterator[int]:
    """Triage a batch on every core at a time, until none is left; yields the posts of each wave."""
    width = services.settings.effective_triage_workers
    with ThreadPoolExecutor(width) as pool:
        while count := sum(pool.map(triage_pending, [services] * width, [_TRIAGE_BATCH] * width)):
            yield count


class _Advance:
    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=total, said="")

    def __call__(self, completed: int, said: str) -> None:
        self._progress.update(self._task, completed=completed, said=said)


@contextmanager
def _progress(what: str, total: int) -> Iterator[_Advance]:
    with Progress(
        TextColumn(what),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[said]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    ) as progress:
        yield _Advance(progress, total)


def _tell(report: ImportReport, rejected: Path | None) -> None:
    say(
        f"{report.new} posts are new, {report.known} were there already, "
        f"{len(report.bad)} rows were skipped."
    )
    if report.renamed:
        say(
            f"{report.renamed} posts bear an id that another post has; they were kept under an id "
            "of their own."
        )
    written = rejected is not None and _write_rejected(rejected, report.bad)
    shown = report.bad if rejected is not None and not written else report.bad[:SHOWN]
    for bad in shown:
        errors.print(f"line {bad.line}: {bad.reason}", markup=False, soft_wrap=True)
    more = len(report.bad) - len(shown)
    if more > 0 and rejected is None:
        errors.print(f"... and {more} more; --rejected FILE writes them all")


def _try_rejected(path: Path, source: Path) -> None:
    """Make the file for the bad rows, since nothing is imported when it cannot be written."""
    try:
        with path.open("a"):
            pass
        same = path.samefile(source)
    except OSError as error:
        raise click.BadParameter(
            f"{path} cannot be written: {error.strerror}", param_hint="--rejected"
        ) from error
    if same:
        raise click.BadParameter("is the file that is imported", param_hint="--rejected")


def _write_rejected(path: Path, bad: Sequence[BadRow]) -> bool:
    """Write the bad rows down; tells whether it could, since the disk may be full by now."""
    lines = [f"{row.line}\t{row.reason}\n" for row in bad]
    try:
        path.write_text("line\treason\n" + "".join(lines), "utf-8", "replace")
    except OSError as error:
        said = f"{path} cannot be written: {error.strerror}; these rows were skipped:"
        written = False
    else:
        said = f"All {len(bad)} skipped rows are in {path}."
        written = True
    errors.print(said, markup=False, soft_wrap=True)
    return written


def _pairs(mapped: Sequence[str]) -> Iterator[tuple[str, str]]:
    for pair in mapped:
        target, equals, column = pair.partition("=")
        if not equals or not column:
            raise click.BadParameter(f"{pair!r} is not FIELD=COLUMN", param_hint="--map")
        yield target, column


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise click.BadParameter(
            f"{name!r} is not a time zone; try Asia/Jakarta", param_hint="--timezone"
        ) from error


def _said(columns: dict[str, str]) -> str:
    return ", ".join(f"{target}={column}" for target, column in columns.items())


COMMANDS = {"import": import_}
