"""Make a model: train, export, calibrate."""

# ruff: noqa: PLC0415  # torch takes seconds to import

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from tanggap_ml.commands.options import FILE, FOLDER, print_report
from tanggap_ml.config import TrainConfig

_DEFAULTS = {field.name: field.default for field in dataclasses.fields(TrainConfig)}


@click.command("train")
@click.option("--data", required=True, type=FILE, help="Labelled posts, .jsonl or .csv.")
@click.option("--base", required=True, type=FOLDER, help="Folder of the pretrained encoder.")
@click.option("--run", required=True, type=FOLDER, help="Folder for weights and figures.")
@click.option("--layers", default="1,3,5,7,9,11", show_default=True, help="Base layers to keep.")
@click.option("--epochs", default=_DEFAULTS["epochs"], show_default=True)
@click.option("--batch-size", default=_DEFAULTS["batch_size"], show_default=True)
@click.option("--max-length", default=_DEFAULTS["max_length"], show_default=True)
@click.option("--learning-rate", default=_DEFAULTS["learning_rate"], show_default=True)
@click.option("--seed", default=_DEFAULTS["seed"], show_default=True)
@click.option("--threads", default=_DEFAULTS["threads"], show_default=True)
@click.option("--precision", default="fp32", type=click.Choice(["fp32", "bf16"]))
def train_command(data: Path, base: Path, run: Path, layers: str, **settings: Any) -> None:
    """Fine-tune a student; run the same command again to resume."""
    from tanggap_ml.train import train

    config = TrainConfig(
        data=str(data),
        base=str(base),
        layers=tuple(int(layer) for layer in layers.split(",")),
        **settings,
    )
    history = train(config, run)
    best = max(history, key=lambda entry: entry["macro_f1"])
    click.echo(f"Best validation macro-F1 {best['macro_f1']:.4f} after epoch {best['epoch']}.")


@click.command("export")
@click.option("--run", required=True, type=FOLDER, help="Folder that `train` wrote.")
@click.option("--out", required=True, type=FOLDER, help="Folder for the bundle.")
@click.option("--precision", default=0.85, show_default=True, help="What thresholds aim at.")
@click.option("--base-name", default="", help="Name of the base model, for the card.")
@click.option("--licence", default="unspecified", show_default=True, help="Of the weights.")
@click.option("--notes", type=FILE, help="Text for the card: data, licences, intended use.")
@click.option("--baseline/--no-baseline", default=True, help="Measure TF-IDF on the same split.")
def export_command(run: Path, out: Path, notes: Path | None, **settings: Any) -> None:
    """Export the best weights as an int8 bundle, calibrated and measured."""
    from tanggap_ml.pack import PackOptions, pack

    text = notes.read_text(encoding="utf-8") if notes else ""
    options = PackOptions(notes=text, **settings)
    print_report(pack(run, out, options))
    click.echo(f"Wrote {out}.")


@click.command("calibrate")
@click.argument("bundle", type=FOLDER)
@click.option("--data", required=True, type=FILE, help="Held-out labelled posts.")
@click.option("--precision", default=0.85, show_default=True, help="What thresholds aim at.")
def calibrate_command(bundle: Path, data: Path, precision: float) -> None:
    """Fit the temperature and the thresholds of a bundle anew, on your own posts."""
    from tanggap_ml.pack import recalibrate

    manifest = recalibrate(bundle, data, precision)
    click.echo(f"Temperature {manifest['temperature']}, thresholds {manifest['thresholds']}.")


COMMANDS = (train_command, export_command, calibrate_command)
