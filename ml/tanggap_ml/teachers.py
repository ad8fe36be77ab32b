"""Who teaches a student, and what they say of posts: runs, bundles, a linear model over words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.model_selection import (  # type: ignore[import-untyped]
    GroupKFold,
    cross_val_predict,
)

from tanggap.classifier import load_bundle, read_manifest
from tanggap.classifier.bundle import MANIFEST_FILE
from tanggap.classifier.onnx import softmax
from tanggap_ml.baseline import fit_baseline, make_baseline
from tanggap_ml.data import Example
from tanggap_ml.duplicates import near_duplicate_groups
from tanggap_ml.errors import RunError
from tanggap_ml.export import load_student
from tanggap_ml.loop import device
from tanggap_ml.model import LANGUAGES
from tanggap_ml.progress import progress
from tanggap_ml.train import predict_logits, read_facts

_CHUNK = 8_192
_FOLDS = 5
_LABELS, _LANGUAGES = "labels", "languages"

Floats = npt.NDArray[np.float32]
Opinion = dict[str, Floats]
"""Probabilities, one row a post: of the labels and, from a model that knows them, of languages."""

Asked = Callable[[Sequence[str]], Opinion]


@dataclass(frozen=True, slots=True)
class Faculty:
    """Teachers of the same labels, whose word counts alike: folders of runs or of bundles.

    With `linear` a logistic regression on words and characters is one of them.
    """

    teachers: tuple[Path, ...]
    labels: tuple[str, ...]
    linear: bool = False
    precision: str = "fp32"

    def check(self) -> None:
        """Raise RunError when a teacher is neither a run nor a bundle or knows other labels."""
        for teacher in self.teachers:
            is_bundle = (teacher / MANIFEST_FILE).is_file()
            found = read_manifest(teacher).labels if is_bundle else read_facts(teacher)["labels"]
            if tuple(found) != self.labels:
                raise RunError(
                    f"{teacher}: knows the labels {', '.join(found)}, the first teacher "
                    f"{', '.join(self.labels)}. Choose teachers of the same labels."
                )

    def opinions(
        self, texts: Sequence[str], labelled: Sequence[Example], folder: Path
    ) -> tuple[Floats, Floats]:
        """Return the mean probabilities of labels and of languages, one row a text; see `check`.

        The first texts are those of `labelled`. What a teacher said is kept in the folder, so that
        after an interruption only the others are asked. Raises RunError when no teacher knows
        languages, and when what is kept belongs to other posts.
        """
        said = [
            _kept(folder / f"said-{number}.npz", texts, partial(self._ask, teacher, texts))
            for number, teacher in enumerate(self.teachers, start=1)
        ]
        if self.linear:
            ask = partial(self._ask_linear, texts, labelled)
            said.append(_kept(folder / "said-linear.npz", texts, ask))
        languages = [opinion[_LANGUAGES] for opinion in said if _LANGUAGES in opinion]
        if not languages:
            raise RunError(f"{folder}: no teacher knows languages; add a run of `train`.")
        return _mean([opinion[_LABELS] for opinion in said]), _mean(languages)

    def _ask(self, teacher: Path, texts: Sequence[str]) -> Opinion:
        asked = self._bundle if (teacher / MANIFEST_FILE).is_file() else self._run
        answer = asked(teacher)
        parts: list[Opinion] = []
        with progress() as bar:
            shown = bar.add_task(f"asking {teacher.name}", total=len(texts))
            for chunk in _chunks(texts):
                parts.append(answer(chunk))
                bar.advance(shown, len(chunk))
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _run(self, teacher: Path) -> Asked:
        model, tokenizer = load_student(teacher, len(self.labels))
        model.to(device())

        def answer(texts: Sequence[str]) -> Opinion:
            logits = predict_logits(model, tokenizer, texts, precision=self.precision)
            labels, languages = (torch.softmax(torch.from_numpy(p), dim=1).numpy() for p in logits)
            return {_LABELS: labels, _LANGUAGES: languages}

        return answer

    def _bundle(self, teacher: Path) -> Asked:
        classifier = load_bundle(teacher, threads=torch.get_num_threads())
        heat = classifier.manifest.temperature

        def answer(texts: Sequence[str]) -> Opinion:
            labels, languages = classifier.logits(texts)
            said = {_LABELS: softmax(labels / heat).astype(np.float32)}
            if languages is not None and classifier.manifest.languages == LANGUAGES:
                said[_LANGUAGES] = softmax(languages).astype(np.float32)
            return said

        return answer

    def _ask_linear(self, texts: Sequence[str], labelled: Sequence[Example]) -> Opinion:
        """Judge each labelled post by others that are no copies of it, the rest by all of them."""
        known, gold = [e.text for e in labelled], [e.label for e in labelled]
        apart = cross_val_predict(
            make_baseline(),
            known,
            gold,
            groups=near_duplicate_groups(known),
            cv=GroupKFold(_FOLDS),
            method="predict_proba",
        )
        model = fit_baseline(labelled)
        rest = model.predict_proba(texts[len(known) :]) if len(texts) > len(known) else apart[:0]
        said = np.zeros((len(texts), len(self.labels)), dtype=np.float32)
        said[:, [self.labels.index(label) for label in model.classes_]] = np.concatenate(
            [apart, rest]
        )
        return {_LABELS: said}


def _kept(path: Path, texts: Sequence[str], ask: Callable[[], Opinion]) -> Opinion:
    if not path.is_file():
        unfinished = path.with_name(f"partial-{path.name}")
        parts: dict[str, Any] = {name: part.astype(np.float16) for name, part in ask().items()}
        np.savez(unfinished, **parts)
        unfinished.replace(path)
    with np.load(path) as arrays:
        said = {name: arrays[name].astype(np.float32) for name in arrays.files}
    if len(said[_LABELS]) != len(texts):
        raise RunError(f"{path}: belongs to other posts; use a new run folder.")
    return said


def _chunks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), _CHUNK):
        yield texts[start : start + _CHUNK]


def _mean(parts: Sequence[Floats]) -> Floats:
    return np.asarray(np.mean(np.stack(parts), axis=0, dtype=np.float32))
