"""Measure a bundle."""

# ruff: noqa: PLC0415  # onnxruntime and scikit-learn take seconds to import

from __future__ import annotations

import json
from pathlib import Path

import click

from tanggap_ml.commands.options import FILE, FOLDER, print_report


@click.command("evaluate")
@click.argument("bundle", type=FOLDER)
@click.option("--data", required=True, type=FILE, help="Labelled posts the bundle never saw.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def evaluate_command(bundle: Path, data: Path, as_json: bool) -> None:
    """Measure a bundle on labelled posts, as it is served."""
    from tanggap.classifier import BundleError, load_bundle
    from tanggap_ml.data import read_examples
    from tanggap_ml.evaluate import evaluate

    try:
        report = evaluate(load_bundle(bundle), read_examples(data))
    except BundleError as err:
        raise click.ClickException(str(err)) from err
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        print_report(dict(report))


COMMANDS = (evaluate_command,)
