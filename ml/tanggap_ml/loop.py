"""The training loop that adaptation, fine-tuning and distillation share.

A run is a folder: the settings, a checkpoint to resume from, the best weights, the history.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import random
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor, nn

from tanggap_ml.average import Average
from tanggap_ml.batches import Batch
from tanggap_ml.errors import RunError
from tanggap_ml.progress import progress

log = logging.getLogger(__name__)

STATE_FILE = "state.pt"
WEIGHTS_FILE = "best.safetensors"
HISTORY_FILE = "history.json"
CONFIG_FILE = "config.json"

_LAYER = re.compile(r"\.layer\.(\d+)\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopConfig:
    """Say how weights are moved.

    `head_learning_rate` moves what is new and starts from chance; both rates rise over the share
    `warmup` of the steps and fall to nothing. Each layer of the encoder below the heads moves
    `layer_decay` times as fast as what lies above it (1 is all alike). `batch_size` counts posts.
    With `average` the mean of the weights over about 1 / (1 - average) steps is what is measured
    and kept (0 is off: the weights themselves).
    """

    seed: int = 20
    epochs: int = 3
    batch_size: int = 64
    learning_rate: float = 1e-4
    head_learning_rate: float = 1e-3
    layer_decay: float = 1.0
    weight_decay: float = 0.01
    average: float = 0.0
    warmup: float = 0.06
    checkpoints_per_epoch: int = 2
    precision: Literal["fp32", "bf16"] = "fp32"
    threads: int = 2


class Task(Protocol):
    """What is learnt: the batches, their loss, and how good the model is at a checkpoint.

    The model names its new parts with `_head.` in their path.
    """

    @property
    def model(self) -> nn.Module:
        """Return what is trained."""

    @property
    def steps_per_epoch(self) -> int:
        """Return the number of batches of an epoch."""

    def batches(self, epoch: int) -> Sequence[Batch]:
        """Return the batches of an epoch, the same for the same epoch."""

    def loss(self, batch: Batch) -> Tensor:
        """Return the loss of one batch, in fp32."""

    def measure(self) -> dict[str, float]:
        """Return the figures of a checkpoint; the first one decides which is kept."""


class Loop:
    """Train a task in a folder, going on where an interrupted call stopped."""

    def __init__(self, config: LoopConfig, run: Path, task: Task) -> None:
        self.config, self.run, self.task = config, run, task
        self.total_steps = task.steps_per_epoch * config.epochs
        self.step = 0
        self.history: list[dict[str, float]] = []
        self._optimizer, self._scheduler = self._make_optimizer()
        self._average = Average(task.model, config.average) if config.average else None

    def resume(self) -> bool:
        """Go on from the last checkpoint of the folder, if it has one."""
        path = self.run / STATE_FILE
        if not path.is_file():
            return False
        state = torch.load(path, weights_only=True, map_location=device())
        if state["total_steps"] != self.total_steps:
            raise RunError(f"{path}: belongs to other data; use a new run folder.")
        self.task.model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._scheduler.load_state_dict(state["scheduler"])
        if self._average:
            self._average.load(state["average"])
        self.step, self.history = state["step"], state["history"]
        seed_all(self.config.seed + self.step)  # for a GPU's generator, which is not saved
        torch.set_rng_state(state["random"].cpu())
        return True

    def fit(self, title: str) -> None:
        """Train to the last epoch, measuring and saving at every checkpoint."""
        per_epoch = self.task.steps_per_epoch
        every = -(-per_epoch // self.config.checkpoints_per_epoch)
        with progress() as bar:
            shown = bar.add_task(title, total=self.total_steps, completed=self.step)
            while self.step < self.total_steps:
                epoch, done = divmod(self.step, per_epoch)
                for batch in self.task.batches(epoch)[done:]:
                    loss = self.train_on(batch)
                    bar.update(shown, completed=self.step, description=f"{title}, loss {loss:.3f}")
                    if self.step % every == 0 or self.step == self.total_steps:
                        self.checkpoint()

    def train_on(self, batch: Batch) -> float:
        """Move the weights by one batch; returns its loss."""
        self.task.model.train()
        with torch.autocast(device().type, torch.bfloat16, enabled=self.config.precision == "bf16"):
            loss = self.task.loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.task.model.parameters(), 1.0)
        self._optimizer.step()
        self._scheduler.step()
        self._optimizer.zero_grad(set_to_none=True)
        self.step += 1
        if self._average:
            self._average.follow(self.step)
        return float(loss.detach())

    def checkpoint(self) -> None:
        """Measure, keep the weights if they are the best so far, save the state to resume from."""
        with self._average.applied() if self._average else nullcontext():
            self._measure()
        self._save_state()

    def _measure(self) -> None:
        self.task.model.eval()
        with torch.inference_mode():
            figures = self.task.measure()
        name = next(iter(figures))
        best = max((entry[name] for entry in self.history), default=float("-inf"))
        epoch = round(self.step / self.task.steps_per_epoch, 3)
        self.history.append({"step": self.step, "epoch": epoch, **figures})
        log.info("checkpoint %s", self.history[-1])
        if figures[name] > best:
            weights = {k: v.contiguous() for k, v in self.task.model.state_dict().items()}
            with _writing(self.run / WEIGHTS_FILE):
                save_file(weights, self.run / WEIGHTS_FILE)

    def _save_state(self) -> None:
        state = {
            "model": self.task.model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "scheduler": self._scheduler.state_dict(),
            "step": self.step,
            "total_steps": self.total_steps,
            "history": self.history,
            "average": self._average.weights if self._average else {},
            "random": torch.get_rng_state(),
        }
        partial = self.run / f"{STATE_FILE}.partial"
        with _writing(partial):
            torch.save(state, partial)
        partial.replace(self.run / STATE_FILE)
        (self.run / HISTORY_FILE).write_text(json.dumps(self.history, indent=2), encoding="utf-8")

    def _make_optimizer(
        self,
    ) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LambdaLR]:
        config = self.config
        groups = parameter_groups(config, self.task.model)
        optimizer = torch.optim.AdamW(groups, weight_decay=config.weight_decay, fused=True)
        total = self.total_steps
        warm = max(1, round(total * config.warmup))

        def scale(step: int) -> float:
            return min((step + 1) / warm, max(0.0, (total - step) / max(1, total - warm)))

        return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, scale)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Name the file that cannot be written: torch does not tell of a full disk in so many words."""
    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as err:
        raise RunError(
            f"{path}: cannot be written; is the disk full? ({err}) Make room and repeat the "
            "command: it goes on from the last checkpoint."
        ) from err


