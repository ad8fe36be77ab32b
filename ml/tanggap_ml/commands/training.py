"""Make a model: adapt, train, merge, distill, export, calibrate."""

# ruff: noqa: PLC0415  # torch takes seconds to import

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tanggap_ml.commands.options import FILE, FOLDER, LENGTH, PART, SEED, Number, print_report
from tanggap_ml.errors import DataError

if TYPE_CHECKING:
    from tanggap_ml.data import Example
    from tanggap_ml.posts import Post
    from tanggap_ml.split import Split

_SEED = 20
_AIM = "What thresholds aim at: 0.85 is right in 85 of 100."
_EPOCHS = click.option("--epochs", type=click.IntRange(1), help="Times every post is shown.")
_RATE = click.option("--learning-rate", type=PART, help="How far a step moves the weights.")
_SHARE = Number(0, 1, max_open=True)
_AT_MOST = click.option("--at-most", type=click.IntRange(1), help="Draw so many of the posts.")
_LOOP = (
    click.option("--batch-size", type=click.IntRange(1), help="Posts a step."),
    click.option("--max-length", type=LENGTH, help="Tokens a post is cut to."),
    click.option("--seed", type=SEED, help="Decides the split, the order and what is drawn."),
    click.option("--threads", type=click.IntRange(1), help="Processor cores to use."),
    click.option("--precision", type=click.Choice(["fp32", "bf16"]), help="bf16 is faster."),
    click.option(
        "--average",
        type=_SHARE,
        help="Keep the mean of late weights: 0.99; 0 is off.",
    ),
    click.option("--layer-decay", type=PART, help="How fast a layer moves by the one above."),
)


def loop_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of every training loop; those not given are left to the settings."""

    @functools.wraps(command)
    def chosen(**values: Any) -> None:
        command(**{name: value for name, value in values.items() if value is not None})

    for option in reversed((_EPOCHS, _RATE, *_LOOP)):
        chosen = option(chosen)
    return chosen


class Layers(click.ParamType[tuple[int, ...]]):
    """Layer numbers such as `1,3,5` or `0-11`."""

    name = "layers"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Return the numbers; fails with the usage text for anything else."""
        if isinstance(value, tuple):
            return value
        try:
            ranges = [_range(part) for part in str(value).split(",")]
        except ValueError:
            ranges = [range(0)]
        layers = tuple(number for part in ranges for number in part)
        if not all(ranges) or len(set(layers)) < len(layers):
            self.fail(f"{value!r}: give numbers such as 1,3,5 or 0-11, each once.", param, ctx)
        return layers


def _range(part: str) -> range:
    first, dash, last = part.partition("-")
    return range(int(first), int(last if dash else first) + 1)


@click.command("adapt")
@click.option("--base", required=True, type=FOLDER, help="Folder of the pretrained encoder.")
@click.option("--posts", required=True, multiple=True, type=FILE, help="Posts, .jsonl or .gz.")
@click.option("--labelled", type=FILE, help="Labelled posts: the held-out ones stay unseen.")
@click.option("--run", required=True, type=FOLDER, help="Folder for the adapted base.")
@_AT_MOST
@loop_options
def adapt_command(
    base: Path,
    posts: Sequence[Path],
    run: Path,
    labelled: Path | None = None,
    at_most: int | None = None,
    **settings: Any,
) -> None:
    """Teach an encoder the language of unlabelled posts; repeat the command to resume."""
    from tanggap_ml.adapt import AdaptConfig, adapt
    from tanggap_ml.posts import Post, draw

    split = _default_split(labelled, settings.get("seed")) if labelled else None
    seen = _unlabelled(posts, [*split.validation, *split.test] if split else [])
    seen = draw(seen, at_most, _SEED) if at_most else seen
    if split:
        seen += [Post(e.text, e.language, e.source) for e in split.train]
    config = AdaptConfig(base=str(base), posts=tuple(map(str, posts)), **settings)
    history = adapt(config, run, seen)
    click.echo(f"{history[-1]['words_guessed']:.1%} of hidden words guessed. Wrote {run}.")


@click.command("train")
@click.option("--data", required=True, type=FILE, help="Labelled posts, .jsonl or .csv.")
@click.option("--base", required=True, type=FOLDER, help="A base, or a finished run of `train`.")
@click.option("--run", required=True, type=FOLDER, help="Folder for weights and figures.")
@click.option("--layers", type=Layers(), help="Layers of the base to keep: 1,3,5 or 0-11.")
@click.option("--split-of", type=FOLDER, help="A run on the same data: hold out what it did.")
@loop_options
def train_command(
    data: Path, base: Path, run: Path, split_of: Path | None = None, **settings: Any
) -> None:
    """Fine-tune a classifier; repeat the command to resume."""
    from tanggap_ml.config import TrainConfig
    from tanggap_ml.finished import as_base
    from tanggap_ml.train import split_as, train

    if split_of:
        split_as(split_of, run, data)
    base = as_base(base, run / "base")
    _print_best(train(TrainConfig(data=str(data), base=str(base), **settings), run))


@click.command("merge")
@click.argument("runs", nargs=-1, required=True, type=FOLDER)
@click.option("--run", "target", required=True, type=FOLDER, help="New folder for the merged run.")
def merge_command(runs: Sequence[Path], target: Path) -> None:
    """Make one run of finished ones: its weights are the mean of theirs."""
    from tanggap_ml.merge import merge

    if len(set(runs)) < max(2, len(runs)):
        raise click.UsageError("RUNS: give two finished runs or more, each of them once.")
    scores = merge(runs, target)
    for folder, macro_f1 in scores.items():
        click.echo(f"{macro_f1:.4f}  {folder}")
    *members, merged = scores.values()
    if merged < max(members):
        click.echo("The mean reads worse here than the best of them; compare both on other posts.")
    click.echo(f"Validation macro-F1 above. Wrote {target}.")


