"""Fine-tune a classifier of posts; a teacher, or a student without one."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from tanggap_ml.batches import (
    Batch,
    encode,
    evaluation_batches,
    hide_words,
    load_tokenizer,
    pad_id,
    training_batches,
)
from tanggap_ml.config import TrainConfig
from tanggap_ml.data import (
    Example,
    balance,
    file_hash,
    label_faults,
    labels_of,
    read_examples,
)
from tanggap_ml.errors import DataError, RunError
from tanggap_ml.loop import Loop, device, prepare
from tanggap_ml.metrics import score_by
from tanggap_ml.model import LANGUAGES, PostClassifier, student_from
from tanggap_ml.perturb import vary
from tanggap_ml.split import Split, held_out, restore_split, save_split, split_examples

FACTS_FILE = "facts.json"
SPLIT_FILE = "split.json"
_NO_LANGUAGE = -100


def load_split(config: TrainConfig, run: Path) -> Split:
    """Read the run's data file and split it: as the run did before, else as its settings say.

    Raises RunError when the file has changed since: the run may have learnt what would be held out.
    """
    examples = read_examples(Path(config.data))
    if (run / SPLIT_FILE).is_file():
        if (run / FACTS_FILE).is_file():
            _check_unchanged(Path(config.data), run)
        return restore_split(examples, run / SPLIT_FILE)
    return split_examples(
        examples,
        validation=config.validation,
        test=config.test,
        seed=config.seed,
    )


def _check_unchanged(data: Path, run: Path) -> None:
    if read_facts(run)["data_sha256"] != file_hash(data):
        raise RunError(
            f"{data}: has changed since {run} began to learn from it, so nobody knows any more "
            "which posts it held out. Restore the file, or train anew in a new folder."
        )


def split_as(other: Path, run: Path, data: Path) -> None:
    """Let a run on the file `data` that has not begun hold out the posts that another run did.

    Raises RunError when the other folder is not a run on the same file, whose new posts could be
    copies of held-out ones, or when the run holds out other posts.
    """
    if read_facts(other)["data_sha256"] != file_hash(data):
        raise RunError(f"{data}: is not the file that {other} was trained on, or has changed.")
    theirs, ours = other / SPLIT_FILE, run / SPLIT_FILE
    if ours.is_file() and held_out(ours) != held_out(theirs):
        raise RunError(f"{run}: holds out other posts than {other} does; use a new run folder.")
    run.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(theirs, ours)


class TrainTask:
    """Labels, and languages as a second thing to learn."""

    def __init__(
        self, config: TrainConfig, split: Split, labels: tuple[str, ...] | None = None
    ) -> None:
        self.config, self.split = config, split
        self.labels = labels or labels_of([*split.train, *split.validation, *split.test])
        base = Path(config.base)
        self.tokenizer = load_tokenizer(base / "tokenizer.json", config.max_length)
        model = student_from(base, config.layers, len(self.labels), config.dropout)
        self.model = model.to(device())
        self.steps_per_epoch = -(-len(split.train) // config.batch_size)
        self._label_loss = nn.CrossEntropyLoss(
            weight=self._class_weights().to(device()), label_smoothing=config.label_smoothing
        )
        self._language_loss = nn.CrossEntropyLoss(ignore_index=_NO_LANGUAGE)
        self._gold = torch.tensor([self.labels.index(e.label) for e in split.train])
        self._languages = torch.tensor([_language_index(e) for e in split.train])

    def batches(self, epoch: int) -> list[Batch]:
        """Return the shuffled batches of an epoch, some posts varied, some words hidden."""
        chance = random.Random(self.config.seed * 1000 + epoch)  # noqa: S311  # augmentation
        texts = vary((e.text for e in self.split.train), self.config.vary_rate, chance)
        encoded = encode(self.tokenizer, texts)
        return training_batches(
            hide_words(self.tokenizer, encoded, self.config.hide_rate, chance),
            size=self.config.batch_size,
            seed=self.config.seed + epoch,
            pad=pad_id(self.tokenizer),
        )

    def loss(self, batch: Batch) -> Tensor:
        """Return the label loss plus the weighted language loss."""
        label_logits, language_logits = self.model(
            batch.input_ids.to(device()), batch.attention_mask.to(device())
        )
        loss: Tensor = self._label_loss(
            label_logits.float(), self._gold[batch.positions].to(device())
        )
        languages = self._languages[batch.positions].to(device())
        if bool((languages != _NO_LANGUAGE).any()):
            loss = loss + self.config.language_weight * self._language_loss(
                language_logits.float(), languages
            )
        return loss

    def measure(self) -> dict[str, float]:
        """Return macro-F1 on the validation part: mean over languages, of all, of each."""
        return validation_figures(self.model, self.tokenizer, self.split.validation, self.labels)

    def _class_weights(self) -> Tensor:
        counts = torch.tensor(
            [max(1, sum(e.label == label for e in self.split.train)) for label in self.labels]
        )
        weights = (counts.sum() / counts) ** self.config.class_weight_power
        return weights / (weights * counts).sum() * counts.sum()


def train(config: TrainConfig, run: Path) -> list[dict[str, Any]]:
    """Train in the folder `run`, going on where an interrupted call stopped.

    Returns the history of validation scores. The best weights stay in the folder. Raises RunError
    and DataError when the posts are too few or their labels are none to learn.
    """
    split = load_split(config, run)
    if not split.train or not split.validation or not split.test:
        raise RunError(
            f"{config.data}: too few posts for a validation and a test part; add labelled posts."
        )
    found = [e.label for e in (*split.train, *split.validation, *split.test)]
    if faults := label_faults(found):
        raise DataError("\n".join(f"{config.data}: {fault}" for fault in faults))
    prepare(config, run)
    task = TrainTask(config, split)
    loop = Loop(config, run, task)
    if not loop.resume():
        save_split(split, run / SPLIT_FILE)
        save_facts(run, split, task.labels, task.model, Path(config.data))
    loop.fit("training")
    return loop.history


def validation_figures(
    model: PostClassifier,
    tokenizer: Tokenizer,
    examples: Sequence[Example],
    labels: Sequence[str],
) -> dict[str, float]:
    """Return the macro-F1 that chooses a checkpoint, and those it is made of."""
    logits = predict_logits(model, tokenizer, [e.text for e in examples])[0]
    scores = score_by(
        [e.label for e in examples],
        [labels[i] for i in logits.argmax(1)],
        [e.language for e in examples],
        labels,
    )
    by_language = [s["macro_f1"] for key, s in scores.items() if key != "all"]
    return {
        "macro_f1": round(float(np.mean(by_language or [scores["all"]["macro_f1"]])), 4),
        **{f"macro_f1_{key}": s["macro_f1"] for key, s in scores.items()},
    }


def predict_logits(
    model: PostClassifier, tokenizer: Tokenizer, texts: Sequence[str], *, precision: str = "fp32"
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return label logits and language logits of the texts, in their order."""
    model.eval()
    labels = torch.zeros((len(texts), model.label_head.out_features))
    languages = torch.zeros((len(texts), model.language_head.out_features))
    half = torch.autocast(device().type, torch.bfloat16, enabled=precision == "bf16")
    with torch.inference_mode(), half:
        for batch in evaluation_batches(encode(tokenizer, texts), size=64, pad=pad_id(tokenizer)):
            output = model(batch.input_ids.to(device()), batch.attention_mask.to(device()))
            labels[batch.positions] = output[0].float().cpu()
            languages[batch.positions] = output[1].float().cpu()
    return labels.numpy(), languages.numpy()


def save_facts(
    run: Path, split: Split, labels: Sequence[str], model: nn.Module, data: Path
) -> None:
    """Write what export and the card need to know of a run."""
    facts = {
        "labels": labels,
        "languages": LANGUAGES,
        "data_sha256": file_hash(data),
        "posts": {
            "train": len(split.train),
            "validation": len(split.validation),
            "test": len(split.test),
        },
        "balance": balance(split.train),
        "parameters": sum(p.numel() for p in model.parameters()),
    }
    (run / FACTS_FILE).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def read_facts(run: Path) -> dict[str, Any]:
    """Read what `save_facts` wrote; raises RunError when the folder is not a run."""
    path = run / FACTS_FILE
    if not path.is_file():
        raise RunError(f"{path}: no such file. Give the folder that `tanggap-ml train` wrote.")
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return facts


def _language_index(example: Example) -> int:
    return LANGUAGES.index(example.language) if example.language in LANGUAGES else _NO_LANGUAGE
