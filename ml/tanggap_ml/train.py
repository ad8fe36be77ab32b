"""Fine-tune a student, with checkpoints that a later call resumes from."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from tanggap_ml.batches import (
    Batch,
    encode,
    evaluation_batches,
    load_tokenizer,
    training_batches,
)
from tanggap_ml.config import TrainConfig
from tanggap_ml.data import Example, balance, file_hash, labels_of, read_examples
from tanggap_ml.errors import RunError
from tanggap_ml.metrics import score_by
from tanggap_ml.model import LANGUAGES, PostClassifier, student_from
from tanggap_ml.split import Split, restore_split, save_split, split_examples

log = logging.getLogger(__name__)

STATE_FILE = "state.pt"
WEIGHTS_FILE = "best.safetensors"
HISTORY_FILE = "history.json"
FACTS_FILE = "facts.json"
SPLIT_FILE = "split.json"
_NO_LANGUAGE = -100


def progress() -> Progress:
    """Return a progress bar with counts and the time that remains."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )


def load_split(config: TrainConfig, run: Path) -> Split:
    """Read the run's data file and split it: as the run did before, else as its settings say."""
    examples = read_examples(Path(config.data))
    if (run / SPLIT_FILE).is_file():
        return restore_split(examples, run / SPLIT_FILE)
    return split_examples(
        examples,
        validation=config.validation,
        test=config.test,
        seed=config.seed,
    )


class Trainer:
    """One fine-tuning run in one folder."""

    def __init__(self, config: TrainConfig, run: Path, split: Split) -> None:
        torch.set_num_threads(config.threads)
        _seed(config.seed)
        self.config, self.run, self.split = config, run, split
        self.labels = labels_of([*split.train, *split.validation, *split.test])
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        base = Path(config.base)
        self.tokenizer = load_tokenizer(base / "tokenizer.json", config.max_length)
        self.model = student_from(base, config.layers, len(self.labels)).to(self.device)
        self.steps_per_epoch = -(-len(split.train) // config.batch_size)
        self.step = 0
        self.history: list[dict[str, Any]] = []
        self._optimizer, self._scheduler = self._make_optimizer()
        self._label_loss = nn.CrossEntropyLoss(
            weight=self._class_weights().to(self.device), label_smoothing=config.label_smoothing
        )
        self._language_loss = nn.CrossEntropyLoss(ignore_index=_NO_LANGUAGE)
        self._gold = torch.tensor([self.labels.index(e.label) for e in split.train])
        self._languages = torch.tensor([_language_index(e) for e in split.train])

    @property
    def total_steps(self) -> int:
        """Return the steps of the whole run."""
        return self.steps_per_epoch * self.config.epochs

    def resume(self) -> bool:
        """Go on from the last checkpoint of the folder, if it has one."""
        path = self.run / STATE_FILE
        if not path.is_file():
            return False
        state = torch.load(path, weights_only=True, map_location=self.device)
        if state["total_steps"] != self.total_steps:
            raise RunError(f"{path}: belongs to other settings or data; use a new run folder.")
        self.model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._scheduler.load_state_dict(state["scheduler"])
        self.step, self.history = state["step"], state["history"]
        _seed(self.config.seed + self.step)
        return True

    def fit(self) -> None:
        """Train to the last epoch, evaluating and saving at every checkpoint."""
        every = max(1, self.steps_per_epoch // self.config.checkpoints_per_epoch)
        with progress() as bar:
            task = bar.add_task("training", total=self.total_steps, completed=self.step)
            while self.step < self.total_steps:
                epoch, done = divmod(self.step, self.steps_per_epoch)
                for batch in self._epoch_batches(epoch)[done:]:
                    loss = self._train_on(batch)
                    self.step += 1
                    bar.update(task, completed=self.step, description=f"loss {loss:.3f}")
                    if self.step % every == 0 or self.step == self.total_steps:
                        self._checkpoint()

    def _epoch_batches(self, epoch: int) -> list[Batch]:
        chance = random.Random(self.config.seed * 1000 + epoch)  # noqa: S311  # augmentation
        texts = [
            e.text.lower() if chance.random() < self.config.lower_rate else e.text
            for e in self.split.train
        ]
        return training_batches(
            encode(self.tokenizer, texts),
            size=self.config.batch_size,
            seed=self.config.seed + epoch,
            pad=self._pad,
        )

    def _train_on(self, batch: Batch) -> float:
        self.model.train()
        with torch.autocast(
            self.device.type, torch.bfloat16, enabled=self.config.precision == "bf16"
        ):
            label_logits, language_logits = self.model(
                batch.input_ids.to(self.device), batch.attention_mask.to(self.device)
            )
        loss = self._label_loss(label_logits.float(), self._gold[batch.positions].to(self.device))
        languages = self._languages[batch.positions].to(self.device)
        if bool((languages != _NO_LANGUAGE).any()):
            loss = loss + self.config.language_weight * self._language_loss(
                language_logits.float(), languages
            )
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimizer.step()
        self._scheduler.step()
        self._optimizer.zero_grad(set_to_none=True)
        return float(loss.detach())

    def _checkpoint(self) -> None:
        logits = predict_logits(self.model, self.tokenizer, self.split.validation)
        predicted = [self.labels[i] for i in logits[0].argmax(1)]
        scores = score_by(
            [e.label for e in self.split.validation],
            predicted,
            [e.language for e in self.split.validation],
            self.labels,
        )
        by_language = [s["macro_f1"] for key, s in scores.items() if key != "all"]
        figure = float(np.mean(by_language or [scores["all"]["macro_f1"]]))
        best = max((entry["macro_f1"] for entry in self.history), default=-1.0)
        self.history.append(
            {
                "step": self.step,
                "epoch": round(self.step / self.steps_per_epoch, 3),
                "macro_f1": round(figure, 4),
                **{f"macro_f1_{key}": s["macro_f1"] for key, s in scores.items()},
            }
        )
        log.info("checkpoint %s", self.history[-1])
        if figure > best:
            save_file(
                {key: value.contiguous() for key, value in self.model.state_dict().items()},
                self.run / WEIGHTS_FILE,
            )
        self._save_state()

    def _save_state(self) -> None:
        state = {
            "model": self.model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "scheduler": self._scheduler.state_dict(),
            "step": self.step,
            "total_steps": self.total_steps,
            "history": self.history,
        }
        partial = self.run / f"{STATE_FILE}.partial"
        torch.save(state, partial)
        partial.replace(self.run / STATE_FILE)
        (self.run / HISTORY_FILE).write_text(json.dumps(self.history, indent=2), encoding="utf-8")

    def _make_optimizer(
        self,
    ) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LambdaLR]:
        config = self.config
        heads = [p for n, p in self.model.named_parameters() if "_head." in n]
        body = [p for n, p in self.model.named_parameters() if "_head." not in n]
        optimizer = torch.optim.AdamW(
            [
                {"params": body, "lr": config.learning_rate},
                {"params": heads, "lr": config.head_learning_rate},
            ],
            weight_decay=config.weight_decay,
            fused=True,
        )
        total = self.total_steps
        warm = max(1, round(total * config.warmup))

        def scale(step: int) -> float:
            return min((step + 1) / warm, max(0.0, (total - step) / max(1, total - warm)))

        return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, scale)

    def _class_weights(self) -> Tensor:
        counts = torch.tensor(
            [max(1, sum(e.label == label for e in self.split.train)) for label in self.labels]
        )
        weights = (counts.sum() / counts) ** self.config.class_weight_power
        return weights / (weights * counts).sum() * counts.sum()

    @property
    def _pad(self) -> int:
        return pad_id(self.tokenizer)


