"""Let a small student learn what teachers say of many posts, labelled and unlabelled.

Hinton et al., "Distilling the Knowledge in a Neural Network", 2015: the student matches the
teachers' probabilities, softened by a temperature, and the given labels where there are any.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from tanggap_ml.batches import Batch, encode, hide_words, load_tokenizer, pad_id, training_batches
from tanggap_ml.config import TrainConfig
from tanggap_ml.errors import RunError
from tanggap_ml.loop import WEIGHTS_FILE, Loop, device, prepare
from tanggap_ml.model import PostClassifier, student_from
from tanggap_ml.perturb import vary
from tanggap_ml.posts import Post
from tanggap_ml.split import Split, save_split
from tanggap_ml.start import Start
from tanggap_ml.teachers import Faculty
from tanggap_ml.train import SPLIT_FILE, load_split, read_facts, save_facts, validation_figures

_NO_LABEL = -100


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillConfig(TrainConfig):
    """Say who teaches; `data` and the held-out posts are those of the first teacher.

    With `linear` a linear model over words teaches as well; `start` is the version of the bundle
    that goes on learning, if one does. `gold_weight` weighs the given labels against the teachers'
    opinion, `labelled_repeats` says how often an epoch shows a labelled post for once that it shows
    an unlabelled one.
    """

    teachers: tuple[str, ...]
    linear: bool = False
    start: str = ""
    temperature: float = 1.5
    gold_weight: float = 0.5
    labelled_repeats: int = 2


class DistillTask:
    """Soft labels over labelled and unlabelled posts."""

    def __init__(
        self,
        config: DistillConfig,
        split: Split,
        labels: Sequence[str],
        model: PostClassifier,
        posts: Sequence[Post],
    ) -> None:
        self.config, self.split, self.labels = config, split, labels
        base = Path(config.base)
        self.tokenizer = load_tokenizer(base / "tokenizer.json", config.max_length)
        self.model = model.to(device())
        self._texts = [e.text for e in split.train] + [post.text for post in posts]
        gold = [labels.index(e.label) for e in split.train] + [_NO_LABEL] * len(posts)
        self._gold = torch.tensor(gold)
        self._soft: tuple[Tensor, Tensor] | None = None
        labelled = list(range(len(split.train)))
        self._places = labelled * config.labelled_repeats + list(range(len(labelled), len(gold)))
        self.steps_per_epoch = -(-len(self._places) // config.batch_size)

    def ask_teachers(self, run: Path) -> None:
        """Load the teachers' mean probabilities of every text; who was not asked yet is asked."""
        faculty = faculty_of(self.config, self.labels)
        labels, languages = faculty.opinions(self._texts, self.split.train, run)
        self._soft = torch.from_numpy(labels), torch.from_numpy(languages)

    def batches(self, epoch: int) -> list[Batch]:
        """Return the shuffled batches of an epoch; `positions` point into all texts."""
        chance = random.Random(self.config.seed * 1000 + epoch)  # noqa: S311  # augmentation
        texts = vary((self._texts[i] for i in self._places), self.config.vary_rate, chance)
        encoded = encode(self.tokenizer, texts)
        found = training_batches(
            hide_words(self.tokenizer, encoded, self.config.hide_rate, chance),
            size=self.config.batch_size,
            seed=self.config.seed + epoch,
            pad=pad_id(self.tokenizer),
        )
        places = torch.tensor(self._places)
        return [Batch(b.input_ids, b.attention_mask, places[b.positions]) for b in found]

    def loss(self, batch: Batch) -> Tensor:
        """Return the distance from the teachers plus the weighted distance from given labels."""
        if self._soft is None:
            raise RunError("The teachers were not asked yet.")
        label_logits, language_logits = self.model(
            batch.input_ids.to(device()), batch.attention_mask.to(device())
        )
        soft, languages = (part[batch.positions].to(device()) for part in self._soft)
        heat = self.config.temperature
        softened = torch.softmax(torch.log(soft.clamp_min(1e-8)) / heat, dim=1)
        loss = heat * heat * nn.functional.cross_entropy(label_logits.float() / heat, softened)
        loss = loss + self.config.language_weight * nn.functional.cross_entropy(
            language_logits.float(), languages
        )
        gold = self._gold[batch.positions].to(device())
        if bool((gold != _NO_LABEL).any()):
            loss = loss + self.config.gold_weight * nn.functional.cross_entropy(
                label_logits.float(),
                gold,
                ignore_index=_NO_LABEL,
                label_smoothing=self.config.label_smoothing,
            )
        return loss

    def measure(self) -> dict[str, float]:
        """Return macro-F1 on the validation part."""
        return validation_figures(self.model, self.tokenizer, self.split.validation, self.labels)


def distill(
    config: DistillConfig, run: Path, posts: Sequence[Post], start: Start | None = None
) -> list[dict[str, Any]]:
    """Train a student in the folder `run`, going on where an interrupted call stopped.

    The student is cut out of the first teacher, or is a bundle's that goes on learning (`start`).
    `posts` are unlabelled and must not hold posts of the first teacher's held-out parts; see
    `posts.without`. Returns the history of validation scores.
    """
    teacher = Path(config.teachers[0])
    split = load_split(config, teacher)
    labels = read_facts(teacher)["labels"]
    faculty_of(config, labels).check()
    prepare(config, run)
    if start and start.labels != tuple(labels):
        raise RunError(f"{teacher}: knows other labels than the bundle that goes on learning.")
    model = start.model(config.dropout) if start else student_of_teacher(config, len(labels))
    task = DistillTask(config, split, labels, model, posts)
    task.ask_teachers(run)
    loop = Loop(config, run, task)
    if not loop.resume():
        save_split(split, run / SPLIT_FILE)
        save_facts(run, split, task.labels, task.model, Path(config.data))
        if start:
            loop.checkpoint()  # what is known already is the first to beat
    loop.fit("distilling")
    return loop.history


def faculty_of(config: DistillConfig, labels: Sequence[str]) -> Faculty:
    """Return those who teach, by the settings; the labels are the first teacher's."""
    return Faculty(
        tuple(map(Path, config.teachers)), tuple(labels), config.linear, config.precision
    )


def student_of_teacher(config: DistillConfig, labels: int) -> PostClassifier:
    """Cut the student out of the first teacher, so that it starts from what that one learnt."""
    teacher = Path(config.teachers[0])
    weights = load_file(teacher / WEIGHTS_FILE)
    taught = TrainConfig.load(teacher).layers
    if not set(config.layers) <= set(range(len(taught))):
        raise RunError(f"{teacher}: has layers 0 to {len(taught) - 1}, asked for {config.layers}.")
    places = {f"encoder.encoder.layer.{old}.": new for new, old in enumerate(config.layers)}
    model = student_from(Path(config.base), config.layers, labels, config.dropout)
    kept: dict[str, Tensor] = {}
    for name, value in weights.items():
        if not name.startswith("encoder.encoder.layer."):
            kept[name] = value
            continue
        prefix = name[: name.index(".", len("encoder.encoder.layer.")) + 1]
        if prefix in places:
            kept[f"encoder.encoder.layer.{places[prefix]}.{name[len(prefix) :]}"] = value
    model.load_state_dict(kept)
    return model
