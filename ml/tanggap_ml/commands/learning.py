"""The learning loop: what people said, what to ask them next, and a better model from it."""

# ruff: noqa: PLC0415  # torch and onnxruntime take seconds to import

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tanggap_ml.commands.options import FILE, FOLDER, PART, SEED, SHARE, Number
from tanggap_ml.errors import DataError

if TYPE_CHECKING:
    from tanggap.inbox.learning.corrections_export import Export

WORSE = 3
"""Exit code of `gate` and `retrain` for a candidate that is worse, as of `compare`."""

_PER_DAY = "Posts of one person a day."
_MAX_SHARE = "Share of all posts from one person."
_ALWAYS = "Posts taken from everybody."
_DAYS = "Age of the inbox's posts at most."
_LIMIT = "Posts that are looked at."
_BY_LOT = "Share that is drawn by lot."
_REPLAY = "Posts of before, at most."


@click.command("export-corrections")
@click.option("--out", required=True, type=FOLDER, help="Folder for train, gate and report.")
@click.option("--gate", type=FILE, help="Gate set of an earlier export, to be kept.")
@click.option(
    "--gate-share",
    default=0.2,
    show_default=True,
    type=Number(0, 0.9),
    help="Share of the posts that becomes the gate set, the newest.",
)
@click.option("--per-day", default=300, show_default=True, type=click.IntRange(1), help=_PER_DAY)
@click.option("--max-share", default=0.5, show_default=True, type=SHARE, help=_MAX_SHARE)
@click.option("--always", default=200, show_default=True, type=click.IntRange(0), help=_ALWAYS)
def export_command(
    *,
    out: Path,
    gate: Path | None,
    gate_share: float,
    per_day: int,
    max_share: float,
    always: int,
) -> None:
    """Write what people said in the inbox, masked, split by time with authors on one side.

    The database is that of TANGGAP_DATABASE_URL or TANGGAP_DATA_DIR, as for the server. One
    person's flood is capped and flagged; pseudonyms stay the same while the server's key does.
    """
    from tanggap.inbox.learning.corrections_export import Limits
    from tanggap_ml.inbox import export_corrections

    limits = Limits(per_day=per_day, share=max_share, always=always)
    done = export_corrections(out, limits, gate_share=gate_share, gate=gate)
    _print_export(done.export)
    click.echo(f"{len(done.export.train)} posts to train on: {done.train}")
    kept = "kept" if gate else f"{len(done.export.gate)} posts"
    click.echo(f"Gate set, {kept}: {done.gate}")


@click.command("suggest")
@click.option("--bundle", required=True, type=FOLDER, help="Bundle whose doubts count.")
@click.option("--count", default=200, show_default=True, type=click.IntRange(1), help="Posts.")
@click.option("--data", type=FILE, help="Unlabelled posts, .jsonl; without it the inbox's own.")
@click.option("--out", type=FILE, help="Write the suggestions here instead of to the inbox.")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 36_500), help=_DAYS)
@click.option("--limit", default=20_000, show_default=True, type=click.IntRange(1), help=_LIMIT)
@click.option("--random-share", default=0.1, show_default=True, type=SHARE, help=_BY_LOT)
def suggest_command(
    *,
    bundle: Path,
    count: int,
    data: Path | None,
    out: Path | None,
    days: int,
    limit: int,
    random_share: float,
) -> None:
    """Choose the posts to label next: unsure ones that differ from each other, some by lot.

    Those of the inbox go on its page "Label posts", where people answer with one key a post.
    """
    from tanggap.classifier import read_manifest
    from tanggap_ml.inbox import ask_people, read_unlabelled, write_suggestions
    from tanggap_ml.suggest import Candidate, suggest

    if data is not None and out is None:
        raise click.UsageError("--data needs --out: posts of a file are not in the inbox")
    if data is None:
        candidates = read_unlabelled(days, limit)
    else:
        from tanggap_ml.posts import read_posts

        found = read_posts(data)[:limit]
        candidates = [Candidate(str(n), p.text, p.language) for n, p in enumerate(found, 1)]
    suggested = suggest(bundle, candidates, count, random_share=random_share)
    if not suggested:
        raise DataError("There is no post to suggest: all that were found are labelled or empty.")
    if out is None:
        asked = ask_people(suggested, read_manifest(bundle).version)
        click.echo(f"{asked} posts wait on the page “Label posts” of the inbox.")
    else:
        write_suggestions(out, suggested)
        click.echo(f"Wrote {len(suggested)} of {len(candidates)} posts to {out}.")