@click.command("distill")
@click.option("--teacher", required=True, multiple=True, type=FOLDER, help="A run, or a bundle.")
@click.option("--posts", required=True, multiple=True, type=FILE, help="Posts, .jsonl or .gz.")
@click.option("--run", required=True, type=FOLDER, help="Folder for weights and figures.")
@click.option("--layers", type=Layers(), help="Layers of the first teacher to keep.")
@click.option("--start", type=FOLDER, help="A bundle that goes on learning, instead of layers.")
@click.option("--linear", is_flag=True, help="Let a linear model over words teach as well.")
@click.option("--labelled-repeats", type=click.IntRange(1), help="How often a labelled post shows.")
@_AT_MOST
@loop_options
def distill_command(
    teacher: Sequence[Path],
    posts: Sequence[Path],
    run: Path,
    start: Path | None = None,
    at_most: int | None = None,
    **settings: Any,
) -> None:
    """Let a student learn what teachers say of many posts; repeat the command to resume.

    The first teacher is a run of `train`, whose data and held-out posts are the student's; others
    may be bundles.
    """
    from tanggap_ml.config import TrainConfig
    from tanggap_ml.distill import DistillConfig, distill
    from tanggap_ml.posts import draw
    from tanggap_ml.start import make_start
    from tanggap_ml.train import load_split

    if start and "layers" in settings:
        raise click.UsageError("--layers: a bundle that goes on learning keeps its layers.")
    taught = TrainConfig.load(teacher[0])
    split = load_split(taught, teacher[0])
    begun = make_start(run / "start", start, None) if start else None
    shape: dict[str, Any] = {"base": taught.base, "max_length": taught.max_length}
    if begun:
        shape = {"base": str(begun.folder), "max_length": begun.max_length}
        shape |= {"layers": tuple(range(begun.layers)), "start": begun.version}
    config = DistillConfig(
        data=taught.data,
        validation=taught.validation,
        test=taught.test,
        teachers=tuple(map(str, teacher)),
        **{**shape, "seed": taught.seed, **settings},
    )
    unlabelled = _unlabelled(posts, [*split.train, *split.validation, *split.test])
    drawn = draw(unlabelled, at_most, _SEED) if at_most else unlabelled
    _print_best(distill(config, run, drawn, begun))


@click.command("export")
@click.option("--run", required=True, type=FOLDER, help="Folder that `train` wrote.")
@click.option("--out", required=True, type=FOLDER, help="Folder for the bundle.")
@click.option("--precision", default=0.85, show_default=True, type=PART, help=_AIM)
@click.option("--base-name", default="", help="Name of the base model, for the card.")
@click.option("--licence", default="unspecified", show_default=True, help="Of the weights.")
@click.option("--notes", type=FILE, help="Text for the card: data, licences, intended use.")
@click.option("--baseline/--no-baseline", default=True, help="Measure TF-IDF on the same split.")
def export_command(run: Path, out: Path, notes: Path | None, **settings: Any) -> None:
    """Export the best weights as an int8 bundle, calibrated and measured."""
    from tanggap_ml.pack import PackOptions, pack

    text = _notes(notes) if notes else ""
    options = PackOptions(notes=text, **settings)
    print_report(pack(run, out, options))
    click.echo(f"Wrote {out}.")


@click.command("calibrate")
@click.argument("bundle", type=FOLDER)
@click.option("--data", required=True, type=FILE, help="Held-out labelled posts.")
@click.option("--out", required=True, type=FOLDER, help="New folder of the bundle to write.")
@click.option("--precision", default=0.85, show_default=True, type=PART, help=_AIM)
def calibrate_command(bundle: Path, data: Path, out: Path, precision: float) -> None:
    """Fit the temperature and the thresholds of a bundle anew, on your own posts."""
    from tanggap_ml.recalibrate import recalibrate

    made = recalibrate(bundle, data, out, precision)
    errors = made["recalibrated_from"]["calibration_error"]
    click.echo(f"Temperature {made['temperature']}, thresholds {made['thresholds']}.")
    click.echo(f"Calibration error {errors['before']} before, {errors['after']} after.")
    click.echo(f"Wrote {out}, version {made['version']}.")


def _notes(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as err:
        raise DataError(f"{path}: is not UTF-8. Save it as UTF-8.") from err


def _default_split(labelled: Path, seed: int | None) -> Split:
    """Split as `train` will with the same file and seed."""
    from tanggap_ml.config import TrainConfig
    from tanggap_ml.data import read_examples
    from tanggap_ml.split import split_examples

    config = TrainConfig(data=str(labelled), base="")
    return split_examples(
        read_examples(labelled),
        validation=config.validation,
        test=config.test,
        seed=config.seed if seed is None else seed,
    )


def _unlabelled(paths: Sequence[Path], unseen: Sequence[Example]) -> list[Post]:
    from tanggap_ml.posts import read_posts, without

    texts = {post.text: post for path in paths for post in read_posts(path)}
    found = without(texts.values(), [example.text for example in unseen])
    if not found:
        raise DataError(f"{', '.join(map(str, paths))}: no posts beside the labelled ones.")
    return found


def _print_best(history: Sequence[Mapping[str, float]]) -> None:
    best = max(history, key=lambda entry: entry["macro_f1"])
    click.echo(f"Best validation macro-F1 {best['macro_f1']:.4f} after epoch {best['epoch']}.")


COMMANDS = (
    adapt_command,
    train_command,
    merge_command,
    distill_command,
    export_command,
    calibrate_command,
)
