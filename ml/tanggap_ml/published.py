"""Fine-tune a base on published benchmarks and put its figures beside those of the papers.

SmSA (IndoNLU, Wilie et al. 2020) and NusaX (Winata et al. 2023), on their own splits: train on the
train parts, choose the checkpoint on the validation parts, measure macro-F1 once on the test part.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tokenizers import Tokenizer
from transformers import BertConfig

from tanggap_ml.benchmarks import NAMES, TRAININGS, Parts, Training, leaked_places, read_parts
from tanggap_ml.config import TrainConfig
from tanggap_ml.data import Example
from tanggap_ml.export import load_student
from tanggap_ml.finished import as_base, learnt_before
from tanggap_ml.loop import STATE_FILE, WEIGHTS_FILE, Loop, prepare
from tanggap_ml.metrics import score
from tanggap_ml.model import PostClassifier
from tanggap_ml.posts import read_posts
from tanggap_ml.published_report import REPORT_FILE, Result, SeedResult, Summary
from tanggap_ml.split import Split
from tanggap_ml.train import TrainTask, predict_logits

RESULT_FILE = "result.json"


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
    max_length: int | None = None
    epochs: int | None = None


class PartsTask(TrainTask):
    """The train parts of several benchmarks as one, measured on each validation part."""

    def __init__(self, config: TrainConfig, parts: Parts) -> None:
        super().__init__(
            config,
            Split(
                [e for split in parts.values() for e in split.train],
                [e for split in parts.values() for e in split.validation],
                [e for split in parts.values() for e in split.test],
            ),
        )
        self._parts = parts

    def measure(self) -> dict[str, float]:
        """Return macro-F1 on the validation parts: their mean, which chooses, and of each."""
        figures = {}
        for name, split in self._parts.items():
            given = _answers(self.model, self.tokenizer, split.validation, self.labels)
            gold = [e.label for e in split.validation]
            figures[name] = score(gold, given, self.labels)["macro_f1"]
        return {"macro_f1": statistics.mean(figures.values()), **figures}


def run_published(options: PublishedOptions, run: Path) -> dict[str, Result]:
    """Fine-tune for every training and seed, skipping what a former call finished.

    Writes the results of all finished benchmarks, those of former calls among them, into the folder
    `run` and returns them.
    """
    base = as_base(options.base, run / "base")
    report = run / REPORT_FILE
    results: dict[str, Result] = {}
    if report.is_file():
        results = json.loads(report.read_text(encoding="utf-8"))
    seen = [post.text for path in options.seen for post in read_posts(path)]
    for training in TRAININGS:
        if training.name in options.only:
            results |= _run_training(training, options, base, run, seen)
            order = [b.name for t in TRAININGS for b in t.benchmarks if b.name in results]
            results = {name: results[name] for name in order}
            text = json.dumps(results, indent=2, ensure_ascii=False)
            report.write_text(text + "\n", encoding="utf-8")
    return results


def _run_training(
    training: Training, options: PublishedOptions, base: Path, run: Path, seen: Sequence[str]
) -> dict[str, Result]:
    parts = read_parts(options.folder, training.benchmarks)
    known = [*seen, *(e.text for split in parts.values() for e in split.train)]
    leaked = {name: leaked_places(split.test, known) for name, split in parts.items()}
    configs = [_config(training, options, base, seed) for seed in range(1, options.seeds + 1)]
    seeds = [
        _run_seed(config, parts, leaked, run / f"{training.name}-{config.seed}")
        for config in configs
    ]
    return {
        benchmark.name: Result(
            title=benchmark.title,
            training=_told(training, configs[0], parts),
            train_posts=sum(len(split.train) for split in parts.values()),
            test_posts=len(parts[benchmark.name].test),
            leaked=len(leaked[benchmark.name]),
            seeds=[results[benchmark.name] for results in seeds],
            test=_summary([results[benchmark.name]["test"] for results in seeds]),
            test_unseen=_summary([results[benchmark.name]["test_unseen"] for results in seeds]),
            published=dict(benchmark.published),
        )
        for benchmark in training.benchmarks
    }


def _run_seed(
    config: TrainConfig, parts: Parts, leaked: Mapping[str, set[int]], run: Path
) -> dict[str, SeedResult]:
    prepare(config, run)
    path = run / RESULT_FILE
    if path.is_file():
        done: dict[str, SeedResult] = json.loads(path.read_text(encoding="utf-8"))
        return done
    task = PartsTask(config, parts)
    loop = Loop(config, run, task)
    loop.resume()
    loop.fit(run.name)
    model, tokenizer = load_student(run, len(task.labels))
    best = max(loop.history, key=lambda entry: entry["macro_f1"])
    results = {}
    for name, split in parts.items():
        given = _answers(model, tokenizer, split.test, task.labels)
        unseen = [place for place in range(len(given)) if place not in leaked[name]]
        results[name] = SeedResult(
            seed=config.seed,
            validation=round(100 * best[name], 2),
            test=_percent(split.test, given, task.labels),
            test_unseen=_percent(
                [split.test[place] for place in unseen],
                [given[place] for place in unseen],
                task.labels,
            ),
        )
    path.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    for name in (STATE_FILE, WEIGHTS_FILE):  # half a gigabyte a seed that nothing needs again
        (run / name).unlink(missing_ok=True)
    return results


def _config(training: Training, options: PublishedOptions, base: Path, seed: int) -> TrainConfig:
    layers = BertConfig.from_pretrained(base).num_hidden_layers
    settings = {
        **training.settings,
        "language_weight": 0.0,
        "checkpoints_per_epoch": 1,
        "precision": options.precision,
        "threads": options.threads,
    }
    settings |= {"epochs": options.epochs} if options.epochs else {}
    settings |= {"max_length": options.max_length} if options.max_length else {}
    return TrainConfig(
        data=str(options.folder), base=str(base), layers=tuple(range(layers)), seed=seed, **settings
    )


def _told(training: Training, config: TrainConfig, parts: Parts) -> str:
    """Say how the base was trained, in a sentence."""
    before = learnt_before(Path(config.base))
    titles = " and ".join(benchmark.title for benchmark in training.benchmarks)
    posts = sum(len(split.train) for split in parts.values())
    return (
        (f"First fine-tuned on {before}; then " if before else "Fine-tuned ")
        + f"{config.epochs} epochs on the {posts:,} train posts of {titles}"
        + (" together" if len(parts) > 1 else "")
        + f" (batches of {config.batch_size}, learning rate {config.learning_rate}"
        + (f", each layer {config.layer_decay} of the one above" if config.layer_decay < 1 else "")
        + (f", weights averaged with {config.average}" if config.average else "")
        + (", every label weighing the same" if config.class_weight_power == 1 else "")
        + ")."
    )


def _answers(
    model: PostClassifier, tokenizer: Tokenizer, examples: Sequence[Example], labels: Sequence[str]
) -> list[str]:
    logits = predict_logits(model, tokenizer, [e.text for e in examples])[0]
    return [labels[place] for place in logits.argmax(1)]


def _percent(examples: Sequence[Example], given: Sequence[str], labels: Sequence[str]) -> float:
    """Return macro-F1 in percent; 0 where no post is left to measure on."""
    if not examples:
        return 0.0
    return round(100 * score([e.label for e in examples], given, labels)["macro_f1"], 2)


def _summary(values: Sequence[float]) -> Summary:
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return Summary(mean=round(statistics.mean(values), 2), spread=round(spread, 2))
