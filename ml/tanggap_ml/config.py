"""The settings of one fine-tuning run, saved in full beside its weights."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from tanggap_ml.errors import RunError
from tanggap_ml.loop import CONFIG_FILE, LoopConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig(LoopConfig):
    """Say how a classifier is cut from the base encoder and fine-tuned.

    `layers` are the layers of the base that are kept, `max_length` counts tokens with the two
    specials, `class_weight_power` weights a label by its frequency to the minus this power
    (0 is none, 1 is balanced), `vary_rate` is the share of posts written otherwise in
    each epoch (see `perturb`), `hide_rate` the share of tokens masked, `dropout` that of the
    encoder's states and attention set to nothing.
    """

    data: str
    base: str
    layers: tuple[int, ...] = (1, 3, 5, 7, 9, 11)
    max_length: int = 96
    validation: float = 0.05
    test: float = 0.07
    label_smoothing: float = 0.05
    class_weight_power: float = 0.5
    language_weight: float = 0.1
    vary_rate: float = 0.3
    hide_rate: float = 0.1
    dropout: float = 0.0

    @classmethod
    def load(cls, run: Path) -> TrainConfig:
        """Read the settings of a run; raises RunError when the folder is not one."""
        path = run / CONFIG_FILE
        if not path.is_file():
            raise RunError(f"{path}: no such file. Give the folder that `tanggap-ml train` wrote.")
        values = json.loads(path.read_text(encoding="utf-8"))
        if not {"data", "base", "layers"} <= set(values):
            raise RunError(f"{path}: not that of a run. Give the folder of `tanggap-ml train`.")
        known = {field.name for field in dataclasses.fields(cls)}
        chosen = {name: value for name, value in values.items() if name in known}
        return cls(**{**chosen, "layers": tuple(values["layers"])})
