from __future__ import annotations

import random

import pytest

pytest.importorskip("scipy", reason="scipy is not installed: pip install -e ml")

from tanggap_ml.compare import Comparison, Predictions, compare, mcnemar
from tanggap_ml.errors import DataError

LABELS = ("complaint", "question", "praise")


def made_up(posts: int, left: float, right: float, seed: int = 3) -> Comparison:
    """Compare two models that are right in the given shares, on posts in two languages."""
    chance = random.Random(seed)
    gold = [chance.choice(LABELS) for _ in range(posts)]

    def answer(label: str, share: float) -> str:
        return label if chance.random() < share else chance.choice(LABELS)

    return compare(
        Predictions("old", tuple(answer(label, left) for label in gold)),
        Predictions("new", tuple(answer(label, right) for label in gold)),
        gold,
        ["id" if number % 2 else "en" for number in range(posts)],
    )


def test_a_clear_gain_is_called_better_and_the_other_way_round_worse() -> None:
    assert made_up(600, 0.6, 0.9).verdict == "better"
    assert made_up(600, 0.9, 0.6).verdict == "worse"


def test_a_difference_beyond_doubt_has_a_p_above_nothing() -> None:
    gold = ["complaint", "praise"] * 100
    wrong = Predictions("a", tuple(reversed(gold)))
    comparison = compare(wrong, Predictions("b", tuple(gold)), gold)
    assert comparison.p_value == pytest.approx(0.5**200)
    assert "p = 6.2e-61" in comparison.sentence


def test_few_posts_show_no_difference_and_the_sentence_says_how_few() -> None:
    small = made_up(24, 0.7, 0.75)
    assert small.verdict == "same"
    assert "no difference that 24 posts can show" in small.sentence


def test_equal_models_are_called_different_in_about_one_of_twenty_samples() -> None:
    verdicts = [made_up(200, 0.7, 0.7, seed).verdict for seed in range(60)]
    assert verdicts.count("same") >= 52


def test_each_language_has_a_comparison_of_its_own() -> None:
    comparison = made_up(601, 0.6, 0.9)
    assert set(comparison.by_language) == {"id", "en"}
    assert comparison.by_language["en"].posts == 301
    assert sum(c.mended for c in comparison.by_language.values()) == comparison.mended


def test_a_gain_in_accuracy_bought_with_a_rare_label_is_worse() -> None:
    gold = ["complaint"] * 900 + ["praise"] * 40
    left = ["complaint"] * 800 + ["praise"] * 100 + ["praise"] * 40
    right = ["complaint"] * 940
    comparison = compare(Predictions("a", tuple(left)), Predictions("b", tuple(right)), gold)
    assert comparison.accuracy[1] > comparison.accuracy[0]
    assert comparison.verdict == "worse"


def test_the_same_answers_are_the_same_with_certainty() -> None:
    comparison = compare(Predictions("a", ("x", "y")), Predictions("b", ("x", "y")), ["x", "x"])
    assert (comparison.p_value, comparison.macro_f1_gain) == (1.0, (0.0, 0.0))


@pytest.mark.parametrize(
    ("mended", "broken", "p_value"), [(0, 0, 1.0), (7, 7, 1.0), (9, 1, 0.0117), (10, 2, 0.0225)]
)
def test_mcnemar_gives_the_mid_p_of_the_textbook(mended: int, broken: int, p_value: float) -> None:
    assert mcnemar(mended, broken) == pytest.approx(p_value, abs=1e-4)
    assert mcnemar(broken, mended) == mcnemar(mended, broken)


def test_a_comparison_is_plain_values_for_json() -> None:
    import json

    values = json.loads(json.dumps(made_up(50, 0.5, 0.6).as_dict()))
    assert values["by_language"]["id"]["verdict"] in {"better", "worse", "same"}
    assert values["sentence"]


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(DataError, match="one label a post"):
        compare(Predictions("a", ("x",)), Predictions("b", ("x", "y")), ["x", "y"])
    with pytest.raises(DataError, match="one label a post"):
        compare(Predictions("a", ()), Predictions("b", ()), [])
