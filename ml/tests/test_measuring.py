from __future__ import annotations

import numpy as np
import pytest

from tanggap_ml.calibrate import fit_temperature, fit_thresholds
from tanggap_ml.metrics import (
    accuracy_of_most_confident,
    expected_calibration_error,
    score,
    score_by,
)


def test_scores_are_the_textbook_ones() -> None:
    scores = score(["a", "a", "b", "b"], ["a", "b", "b", "b"], ["a", "b", "c"])
    assert scores["accuracy"] == 0.75
    assert scores["labels"]["a"] == {"precision": 1.0, "recall": 0.5, "f1": 0.6667, "support": 2}
    assert scores["macro_f1"] == pytest.approx((0.6667 + 0.8) / 2, abs=1e-4)
    assert scores["confusion"] == [[1, 1, 0], [0, 2, 0], [0, 0, 0]]


def test_scores_are_given_for_all_and_for_each_language() -> None:
    scores = score_by(["a", "b", "a"], ["a", "b", "b"], ["id", "en", ""], ["a", "b"])
    assert set(scores) == {"all", "id", "en"}
    assert scores["id"]["accuracy"] == 1.0


def test_confidence_that_keeps_its_word_has_no_calibration_error() -> None:
    confidence = np.full(100, 0.8)
    correct = np.array([1.0] * 80 + [0.0] * 20)
    assert expected_calibration_error(confidence, correct) == pytest.approx(0)
    assert expected_calibration_error(np.full(100, 1.0), correct) == pytest.approx(0.2)


def test_the_most_confident_posts_are_counted() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.6])
    correct = np.array([1.0, 1.0, 0.0, 0.0])
    assert accuracy_of_most_confident(confidence, correct, 0.5) == 1.0
    assert accuracy_of_most_confident(confidence, correct, 1.0) == 0.5


def test_the_temperature_of_overconfident_logits_is_found() -> None:
    random = np.random.default_rng(3)
    true_logits = random.normal(size=(4000, 4))
    chances = np.exp(true_logits) / np.exp(true_logits).sum(axis=1, keepdims=True)
    gold = [int(random.choice(4, p=row)) for row in chances]
    assert fit_temperature(true_logits * 2.5, gold) == pytest.approx(2.5, rel=0.1)


def test_thresholds_reach_the_precision_asked_for_or_the_top() -> None:
    confidence = np.linspace(0.5, 1.0, 400)
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    gold = [0 if value >= 0.7 else 1 for value in confidence]
    thresholds = fit_thresholds(probabilities, gold, ["yes", "no"], target=1.0)
    assert thresholds["yes"] == pytest.approx(0.7, abs=0.011)
    assert thresholds["no"] == 0.9
