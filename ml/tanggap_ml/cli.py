"""The command `tanggap-ml`."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from tanggap_ml import __version__
from tanggap_ml.config import TrainConfig
from tanggap_ml.errors import MlError

_DEFAULTS = {field.name: field.default for field in dataclasses.fields(TrainConfig)}
_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)


class _Commands(click.Group):
    """Turn an MlError into a message without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except MlError as err:
            raise click.ClickException(str(err)) from err


@click.group(cls=_Commands)
@click.version_option(__version__, prog_name="tanggap-ml")
def main() -> None:
    """Train, export and evaluate model bundles for Tanggap."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")


@main.command("train")
@click.option("--data", required=True, type=_FILE, help="Labelled posts, .jsonl or .csv.")
@click.option("--base", required=True, type=_FOLDER, help="Folder of the pretrained encoder.")
@click.option("--run", required=True, type=_FOLDER, help="Folder for weights and figures.")
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
    from tanggap_ml.train import train  # noqa: PLC0415  # torch takes seconds to import

    config = TrainConfig(
        data=str(data),
        base=str(base),
        layers=tuple(int(layer) for layer in layers.split(",")),
        **settings,
    )
    history = train(config, run)
    best = max(history, key=lambda entry: entry["macro_f1"])
    click.echo(f"Best validation macro-F1 {best['macro_f1']:.4f} after epoch {best['epoch']}.")


@main.command("export")
@click.option("--run", required=True, type=_FOLDER, help="Folder that `train` wrote.")
@click.option("--out", required=True, type=_FOLDER, help="Folder for the bundle.")
@click.option("--precision", default=0.85, show_default=True, help="What thresholds aim at.")
@click.option("--base-name", default="", help="Name of the base model, for the card.")
@click.option("--licence", default="unspecified", show_default=True, help="Of the weights.")
@click.option("--notes", type=_FILE, help="Text for the card: data, licences, intended use.")
@click.option("--baseline/--no-baseline", default=True, help="Measure TF-IDF on the same split.")
def export_command(run: Path, out: Path, notes: Path | None, **settings: Any) -> None:
    """Export the best weights as an int8 bundle, calibrated and measured."""
    from tanggap_ml.pack import PackOptions, pack  # noqa: PLC0415

    text = notes.read_text(encoding="utf-8") if notes else ""
    options = PackOptions(notes=text, **settings)
    _print_report(pack(run, out, options))
    click.echo(f"Wrote {out}.")


@main.command("calibrate")
@click.argument("bundle", type=_FOLDER)
@click.option("--data", required=True, type=_FILE, help="Held-out labelled posts.")
@click.option("--precision", default=0.85, show_default=True, help="What thresholds aim at.")
def calibrate_command(bundle: Path, data: Path, precision: float) -> None:
    """Fit the temperature and the thresholds of a bundle anew, on your own posts."""
    from tanggap_ml.pack import recalibrate  # noqa: PLC0415

    manifest = recalibrate(bundle, data, precision)
    click.echo(f"Temperature {manifest['temperature']}, thresholds {manifest['thresholds']}.")


@main.command("evaluate")
@click.argument("bundle", type=_FOLDER)
@click.option("--data", required=True, type=_FILE, help="Labelled posts the bundle never saw.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def evaluate_command(bundle: Path, data: Path, as_json: bool) -> None:
    """Measure a bundle on labelled posts, as it is served."""
    from tanggap.classifier import BundleError, load_bundle  # noqa: PLC0415
    from tanggap_ml.data import read_examples  # noqa: PLC0415
    from tanggap_ml.evaluate import evaluate  # noqa: PLC0415

    try:
        report = evaluate(load_bundle(bundle), read_examples(data))
    except BundleError as err:
        raise click.ClickException(str(err)) from err
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        _print_report(dict(report))


def _print_report(report: Mapping[str, Any]) -> None:
    for title in ("by_language", "by_source"):
        table = Table("posts", "n", "macro-F1", "accuracy", title=title.replace("_", " "))
        for key, scores in report[title].items():
            figures = f"{scores['macro_f1']:.3f}", f"{scores['accuracy']:.3f}"
            table.add_row(key, str(scores["posts"]), *figures)
        Console().print(table)
    click.echo(
        f"Calibration error {report['calibration_error']:.3f}; the surest 80 % are right in "
        f"{report['accuracy_of_80_percent']:.1%}; {report['sent_to_a_human']:.1%} go to a human."
    )


if __name__ == "__main__":
    main()
