"""Go on training a bundle on what people corrected, without it forgetting what it knew."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from tanggap.classifier import OnnxClassifier, fingerprint, load_bundle
from tanggap.classifier.bundle import MANIFEST_FILE
from tanggap.classifier.onnx import softmax
from tanggap_ml.compare import Comparison
from tanggap_ml.config import TrainConfig
from tanggap_ml.data import Example, file_hash, read_examples
from tanggap_ml.duplicates import near_duplicate_groups
from tanggap_ml.errors import DataError, RunError
from tanggap_ml.evaluate import bundle_logits
from tanggap_ml.gate import COMPARISON_FILE, pass_gate
from tanggap_ml.loop import Loop, device, prepare
from tanggap_ml.pack import PackOptions, pack, read_json
from tanggap_ml.posts import read_posts
from tanggap_ml.split import Split, save_split
from tanggap_ml.start import Start, make_start
from tanggap_ml.train import SPLIT_FILE, TrainTask, load_split, save_facts

DATA_FILE = "data.jsonl"
CORRECTIONS = "corrections"
REPLAY = "replay"
_LEAST_POSTS = 60
_HELD_OUT = 400
"""Posts that the validation and the test part aim at, each, where there are enough."""

_CALIBRATING_POSTS = 200
"""With fewer validation posts the bundle's own temperature and thresholds are the better guess."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainConfig(TrainConfig):
    """Say how a bundle is trained on.

    Small steps, since it knows most already; `corrections_weight` is how often an epoch shows a
    correction for once that it shows a post of before.
    """

    bundle_sha256: str
    data_sha256: str
    corrections_weight: int = 2
    epochs: int = 3
    learning_rate: float = 3e-5
    head_learning_rate: float = 3e-4
    batch_size: int = 32
    checkpoints_per_epoch: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What is learnt from: corrections, and posts of before so that nothing is forgotten.

    `data` are labelled posts; without them `pool`, unlabelled ones, are labelled by the bundle
    itself where it is sure. `gate` is only measured, and keeps what resembles it out.
    """

    bundle: Path
    corrections: Path
    gate: Path
    run: Path | None = None
    data: Path | None = None
    pool: Path | None = None
    replay: int = 4_000


@dataclass(frozen=True, slots=True)
class Gathered:
    """How many posts of each kind there are to learn from."""

    corrections: int
    replay: int
    like_the_gate: int


class RetrainTask(TrainTask):
    """Training that starts from a bundle's own weights and keeps its labels."""

    def __init__(self, config: RetrainConfig, split: Split, start: Start) -> None:
        extra = [e for e in split.train if e.source == CORRECTIONS]
        train = [*split.train, *extra * (config.corrections_weight - 1)]
        super().__init__(config, Split(train, split.validation, split.test), start.labels)
        self.model = start.model().to(device())


def retrain(
    sources: Sources, folder: Path, out: Path, **settings: Any
) -> tuple[Gathered, Comparison]:
    """Train a candidate in `folder`, write its bundle to `out` and compare it on the gate set.

    Calling it again goes on where it stopped. Raises DataError and RunError with what to do.
    """
    gathered = _gather(sources, folder)
    start = make_start(folder / "start", sources.bundle, sources.run)
    manifest = read_json(sources.bundle / MANIFEST_FILE)
    posts = gathered.corrections + gathered.replay
    held_out = round(min(0.2, _HELD_OUT / posts), 4)
    config = RetrainConfig(
        data=str(folder / DATA_FILE),
        base=str(start.folder),
        layers=tuple(range(start.layers)),
        max_length=start.max_length,
        validation=held_out,
        test=held_out,
        bundle_sha256=fingerprint(sources.bundle),
        data_sha256=file_hash(folder / DATA_FILE),
        **settings,
    )
    _fit(config, folder, start)
    _pack(config, folder, out, manifest, gathered)
    comparison = pass_gate(sources.bundle, out, sources.gate)
    text = (out / COMPARISON_FILE).read_text(encoding="utf-8")
    (folder / COMPARISON_FILE).write_text(text, encoding="utf-8")
    return gathered, comparison


def _fit(config: RetrainConfig, folder: Path, start: Start) -> None:
    split = load_split(config, folder)
    if not split.train or not split.validation or not split.test:
        raise RunError(f"{config.data}: too few posts to hold any out; give --data or --pool.")
    prepare(config, folder)
    task = RetrainTask(config, split, start)
    loop = Loop(config, folder, task)
    if not loop.resume():
        save_split(split, folder / SPLIT_FILE)
        save_facts(folder, split, task.labels, task.model, Path(config.data))
        loop.checkpoint()  # what is known already is the first to beat
    loop.fit("retraining")


