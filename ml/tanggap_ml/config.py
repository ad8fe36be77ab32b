"""The settings of one training run, saved in full beside its weights."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tanggap_ml.errors import RunError

CONFIG_FILE = "config.json"


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Say how a student is cut from the base encoder and fine-tuned.

    `layers` are the layers of the base that are kept, `max_length` counts tokens with the two
    specials, `class_weight_power` weights a label by its frequency to the minus this power
    (0 is none, 1 is balanced), `lower_rate` is the share of posts lower-cased in each epoch.
    """

    data: str
    base: str
    layers: tuple[int, ...] = (1, 3, 5, 7, 9, 11)
    max_length: int = 96
    validation: float = 0.05
    test: float = 0.07
    seed: int = 20
    epochs: int = 3
    batch_size: int = 32
    learning_rate: float = 1e-4
    head_learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup: float = 0.06
    label_smoothing: float = 0.05
    class_weight_power: float = 0.5
    language_weight: float = 0.1
    lower_rate: float = 0.1
    checkpoints_per_epoch: int = 2
    precision: Literal["fp32", "bf16"] = "fp32"
    threads: int = 2

    def save(self, run: Path) -> None:
        """Write the settings into the run's folder."""
        text = json.dumps(dataclasses.asdict(self), indent=2)
        (run / CONFIG_FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, run: Path) -> TrainConfig:
        """Read the settings of a run; raises RunError when the folder is not one."""
        path = run / CONFIG_FILE
        if not path.is_file():
            raise RunError(f"{path}: no such file. Give the folder that `tanggap-ml train` wrote.")
        values = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**values, "layers": tuple(values["layers"])})
