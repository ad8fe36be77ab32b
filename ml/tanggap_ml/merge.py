"""Merge finished runs into one whose weights are the mean of theirs.

Fine-tunings that began from one encoder lie so near each other that their mean often reads better
than each of them, and costs no more to run ("Model soups", Wortsman et al. 2022).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from tanggap_ml.config import TrainConfig
from tanggap_ml.data import file_hash
from tanggap_ml.errors import RunError
from tanggap_ml.export import load_student
from tanggap_ml.finished import (
    BEFORE,
    MERGED,
    TOKENIZER_FILE,
    check_finished,
    learnt_before,
)
from tanggap_ml.loop import CONFIG_FILE, HISTORY_FILE, WEIGHTS_FILE
from tanggap_ml.split import held_out
from tanggap_ml.train import FACTS_FILE, SPLIT_FILE, load_split, read_facts, validation_figures


def mean_weights(files: Sequence[Path]) -> dict[str, Tensor]:
    """Return the mean of weights of the same names and shapes, one file after the other.

    Raises RunError when a file holds the weights of another kind of model.
    """
    total = load_file(files[0])
    shapes = {name: value.shape for name, value in total.items()}
    for file in files[1:]:
        weights = load_file(file)
        if {name: value.shape for name, value in weights.items()} != shapes:
            raise RunError(
                f"{file}: its model is of another shape than that of {files[0]}. Merge runs that "
                "began from the same base and kept the same layers."
            )
        for name, value in weights.items():
            total[name] += value
    return {name: value / len(files) for name, value in total.items()}


def merge(runs: Sequence[Path], target: Path) -> dict[str, float]:
    """Write a run into the new folder `target`; the first run lends its settings.

    Returns macro-F1 on the validation part: of each run by its folder and, last, of what they make
    together. Raises RunError when a run is not finished, when the runs differ in labels, data,
    held-out posts, vocabulary or shape, and when `target` exists.
    """
    if target.exists():
        raise RunError(f"{target}: is there already. Give a new folder.")
    for run in runs:
        check_finished(run)
    _check_alike(runs)
    weights = mean_weights([run / WEIGHTS_FILE for run in runs])
    config, facts = TrainConfig.load(runs[0]), read_facts(runs[0])
    model, tokenizer = load_student(runs[0], len(facts["labels"]))
    model.load_state_dict(weights)
    validation = load_split(config, runs[0]).validation
    figures = validation_figures(model, tokenizer, validation, facts["labels"])
    scores = {str(run): _best(run) for run in runs} | {str(target): figures["macro_f1"]}
    _write(target, runs, weights, {"step": 0, "epoch": config.epochs, **figures})
    return scores


def _check_alike(runs: Sequence[Path]) -> None:
    """Raise RunError unless what one run learnt from is what the others did."""
    alike: Mapping[str, Callable[[Path], Any]] = {
        "labels": lambda run: read_facts(run)["labels"],
        "data": lambda run: read_facts(run)["data_sha256"],
        "held-out posts": lambda run: held_out(run / SPLIT_FILE),
        "vocabulary": lambda run: file_hash(Path(TrainConfig.load(run).base) / TOKENIZER_FILE),
    }
    for what, read in alike.items():
        for run in runs[1:]:
            if read(run) != read(runs[0]):
                raise RunError(
                    f"{run}: its {what} differ from those of {runs[0]}. Merge runs of the same "
                    "file, labels and vocabulary; `train --split-of` holds out the same posts."
                )


def _best(run: Path) -> float:
    history = json.loads((run / HISTORY_FILE).read_text(encoding="utf-8"))
    return max(float(entry["macro_f1"]) for entry in history)


def _before(run: Path) -> str:
    return learnt_before(Path(TrainConfig.load(run).base))


def _write(
    target: Path, runs: Sequence[Path], weights: Mapping[str, Tensor], entry: Mapping[str, Any]
) -> None:
    staging = target.with_name(f".{target.name}.partial")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    for name in (FACTS_FILE, SPLIT_FILE):
        shutil.copyfile(runs[0] / name, staging / name)
    settings = json.loads((runs[0] / CONFIG_FILE).read_text(encoding="utf-8"))
    settings[MERGED] = [run.name for run in runs]
    settings[BEFORE] = list(dict.fromkeys(_before(run) for run in runs))
    for name, values in ((CONFIG_FILE, settings), (HISTORY_FILE, [entry])):
        (staging / name).write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    save_file(dict(weights), staging / WEIGHTS_FILE)
    staging.replace(target)
