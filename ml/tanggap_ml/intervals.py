"""Say how far a figure may be off because it was measured on these posts and not on others.

Accuracy and F1 depend on the posts only through how often each pair of (gold, predicted) occurs.
So drawing the posts anew with replacement is drawing those counts from a multinomial distribution:
the same bootstrap, exactly, in milliseconds however many posts there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

DRAWS = 2_000
SEED = 20
COVERAGE = 0.95


class Interval(NamedTuple):
    """Where a figure lies in most draws: in 95 of 100 unless told otherwise."""

    low: float
    high: float


class Intervals(NamedTuple):
    """The intervals of the scores of one set of posts; `labels` holds those of each label's F1."""

    accuracy: Interval
    macro_f1: Interval
    labels: dict[str, Interval]


def bootstrap(gold: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> Intervals:
    """Return the intervals of accuracy, macro-F1 and each label's F1."""
    confusions = _draw([_codes(gold, labels), _codes(predicted, labels)], len(labels))[0]
    scores = f1_of(confusions)
    return Intervals(
        interval_of(accuracy_of(confusions)),
        interval_of(np.nanmean(scores, axis=1)),
        {
            label: interval_of(column)
            for label, column in zip(labels, scores.T, strict=True)
            if not np.isnan(column).all()
        },
    )


def paired_bootstrap(
    gold: Sequence[str],
    left: Sequence[str],
    right: Sequence[str],
    labels: Sequence[str],
    *,
    coverage: float = COVERAGE,
) -> tuple[Interval, Interval]:
    """Return the intervals of the gains in accuracy and macro-F1 of `right` over `left`.

    Both are judged on the same draws, so what is hard for both cancels out.
    """
    codes = [_codes(names, labels) for names in (gold, left, right)]
    before, after = _draw(codes, len(labels))
    return (
        interval_of(accuracy_of(after) - accuracy_of(before), coverage),
        interval_of(np.nanmean(f1_of(after), axis=1) - np.nanmean(f1_of(before), axis=1), coverage),
    )


def accuracy_of(confusions: Counts) -> Floats:
    """Return the accuracy of each confusion matrix (rows gold, columns predicted)."""
    right = np.trace(confusions, axis1=1, axis2=2)
    return np.asarray(right / confusions.sum(axis=(1, 2)), dtype=np.float64)


def f1_of(confusions: Counts) -> Floats:
    """Return each label's F1 in each confusion matrix; NaN where no post bears the label."""
    right = np.diagonal(confusions, axis1=1, axis2=2).astype(np.float64)
    gold, predicted = confusions.sum(axis=2), confusions.sum(axis=1)
    return np.where(gold > 0, 2 * right / np.maximum(gold + predicted, 1), np.nan)


def interval_of(values: Floats, coverage: float = COVERAGE) -> Interval:
    """Return the middle share of the values, those that cannot be computed left out."""
    edges = np.nanquantile(values, [(1 - coverage) / 2, (1 + coverage) / 2])
    return Interval(round(float(edges[0]), 4), round(float(edges[1]), 4))


def _codes(names: Sequence[str], labels: Sequence[str]) -> Counts:
    places = {label: place for place, label in enumerate(labels)}
    return np.array([places[name] for name in names], dtype=np.int64)


def _draw(codes: Sequence[Counts], labels: int) -> list[Counts]:
    """Return for each prediction the confusion matrices of the draws.

    `codes` holds gold first, then the predictions. Only combinations that occur are drawn: with 20
    labels and two predictions there are 8,000 possible ones.
    """
    cells, counts = np.unique(np.stack(codes, axis=1), axis=0, return_counts=True)
    total = int(counts.sum())
    drawn = np.random.default_rng(SEED).multinomial(total, counts / total, size=DRAWS)
    matrices = []
    for predicted in cells.T[1:]:
        places = np.zeros((len(cells), labels * labels))
        places[np.arange(len(cells)), cells[:, 0] * labels + predicted] = 1
        matrices.append((drawn @ places).astype(np.int64).reshape(DRAWS, labels, labels))
    return matrices
