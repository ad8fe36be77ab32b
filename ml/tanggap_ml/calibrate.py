"""Fit the temperature and the thresholds of a bundle on held-out posts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tanggap.classifier.onnx import softmax
from tanggap_ml.metrics import Floats

MIN_POSTS = 20
"""Fewer predictions of a label than this say nothing about a threshold."""

_TEMPERATURES = np.geomspace(0.2, 5.0, 300)

Flags = npt.NDArray[np.bool_]

THRESHOLD_RANGE = (0.3, 0.9)


def fit(
    labels: Sequence[str], logits: Floats, gold: Sequence[int], precision: float
) -> dict[str, Any]:
    """Return the temperature and the thresholds of a manifest; `gold` are places in `labels`."""
    temperature = fit_temperature(logits, gold)
    thresholds = fit_thresholds(softmax(logits / temperature), gold, labels, precision)
    return {"temperature": temperature, "thresholds": thresholds}


def fit_temperature(logits: Floats, gold: Sequence[int]) -> float:
    """Return the temperature with the lowest negative log-likelihood."""
    places = np.arange(len(gold))
    right = list(gold)

    def loss(temperature: float) -> float:
        return float(-np.log(softmax(logits / temperature)[places, right] + 1e-12).mean())

    losses = [loss(float(temperature)) for temperature in _TEMPERATURES]
    return round(float(_TEMPERATURES[int(np.argmin(losses))]), 4)


def fit_thresholds(
    probabilities: Floats, gold: Sequence[int], labels: Sequence[str], target: float
) -> dict[str, float]:
    """Return for each label the lowest confidence at which its verdicts reach the precision.

    A label that never reaches `target` with at least MIN_POSTS verdicts gets the top of the range:
    a human sees nearly all of them.
    """
    predicted = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    correct = predicted == np.asarray(gold)
    return {
        label: _threshold(confidence[predicted == i], correct[predicted == i], target)
        for i, label in enumerate(labels)
    }


def _threshold(confidence: Floats, correct: Flags, target: float) -> float:
    low, high = THRESHOLD_RANGE
    for threshold in np.arange(low, high, 0.01):
        kept = correct[confidence >= threshold]
        if len(kept) >= MIN_POSTS and kept.mean() >= target:
            return round(float(threshold), 2)
    return high
