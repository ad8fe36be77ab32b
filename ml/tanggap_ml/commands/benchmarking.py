"""Measure a base against published figures."""

# ruff: noqa: PLC0415  # torch takes seconds to import

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from tanggap_ml.commands.options import FILE, FOLDER, LENGTH


@click.command("published")
@click.option("--base", required=True, type=FOLDER, help="A base, or a finished run of `train`.")
@click.option("--benchmarks", required=True, type=FOLDER, help="smsa_*.jsonl and nusax_*.jsonl.")
@click.option("--run", required=True, type=FOLDER, help="Folder for progress and results.")
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1))
@click.option("--seen", multiple=True, type=FILE, help="Posts the base was adapted on.")
@click.option("--only", multiple=True, help="smsa or nusax; both when not given.")
@click.option("--precision", default="fp32", type=click.Choice(["fp32", "bf16"]))
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1))
@click.option("--max-length", type=LENGTH, help="Tokens, instead of each one's own.")
@click.option("--epochs", type=click.IntRange(1), help="Instead of each benchmark's own number.")
def published_command(
    base: Path, benchmarks: Path, run: Path, only: Sequence[str], **settings: Any
) -> None:
    """Fine-tune on SmSA and NusaX and compare with the papers; repeat the command to resume."""
    from tanggap_ml.benchmarks import NAMES
    from tanggap_ml.published import PublishedOptions, run_published
    from tanggap_ml.published_report import as_markdown

    if unknown := sorted(set(only) - set(NAMES)):
        raise click.UsageError(f"--only {unknown[0]}: choose from {', '.join(NAMES)}.")
    options = PublishedOptions(base=base, folder=benchmarks, only=tuple(only) or NAMES, **settings)
    run.mkdir(parents=True, exist_ok=True)
    text = as_markdown(run_published(options, run))
    (run / "published.md").write_text(text, encoding="utf-8")
    click.echo(text)


COMMANDS = (published_command,)
