"""Measure predictions: overall, per label and per language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import numpy.typing as npt
from sklearn.metrics import (  # type: ignore[import-untyped]
    confusion_matrix,
    precision_recall_fscore_support,
)

Floats = npt.NDArray[np.float64]


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
    order = list(labels)
    precision, recall, f1, support = precision_recall_fscore_support(
        gold, predicted, labels=order, average=None, zero_division=0.0
    )
    by_label: dict[str, LabelScores] = {
        label: LabelScores(
            precision=round(float(precision[i]), 4),
            recall=round(float(recall[i]), 4),
            f1=round(float(f1[i]), 4),
            support=int(support[i]),
        )
        for i, label in enumerate(order)
    }
    present = [by_label[label]["f1"] for label in order if by_label[label]["support"]]
    return Scores(
        posts=len(gold),
        accuracy=round(float(np.mean(np.asarray(gold) == np.asarray(predicted))), 4),
        macro_f1=round(float(np.mean(present)), 4),
        labels=by_label,
        confusion=confusion_matrix(gold, predicted, labels=order).tolist(),
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
