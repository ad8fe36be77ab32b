from __future__ import annotations

import numpy as np
import pytest

from tanggap_ml.calibrate import fit_temperature, fit_thresholds
from tanggap_ml.intervals import bootstrap
from tanggap_ml.metrics import (
    accuracy_of_most_confident,
    coverage_curve,
    expected_calibration_error,
    reliability,
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


def test_a_source_called_all_does_not_stand_for_all_posts() -> None:
    scores = score_by(["a", "b", "a"], ["a", "b", "b"], ["all", "web", ""], ["a", "b"])
    assert {key: found["posts"] for key, found in scores.items()} == {
        "all": 3,
        '"all"': 1,
        "web": 1,
    }


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


def test_reliability_bins_hold_all_posts_and_leave_empty_ones_out() -> None:
    bins = reliability(np.array([0.05, 0.91, 0.95, 1.0]), np.array([0.0, 1.0, 1.0, 0.0]), bins=10)
    assert [(b["low"], b["posts"]) for b in bins] == [(0.0, 1), (0.9, 3)]
    assert bins[1]["accuracy"] == pytest.approx(0.6667, abs=1e-4)


def test_the_coverage_curve_falls_from_the_surest_to_all_posts() -> None:
    curve = coverage_curve(np.array([0.9, 0.8, 0.7, 0.6]), np.array([1.0, 1.0, 0.0, 0.0]))
    assert [point["accuracy"] for point in curve] == [1.0, 1.0, 0.6667, 0.5]


def test_intervals_shrink_with_the_number_of_posts_and_repeat_themselves() -> None:
    gold, given = ["a", "b", "a", "b"] * 25, ["a", "b", "b", "b"] * 25
    few, again = bootstrap(gold, given, ["a", "b"]), bootstrap(gold, given, ["a", "b"])
    many = bootstrap(gold * 16, given * 16, ["a", "b"])
    assert few == again
    assert few.accuracy.low < 0.75 < few.accuracy.high
    width = few.macro_f1.high - few.macro_f1.low
    assert (many.macro_f1.high - many.macro_f1.low) == pytest.approx(width / 4, rel=0.15)


def test_the_fast_bootstrap_agrees_with_drawing_the_posts_one_by_one() -> None:
    random = np.random.default_rng(1)
    gold = random.choice(["a", "b", "c"], size=300, p=[0.6, 0.3, 0.1])
    given = np.where(random.random(300) < 0.7, gold, random.choice(["a", "b", "c"], size=300))
    slow = [
        score(gold[drawn].tolist(), given[drawn].tolist(), ["a", "b", "c"])["macro_f1"]
        for drawn in (random.integers(0, 300, size=300) for _ in range(1500))
    ]
    fast = bootstrap(gold.tolist(), given.tolist(), ["a", "b", "c"]).macro_f1
    assert tuple(fast) == pytest.approx(np.quantile(slow, [0.025, 0.975]).tolist(), abs=0.012)