def _gather(sources: Sources, folder: Path) -> Gathered:
    """Write what is learnt from into the folder; the same sources give the same file.

    Raises RunError when another file stands there: a folder is for one retraining.
    """
    classifier = load_bundle(sources.bundle)
    corrections = [replace(e, source=CORRECTIONS) for e in read_examples(sources.corrections)]
    gate = read_examples(sources.gate)
    found = len(corrections)
    corrections, before = _unlike(gate, corrections, _replay(sources, classifier))
    before = _draw(before, sources.replay)
    for file, some in ((sources.corrections, corrections), (sources.data, before)):
        unknown = sorted({e.label for e in some} - set(classifier.labels))
        if unknown:
            raise DataError(
                f"{file}: labels {unknown} are not among the bundle's. Retraining keeps a "
                f"bundle's labels; for new ones use `tanggap-ml train`."
            )
    if len(corrections) + len(before) < _LEAST_POSTS:
        raise DataError(
            f"{sources.corrections}: with {len(corrections)} corrections and {len(before)} posts "
            f"of before there are fewer than {_LEAST_POSTS} to learn from. Label more posts."
        )
    folder.mkdir(parents=True, exist_ok=True)
    _write_examples(folder / DATA_FILE, [*corrections, *before])
    return Gathered(len(corrections), len(before), found - len(corrections))


def _replay(sources: Sources, classifier: OnnxClassifier) -> list[Example]:
    if sources.data is not None:
        return [replace(e, source=REPLAY) for e in read_examples(sources.data)]
    if sources.pool is None:
        return []
    posts = _draw(read_posts(sources.pool), sources.replay)
    examples = [
        Example(str(n), post.text, "", post.language, REPLAY) for n, post in enumerate(posts)
    ]
    logits, _ = bundle_logits(classifier, examples)
    probabilities = softmax(logits / classifier.manifest.temperature)
    labels = [classifier.labels[i] for i in probabilities.argmax(axis=1)]
    sure = probabilities.max(axis=1) >= np.array([classifier.thresholds[label] for label in labels])
    return [
        replace(example, label=label)
        for example, label, certain in zip(examples, labels, sure, strict=True)
        if certain
    ]


def _unlike(
    gate: Sequence[Example], corrections: Sequence[Example], before: Sequence[Example]
) -> tuple[list[Example], list[Example]]:
    """Leave out what resembles the gate set, and old posts that resemble a corrected one."""
    groups = near_duplicate_groups([e.text for e in (*gate, *corrections, *before)])
    held = set(groups[: len(gate)])
    said = groups[len(gate) : len(gate) + len(corrections)]
    old = groups[len(gate) + len(corrections) :]
    return (
        [e for e, group in zip(corrections, said, strict=True) if group not in held],
        [e for e, group in zip(before, old, strict=True) if group not in held | set(said)],
    )


def _draw(items: Sequence[T], at_most: int) -> list[T]:
    if len(items) <= at_most:
        return list(items)
    chance = random.Random(20)  # noqa: S311  # a sample, nothing secret
    return chance.sample(list(items), at_most)


def _write_examples(path: Path, examples: Sequence[Example]) -> None:
    rows = [
        {
            "id": f"{e.source}:{e.id}",
            "text": e.text,
            "label": e.label,
            "lang": e.language,
            "source": e.source,
        }
        for e in examples
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    if path.is_file() and path.read_text(encoding="utf-8") != text:
        raise RunError(f"{path}: belongs to other posts; use a new folder for --work.")
    path.write_text(text, encoding="utf-8")


def _pack(
    config: RetrainConfig,
    folder: Path,
    out: Path,
    manifest: dict[str, Any],
    gathered: Gathered,
) -> None:
    """Export the candidate; what people call its labels, and its licence, stay the bundle's."""
    few = len(load_split(config, folder).validation) < _CALIBRATING_POSTS
    notes = (
        f"## How it came about\n\nTrained on from {manifest['version']} on {gathered.corrections} "
        f"labels that people gave in the inbox and {gathered.replay} posts of before. The figures "
        f"below are from a small held-out part of these; `{COMPARISON_FILE}` compares the two "
        f"bundles on the gate set.\n"
    )
    kept = ["fallback_label", "label_names"]
    if few:
        kept += ["temperature", "thresholds"]
        notes += "Temperature and thresholds are those of before: too few posts to fit new ones.\n"
    parent = {"version": manifest["version"], "corrections": gathered.corrections}
    options = PackOptions(
        base_name=manifest.get("base_model", ""),
        licence=manifest.get("licence", "unspecified"),
        notes=notes,
        baseline=False,
        kept={key: manifest[key] for key in kept if key in manifest} | {"retrained_from": parent},
    )
    pack(folder, out, options)