def train(config: TrainConfig, run: Path) -> list[dict[str, Any]]:
    """Train in the folder `run`, going on where an interrupted call stopped.

    Returns the history of validation scores. The best weights stay in the folder.
    """
    run.mkdir(parents=True, exist_ok=True)
    split = load_split(config, run)
    if not split.train or not split.validation:
        raise RunError(f"{config.data}: too few posts for a validation part; add labelled posts.")
    trainer = Trainer(config, run, split)
    if not trainer.resume():
        config.save(run)
        save_split(split, run / SPLIT_FILE)
        _save_facts(trainer, Path(config.data))
    trainer.fit()
    return trainer.history


def predict_logits(
    model: PostClassifier, tokenizer: Tokenizer, examples: Sequence[Example]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return label logits and language logits of the posts, in their order."""
    device = next(model.parameters()).device
    model.eval()
    encoded = encode(tokenizer, [e.text for e in examples])
    labels = torch.zeros((len(examples), model.label_head.out_features))
    languages = torch.zeros((len(examples), model.language_head.out_features))
    with torch.inference_mode():
        for batch in evaluation_batches(encoded, size=64, pad=pad_id(tokenizer)):
            output = model(batch.input_ids.to(device), batch.attention_mask.to(device))
            labels[batch.positions] = output[0].float().cpu()
            languages[batch.positions] = output[1].float().cpu()
    return labels.numpy(), languages.numpy()


def pad_id(tokenizer: Tokenizer) -> int:
    """Return the id of the padding token."""
    found = tokenizer.token_to_id("<pad>")
    if found is None:
        raise RunError("The tokenizer has no <pad> token.")
    return int(found)


def _save_facts(trainer: Trainer, data: Path) -> None:
    split = trainer.split
    facts = {
        "labels": trainer.labels,
        "languages": LANGUAGES,
        "data_sha256": file_hash(data),
        "posts": {
            "train": len(split.train),
            "validation": len(split.validation),
            "test": len(split.test),
        },
        "balance": balance(split.train),
        "parameters": sum(p.numel() for p in trainer.model.parameters()),
    }
    (trainer.run / FACTS_FILE).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def _language_index(example: Example) -> int:
    return LANGUAGES.index(example.language) if example.language in LANGUAGES else _NO_LANGUAGE


def _seed(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)  # libraries draw from the global generator
    torch.manual_seed(seed)
