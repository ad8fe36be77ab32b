"""Measure predictions: overall, per label and per language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


class LabelScores(TypedDict):
    """Scores of one label; `support` counts the posts that bear it."""

    precision: float
    recall: float
    f1: float
    support: int


class Scores(TypedDict):
    """Scores of one set of posts."""

    posts: int
    accuracy: float
    macro_f1: float
    labels: dict[str, LabelScores]
    confusion: list[list[int]]


def score(gold: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> Scores:
    """Score one set of posts; macro-F1 is the mean over the labels that occur in `gold`."""
    confusion = confusion_of(gold, predicted, labels)
    by_label = {label: _label_scores(confusion, place) for place, label in enumerate(labels)}
    present = [scores["f1"] for scores in by_label.values() if scores["support"]]
    return Scores(
        posts=len(gold),
        accuracy=round(float(np.trace(confusion) / confusion.sum()), 4),
        macro_f1=round(float(np.mean(present)), 4),
        labels=by_label,
        confusion=confusion.tolist(),
    )


def confusion_of(gold: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> Counts:
    """Count how often each label (row) was given as each label (column)."""
    places = {label: place for place, label in enumerate(labels)}
    confusion = np.zeros((len(places), len(places)), dtype=np.int64)
    rows, columns = ([places[name] for name in names] for names in (gold, predicted))
    np.add.at(confusion, (rows, columns), 1)
    return confusion


def _label_scores(confusion: Counts, place: int) -> LabelScores:
    right = int(confusion[place, place])
    given, support = int(confusion[:, place].sum()), int(confusion[place].sum())
    return LabelScores(
        precision=round(right / max(given, 1), 4),
        recall=round(right / max(support, 1), 4),
        f1=round(2 * right / max(given + support, 1), 4),
        support=support,
    )


def score_by(
    gold: Sequence[str], predicted: Sequence[str], keys: Sequence[str], labels: Sequence[str]
) -> dict[str, Scores]:
    """Score all posts ("all") and those of each key, such as the language or the source."""
    scores = {"all": score(gold, predicted, labels)}
    for key in sorted(set(keys) - {""}):
        chosen = [i for i, other in enumerate(keys) if other == key]
        scores[key] = score([gold[i] for i in chosen], [predicted[i] for i in chosen], labels)
    return scores


def expected_calibration_error(confidence: Floats, correct: Floats, bins: int = 15) -> float:
    """Return the mean gap between confidence and accuracy over equally wide bins."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[place == b].mean() - correct[place == b].mean()) * (place == b).mean()
        for b in range(bins)
        if (place == b).any()
    ]
    return float(sum(gaps))


def accuracy_of_most_confident(confidence: Floats, correct: Floats, share: float) -> float:
    """Return the accuracy on the given share of posts with the highest confidence."""
    kept = np.argsort(-confidence, kind="stable")[: max(1, round(len(confidence) * share))]
    return float(correct[kept].mean())