def parameter_groups(config: LoopConfig, model: nn.Module) -> list[dict[str, Any]]:
    """Put the parameters that move at the same rate together."""
    names = [name for name, _ in model.named_parameters()]
    layers = 1 + max((int(found[1]) for n in names if (found := _LAYER.search(n))), default=-1)
    groups: dict[float, list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        rate = config.head_learning_rate
        if "_head." not in name:
            rate = config.learning_rate * config.layer_decay ** _depth(name, layers)
        groups.setdefault(rate, []).append(parameter)
    return [{"params": parameters, "lr": rate} for rate, parameters in groups.items()]


def _depth(name: str, layers: int) -> int:
    """Return how far below the heads a parameter lies: 1 is the last layer."""
    found = _LAYER.search(name)
    return layers - int(found[1]) if found else layers + 1


def device() -> torch.device:
    """Return the GPU where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def seed_all(seed: int) -> None:
    """Seed every generator that training draws from."""
    random.seed(seed)
    np.random.seed(seed)  # libraries draw from the global generator
    torch.manual_seed(seed)


def prepare(config: LoopConfig, run: Path) -> None:
    """Set threads and seeds, make the folder and write the settings into it.

    Raises RunError when the folder holds a run of other settings. Settings alone are none: they are
    left by a command that failed before it made anything, and the next one may choose others.
    """
    torch.set_num_threads(config.threads)
    seed_all(config.seed)
    run.mkdir(parents=True, exist_ok=True)
    text = json.dumps(dataclasses.asdict(config), indent=2) + "\n"
    path = run / CONFIG_FILE
    begun = any(other.name != CONFIG_FILE for other in run.iterdir())
    if begun and path.is_file() and path.read_text(encoding="utf-8") != text:
        raise RunError(f"{path}: belongs to other settings; use a new run folder.")
    path.write_text(text, encoding="utf-8")
