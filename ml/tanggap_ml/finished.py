"""Take the encoder of a finished run as a base, so that one training can build on another."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tanggap_ml.config import TrainConfig
from tanggap_ml.data import file_hash
from tanggap_ml.errors import RunError
from tanggap_ml.export import load_student
from tanggap_ml.loop import CONFIG_FILE, HISTORY_FILE, WEIGHTS_FILE
from tanggap_ml.train import FACTS_FILE, read_facts

ORIGIN_FILE = "origin.json"
TOKENIZER_FILE = "tokenizer.json"
ENCODER_FILE = "model.safetensors"
MERGED = "merged"
"""The entry of a merged run's settings that names the runs it was made of."""
BEFORE = "before"
"""The entry that says what the bases of those runs had learnt, a sentence for each kind."""


def as_base(folder: Path, target: Path) -> Path:
    """Return the folder if it is a base; the encoder of a finished run is written to `target`.

    What is there already of this run is used again. Raises RunError when the folder is neither,
    when the run is not finished, and when `target` holds the encoder of another.
    """
    if (folder / ENCODER_FILE).is_file():
        return folder
    check_finished(folder)
    facts = read_facts(folder)
    origin = {
        "weights_sha256": file_hash(folder / WEIGHTS_FILE),
        "labels": facts["labels"],
        "posts": facts["posts"]["train"],
    }
    config = _read(folder / CONFIG_FILE)
    if merged := config.get(MERGED):
        origin["runs"] = len(merged)
    before = config.get(BEFORE, [learnt_before(Path(config["base"]))])
    if told := " or ".join(filter(None, before)):
        origin["before"] = told
    if (target / ORIGIN_FILE).is_file():
        if _read(target / ORIGIN_FILE) != origin:
            raise RunError(f"{target}: made of another run; use a new run folder.")
        return target
    model, _ = load_student(folder, len(facts["labels"]))
    model.encoder.save_pretrained(target)
    shutil.copyfile(Path(TrainConfig.load(folder).base) / TOKENIZER_FILE, target / TOKENIZER_FILE)
    (target / ORIGIN_FILE).write_text(json.dumps(origin, indent=2) + "\n", encoding="utf-8")
    return target


def learnt_before(base: Path) -> str:
    """Say what a base that `as_base` returned was fine-tuned on; empty for any other."""
    if not (base / ORIGIN_FILE).is_file():
        return ""
    origin = _read(base / ORIGIN_FILE)
    told = f"{origin['before']}, then on " if "before" in origin else ""
    told += f"{origin['posts']:,} posts labelled {', '.join(origin['labels'])}"
    return told + (f" (the mean of {origin['runs']} runs)" if "runs" in origin else "")


def check_finished(folder: Path) -> None:
    """Raise RunError when the folder is not a run, and when the run has not come to its end."""
    if not (folder / FACTS_FILE).is_file():
        raise RunError(
            f"{folder}: neither a base, as `tanggap-ml base` and `adapt` make them, nor a run of "
            "`tanggap-ml train`."
        )
    epochs, path = TrainConfig.load(folder).epochs, folder / HISTORY_FILE
    done = _read(path)[-1]["epoch"] if path.is_file() else 0
    if done < epochs:
        raise RunError(
            f"{folder}: its training stopped after epoch {done} of {epochs}. "
            "Repeat the command that began it, then this one."
        )


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
