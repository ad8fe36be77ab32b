"""Measure bundles: one alone, two beside each other, one against itself."""

# ruff: noqa: PLC0415  # onnxruntime and scipy take seconds to import

from __future__ import annotations

import json
from pathlib import Path

import click

from tanggap_ml.commands.options import FILE, FOLDER, print_invariance, print_report

WORSE, NOT_BETTER = 3, 4
"""Exit codes of `compare`, apart from 1 (a mistake) and 2 (wrong usage)."""

_JSON = click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")


@click.command("evaluate")
@click.argument("bundle", type=FOLDER)
@click.option("--data", required=True, type=FILE, help="Labelled posts the bundle never saw.")
@click.option("--out", type=FOLDER, help="Write report.json, report.md and pictures here.")
@_JSON
def evaluate_command(bundle: Path, data: Path, out: Path | None, as_json: bool) -> None:
    """Measure a bundle on labelled posts, as it is served."""
    from tanggap.classifier import load_bundle
    from tanggap_ml.data import read_examples
    from tanggap_ml.evaluate import evaluate
    from tanggap_ml.report import write_report

    report = evaluate(load_bundle(bundle), read_examples(data))
    if out:
        write_report(report, out, data.name)
    if as_json:
        click.echo(json.dumps(report, indent=2))
        return
    print_report(dict(report))
    if out:
        click.echo(f"Wrote {out / 'report.md'}.")


@click.command("compare")
@click.argument("a", type=FOLDER)
@click.argument("b", type=FOLDER)
@click.option("--data", required=True, type=FILE, help="Labelled posts neither bundle saw.")
@click.option("--must-be-better", is_flag=True, help="Fail unless B is better.")
@_JSON
def compare_command(a: Path, b: Path, data: Path, must_be_better: bool, as_json: bool) -> None:
    """Say whether bundle B is better than bundle A on the same posts.

    Ends with 0 when B is better or no difference can be shown, with 3 when it is worse, and with
    --must-be-better with 4 when no difference can be shown.
    """
    from tanggap_ml.compare import compare_bundles
    from tanggap_ml.data import read_examples

    comparison = compare_bundles(a, b, read_examples(data))
    if as_json:
        click.echo(json.dumps(comparison.as_dict(), indent=2))
    else:
        click.echo(comparison.sentence)
        for language, part in comparison.by_language.items():
            click.echo(f"  {language}: {part.sentence}")
    if comparison.verdict == "worse":
        raise SystemExit(WORSE)
    if comparison.verdict == "same" and must_be_better:
        raise SystemExit(NOT_BETTER)


@click.command("invariance")
@click.argument("bundle", type=FOLDER)
@click.option("--data", required=True, type=FILE, help="Labelled posts.")
@click.option("--limit", default=1000, show_default=True, type=click.IntRange(1), help="Posts.")
@click.option("--out", type=FILE, help="Write the report to this file, as JSON.")
@_JSON
def invariance_command(
    bundle: Path, data: Path, limit: int, out: Path | None, as_json: bool
) -> None:
    """Tell how often a label stays when a post is only written differently."""
    from tanggap.classifier import load_bundle
    from tanggap_ml.data import read_examples
    from tanggap_ml.invariance import measure_invariance

    report = measure_invariance(load_bundle(bundle), read_examples(data), limit=limit)
    text = json.dumps(report, indent=2, ensure_ascii=False)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text + "\n", encoding="utf-8")
    if as_json:
        click.echo(text)
    else:
        print_invariance(report)


COMMANDS = (evaluate_command, compare_command, invariance_command)