@click.command("retrain")
@click.option("--bundle", required=True, type=FOLDER, help="The active bundle, to go on from.")
@click.option("--corrections", required=True, type=FILE, help="train.jsonl of the export.")
@click.option("--gate", required=True, type=FILE, help="The frozen gate set; only measured.")
@click.option("--work", required=True, type=FOLDER, help="Folder for weights and figures.")
@click.option("--out", required=True, type=FOLDER, help="Folder for the candidate bundle.")
@click.option("--run", type=FOLDER, help="Run the bundle was exported from; else read back.")
@click.option("--data", type=FILE, help="Labelled posts of before, so that none is forgotten.")
@click.option("--pool", type=FILE, help="Without --data: unlabelled posts, labelled by the bundle.")
@click.option("--replay", default=4_000, show_default=True, type=click.IntRange(0), help=_REPLAY)
@click.option("--epochs", default=3, show_default=True, type=click.IntRange(1))
@click.option("--learning-rate", default=3e-5, show_default=True, type=PART)
@click.option("--seed", default=20, show_default=True, type=SEED)
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1))
def retrain_command(
    *,
    bundle: Path,
    corrections: Path,
    gate: Path,
    work: Path,
    out: Path,
    run: Path | None,
    data: Path | None,
    pool: Path | None,
    replay: int,
    **settings: float,
) -> None:
    """Make a candidate from the active bundle and corrections, and compare the two.

    The same command goes on after an interruption. Ends with 3 when the candidate is worse.
    """
    from tanggap_ml.retrain import Sources, retrain

    if data is None and pool is None:
        click.echo(
            "Neither --data nor --pool: the candidate learns from the corrections alone and may "
            "forget what they do not show.",
            err=True,
        )
    sources = Sources(
        bundle=bundle,
        corrections=corrections,
        gate=gate,
        run=run,
        data=data,
        pool=pool,
        replay=replay,
    )
    gathered, comparison = retrain(sources, work, out, **settings)
    click.echo(
        f"Learnt from {gathered.corrections} corrections and {gathered.replay} posts of before; "
        f"{gathered.like_the_gate} resembled the gate set and were left out."
    )
    _end_with(comparison.sentence, comparison.verdict, out)


@click.command("gate")
@click.argument("active", type=FOLDER)
@click.argument("candidate", type=FOLDER)
@click.option("--data", required=True, type=FILE, help="The frozen gate set.")
def gate_command(active: Path, candidate: Path, data: Path) -> None:
    """Compare a candidate with the active bundle and write what `tanggap models` asks for.

    Ends with 3 when the candidate is worse.
    """
    from tanggap_ml.gate import pass_gate

    comparison = pass_gate(active, candidate, data)
    _end_with(comparison.sentence, comparison.verdict, candidate)


@click.command("name-labels")
@click.argument("bundle", type=FOLDER)
@click.option("--names", required=True, type=FILE, help='{"refund": {"id": "...", "en": "..."}}')
def name_labels_command(bundle: Path, names: Path) -> None:
    """Say what people call the labels of a bundle, in Indonesian and English.

    Do it before the bundle is compared: it changes the bundle's description and its version.
    """
    from tanggap_ml.naming import name_labels

    try:
        wanted = json.loads(names.read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise DataError(f"{names}: cannot be read as JSON ({err}).") from err
    version = name_labels(bundle, wanted)
    click.echo(f"Named {len(wanted)} labels of {bundle}, which is version {version} now.")


def _end_with(sentence: str, verdict: str, bundle: Path) -> None:
    click.echo(sentence)
    if verdict == "worse":
        raise SystemExit(WORSE)
    click.echo(f"Next: tanggap models shadow {bundle}, then tanggap models activate {bundle}")


def _print_export(export: Export) -> None:
    table = Table("Person", "Posts", "Taken", "Over the day", "Over the share", "Agrees", "")
    for person in export.people:
        agrees = f"{person.agreed} of {person.shared}" if person.shared else ""
        table.add_row(
            Text(person.initials),
            *map(str, (person.posts, person.kept, person.over_the_day, person.over_the_share)),
            agrees,
            "[red]look at this[/]" if person.flagged else "",
        )
    Console().print(table)
    for reason, count in export.left_out.items():
        click.echo(f"Left out, {reason}: {count}")
    if export.shared_posts:
        share = export.agreed_posts / export.shared_posts
        click.echo(f"On {export.shared_posts} posts with several people's word, {share:.0%} agree.")


COMMANDS = (export_command, suggest_command, retrain_command, gate_command, name_labels_command)
