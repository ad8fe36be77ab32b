"""Measure predictions: overall, per label and per group, and how far confidence can be trusted."""

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


class Bin(TypedDict):
    """The verdicts whose confidence lies between `low` and `high`."""

    low: float
    high: float
    posts: int
    confidence: float
    accuracy: float


class Point(TypedDict):
    """The accuracy on the share `coverage` of the posts whose confidence is highest."""

    coverage: float
    accuracy: float


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
    return {
        key: score([gold[i] for i in places], [predicted[i] for i in places], labels)
        for key, places in places_by(keys).items()
    }


def places_by(keys: Sequence[str]) -> dict[str, list[int]]:
    """Return the places of all posts ("all") and those of each key.

    A key that is itself "all" is put in quotes: a source may bear that name.
    """
    places = {"all": list(range(len(keys)))}
    for key in sorted(set(keys) - {""}):
        name = key if key != "all" else '"all"'
        places[name] = [place for place, other in enumerate(keys) if other == key]
    return places


def reliability(confidence: Floats, correct: Floats, bins: int = 15) -> list[Bin]:
    """Return mean confidence and accuracy in equally wide bins; empty bins are left out."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        Bin(
            low=round(b / bins, 4),
            high=round((b + 1) / bins, 4),
            posts=int((place == b).sum()),
            confidence=round(float(confidence[place == b].mean()), 4),
            accuracy=round(float(correct[place == b].mean()), 4),
        )
        for b in range(bins)
        if (place == b).any()
    ]


def expected_calibration_error(confidence: Floats, correct: Floats, bins: int = 15) -> float:
    """Return the mean gap between confidence and accuracy over equally wide bins."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(place, confidence - correct, minlength=bins)
    return float(np.abs(gaps).sum() / len(confidence))


def coverage_curve(confidence: Floats, correct: Floats, points: int = 100) -> list[Point]:
    """Return the accuracy on the most confident posts, from one hundredth of them to all."""
    ranked = correct[np.argsort(-confidence, kind="stable")]
    means = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    kept = [max(1, round(len(ranked) * step / points)) for step in range(1, points + 1)]
    return [
        Point(coverage=round(count / len(ranked), 4), accuracy=round(float(means[count - 1]), 4))
        for count in dict.fromkeys(kept)
    ]


def accuracy_of_most_confident(confidence: Floats, correct: Floats, share: float) -> float:
    """Return the accuracy on the given share of posts with the highest confidence."""
    kept = np.argsort(-confidence, kind="stable")[: max(1, round(len(confidence) * share))]
    return float(correct[kept].mean())
