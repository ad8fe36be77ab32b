"""The published benchmarks: what the papers reached on them, and how a base is trained for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tanggap_ml.data import Example, read_examples
from tanggap_ml.duplicates import text_key
from tanggap_ml.errors import DataError
from tanggap_ml.split import Split

Parts: TypeAlias = Mapping[str, Split]
"""The train, validation and test part of each benchmark of a training, by its name."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark with parts of its own and the test macro-F1 that was published.

    The published figures are those that the readmes of NusaBERT and IndoBERTweet reprint.
    """

    name: str
    title: str
    published: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A fine-tuning on the train parts of one or several benchmarks together.

    The checkpoint is the one whose mean over the validation parts is best. `settings` are those of
    `TrainConfig` that differ from its defaults.
    """

    name: str
    benchmarks: tuple[Benchmark, ...]
    settings: Mapping[str, Any]


SMSA = Benchmark(
    "smsa",
    "SmSA",
    {
        "mBERT": 84.1,
        "IndoBERT base": 87.7,
        "XLM-R base": 91.4,
        "XLM-R large": 92.4,
        "IndoBERT large": 92.7,
        "IndoBERTweet": 92.7,
        "NusaBERT large": 87.4,
    },
)
NUSAX_ID = Benchmark(
    "nusax_id",
    "NusaX Indonesian",
    {
        "mBERT": 78.0,
        "IndoBERT base": 90.0,
        "XLM-R base": 88.4,
        "XLM-R large": 91.6,
        "IndoBERT large": 90.2,
        "NusaBERT large": 93.3,
    },
)
NUSAX_EN = Benchmark(
    "nusax_en",
    "NusaX English",
    {
        "mBERT": 84.1,
        "IndoBERT base": 79.5,
        "XLM-R base": 90.8,
        "XLM-R large": 92.6,
        "IndoBERT large": 87.3,
        "NusaBERT large": 84.6,
    },
)

TRAININGS = (
    Training(
        name="smsa",
        benchmarks=(SMSA,),
        # One text in ten is neutral, and runs differ by how they read those: every label weighs the
        # same, and weights are averaged.
        settings={
            "epochs": 4,
            "batch_size": 32,
            "learning_rate": 1e-4,
            "max_length": 128,
            "dropout": 0.1,
            "average": 0.99,
            "class_weight_power": 1.0,
            "vary_rate": 0.0,
        },
    ),
    Training(
        name="nusax",
        benchmarks=(NUSAX_ID, NUSAX_EN),
        # A thousand posts: what the base knows is kept, nothing of a post is hidden or varied.
        settings={
            "epochs": 8,
            "batch_size": 16,
            "learning_rate": 1e-4,
            "head_learning_rate": 5e-4,
            "max_length": 128,
            "layer_decay": 0.9,
            "dropout": 0.1,
            "warmup": 0.1,
            "average": 0.99,
            "class_weight_power": 0.0,
            "vary_rate": 0.0,
            "hide_rate": 0.0,
        },
    ),
)
NAMES = tuple(training.name for training in TRAININGS)


def read_parts(folder: Path, benchmarks: Sequence[Benchmark]) -> Parts:
    """Read the parts of benchmarks that are trained on together.

    Validation texts that a train part of any of them holds are left out.
    """
    parts = {benchmark.name: _read_split(folder, benchmark.name) for benchmark in benchmarks}
    trained = [e.text for split in parts.values() for e in split.train]
    for name, split in parts.items():
        copies = leaked_places(split.validation, trained)
        kept = [e for place, e in enumerate(split.validation) if place not in copies]
        if not kept:
            raise DataError(f"{folder}: every validation text of {name} stands in a train part.")
        parts[name] = Split(split.train, kept, split.test)
    return parts


def leaked_places(test: Sequence[Example], seen: Iterable[str]) -> set[int]:
    """Return the places of test texts that say the same as a seen text, case and marks aside."""
    keys = {text_key(text) for text in seen}
    return {place for place, example in enumerate(test) if text_key(example.text) in keys}


def _read_split(folder: Path, name: str) -> Split:
    train, validation, test = (
        read_examples(folder / f"{name}_{part}.jsonl") for part in ("train", "valid", "test")
    )
    return Split(train, validation, test)
