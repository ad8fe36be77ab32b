"""Fine-tune a base on published benchmarks and put its figures beside those of the papers.

SmSA (IndoNLU, Wilie et al. 2020) and NusaX (Winata et al. 2023), on their own splits: train on the
train part, choose the checkpoint on the validation part, measure macro-F1 once on the test part.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict

from transformers import BertConfig

from tanggap_ml.config import TrainConfig
from tanggap_ml.data import Example, read_examples
from tanggap_ml.duplicates import text_key
from tanggap_ml.errors import DataError
from tanggap_ml.export import load_student
from tanggap_ml.loop import STATE_FILE, WEIGHTS_FILE, Loop, prepare
from tanggap_ml.metrics import score
from tanggap_ml.split import Split
from tanggap_ml.train import TrainTask, predict_logits

RESULT_FILE = "result.json"
REPORT_FILE = "published.json"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark: how long it is trained, and the test macro-F1 that was published.

    The published figures are those that the readmes of NusaBERT and IndoBERTweet reprint.
    """

    name: str
    title: str
    epochs: int
    batch_size: int
    learning_rate: float
    published: Mapping[str, float]


BENCHMARKS = (
    Benchmark(
        "smsa",
        "SmSA",
        epochs=4,
        batch_size=32,
        learning_rate=1e-4,
        published={
            "mBERT": 84.1,
            "IndoBERT base": 87.7,
            "XLM-R base": 91.4,
            "XLM-R large": 92.4,
            "IndoBERT large": 92.7,
            "IndoBERTweet": 92.7,
            "NusaBERT large": 87.4,
        },
    ),
    Benchmark(
        "nusax_id",
        "NusaX Indonesian",
        epochs=15,
        batch_size=16,
        learning_rate=1e-4,
        published={
            "mBERT": 78.0,
            "IndoBERT base": 90.0,
            "XLM-R base": 88.4,
            "XLM-R large": 91.6,
            "IndoBERT large": 90.2,
            "NusaBERT large": 93.3,
        },
    ),
    Benchmark(
        "nusax_en",
        "NusaX English",
        epochs=15,
        batch_size=16,
        learning_rate=1e-4,
        published={
            "mBERT": 84.1,
            "IndoBERT base": 79.5,
            "XLM-R base": 90.8,
            "XLM-R large": 92.6,
            "IndoBERT large": 87.3,
            "NusaBERT large": 84.6,
        },
    ),
)
NAMES = tuple(benchmark.name for benchmark in BENCHMARKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedOptions:
    """Say what is run; `seen` are files whose texts the base saw before, labels or not."""

    base: Path
    folder: Path
    seeds: int = 3
    seen: tuple[Path, ...] = ()
    only: tuple[str, ...] = NAMES
    precision: Literal["fp32", "bf16"] = "fp32"
    threads: int = 2
    max_length: int = 128
    epochs: int | None = None


class SeedResult(TypedDict):
    """Macro-F1 of one fine-tuning, in percent; `unseen` leaves the leaked test texts out."""

    seed: int
    validation: float
    test: float
    test_unseen: float


class Summary(TypedDict):
    """Mean and standard deviation over the seeds, in percent."""

    mean: float
    spread: float


class Result(TypedDict):
    """One benchmark; `leaked` counts the test texts that the base or a train part holds."""

    title: str
    train_posts: int
    test_posts: int
    leaked: int
    seeds: list[SeedResult]
    test: Summary
    test_unseen: Summary
    published: dict[str, float]


def run_published(options: PublishedOptions, run: Path) -> dict[str, Result]:
    """Fine-tune for every benchmark and seed, skipping what a former call finished.

    Writes the results of all finished benchmarks, those of former calls among them, into the folder
    `run` and returns them.
    """
    report = run / REPORT_FILE
    results: dict[str, Result] = {}
    if report.is_file():
        results = json.loads(report.read_text(encoding="utf-8"))
    for benchmark in BENCHMARKS:
        if benchmark.name in options.only:
            results[benchmark.name] = _run_benchmark(benchmark, options, run)
            results = {name: results[name] for name in NAMES if name in results}
            text = json.dumps(results, indent=2, ensure_ascii=False)
            report.write_text(text + "\n", encoding="utf-8")
    return results


def as_markdown(results: Mapping[str, Result]) -> str:
    """Return a table for each benchmark, this base among the published models."""
    parts = []
    for result in results.values():
        rows: list[tuple[float, str, str]] = [
            (value, name, f"{value:.1f}") for name, value in result["published"].items()
        ]
        for name, key in (("this base", "test"), ("this base, unseen texts only", "test_unseen")):
            summary: Summary = result[key]  # type: ignore[literal-required]
            if key == "test" or result["leaked"]:
                text = f"**{summary['mean']:.1f}** ± {summary['spread']:.1f}"
                rows.append((summary["mean"], f"**{name}**", text))
        lines = [f"| {name} | {text} |" for _, name, text in sorted(rows, reverse=True)]
        parts.append(
            f"### {result['title']}\n\n"
            f"Trained on {result['train_posts']:,} posts, {len(result['seeds'])} seeds, measured "
            f"on {result['test_posts']} posts, {result['leaked']} of which the base or a "
            "train part holds.\n\n| model | test macro-F1 |\n|---|---|\n" + "\n".join(lines) + "\n"
        )
    return "\n".join(parts)


def leaked_places(test: Sequence[Example], seen: Iterable[str]) -> set[int]:
    """Return the places of test texts that say the same as a seen text, case and marks aside."""
    keys = {text_key(text) for text in seen}
    return {place for place, example in enumerate(test) if text_key(example.text) in keys}


def _run_benchmark(benchmark: Benchmark, options: PublishedOptions, run: Path) -> Result:
    split = _read_split(options.folder, benchmark.name)
    leaked = leaked_places(split.test, _seen_texts(options, split.train))
    seeds = []
    for seed in range(1, options.seeds + 1):
        config = _config(benchmark, options, seed)
        seeds.append(_run_seed(config, split, leaked, run / f"{benchmark.name}-{seed}"))
    return Result(
        title=benchmark.title,
        train_posts=len(split.train),
        test_posts=len(split.test),
        leaked=len(leaked),
        seeds=seeds,
        test=_summary([result["test"] for result in seeds]),
        test_unseen=_summary([result["test_unseen"] for result in seeds]),
        published=dict(benchmark.published),
    )


def _run_seed(config: TrainConfig, split: Split, leaked: set[int], run: Path) -> SeedResult:
    path = run / RESULT_FILE
    if path.is_file():
        done: SeedResult = json.loads(path.read_text(encoding="utf-8"))
        return done
    prepare(config, run)
    task = TrainTask(config, split)
    loop = Loop(config, run, task)
    loop.resume()
    loop.fit(run.name)
    model, tokenizer = load_student(run, len(task.labels))
    logits = predict_logits(model, tokenizer, [e.text for e in split.test])[0]
    given = [task.labels[place] for place in logits.argmax(1)]
    unseen = [place for place in range(len(split.test)) if place not in leaked]
    result = SeedResult(
        seed=config.seed,
        validation=round(100 * max(entry["macro_f1"] for entry in loop.history), 2),
        test=_percent(split.test, given, task.labels),
        test_unseen=_percent(
            [split.test[place] for place in unseen], [given[place] for place in unseen], task.labels
        ),
    )
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for name in (STATE_FILE, WEIGHTS_FILE):  # half a gigabyte a seed that nothing needs again
        (run / name).unlink(missing_ok=True)
    return result


def _config(benchmark: Benchmark, options: PublishedOptions, seed: int) -> TrainConfig:
    layers = BertConfig.from_pretrained(options.base).num_hidden_layers
    return TrainConfig(
        data=str(_part(options.folder, benchmark.name, "train")),
        base=str(options.base),
        layers=tuple(range(layers)),
        max_length=options.max_length,
        language_weight=0.0,
        seed=seed,
        epochs=options.epochs or benchmark.epochs,
        batch_size=benchmark.batch_size,
        learning_rate=benchmark.learning_rate,
        checkpoints_per_epoch=1,
        precision=options.precision,
        threads=options.threads,
    )


def _read_split(folder: Path, name: str) -> Split:
    """Read the three parts; validation texts that the train part holds are left out."""
    train, validation, test = (
        read_examples(_part(folder, name, part)) for part in ("train", "valid", "test")
    )
    copies = leaked_places(validation, [e.text for e in train])
    validation = [e for place, e in enumerate(validation) if place not in copies]
    if not validation:
        raise DataError(f"{folder}: every validation text of {name} also stands in its train part.")
    return Split(train, validation, test)


def _seen_texts(options: PublishedOptions, train: Sequence[Example]) -> list[str]:
    from tanggap_ml.posts import read_posts  # noqa: PLC0415

    texts = [e.text for e in train]
    return texts + [post.text for path in options.seen for post in read_posts(path)]


def _part(folder: Path, name: str, part: str) -> Path:
    return folder / f"{name}_{part}.jsonl"


def _percent(examples: Sequence[Example], given: Sequence[str], labels: Sequence[str]) -> float:
    """Return macro-F1 in percent; 0 where no post is left to measure on."""
    if not examples:
        return 0.0
    return round(100 * score([e.label for e in examples], given, labels)["macro_f1"], 2)


def _summary(values: Sequence[float]) -> Summary:
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return Summary(mean=round(statistics.mean(values), 2), spread=round(spread, 2))
