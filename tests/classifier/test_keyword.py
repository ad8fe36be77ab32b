from __future__ import annotations

import pytest

from tanggap.classifier import LABELS, Classifier, KeywordClassifier, needs_human


@pytest.fixture
def twin() -> Classifier:
    return KeywordClassifier()


@pytest.mark.parametrize(
    ("text", "label", "language"),
    [
        ("min internet mati dari pagi", "complaint", "id"),
        ("Your app crashed again and again", "complaint", "en"),
        ("udah bagus sih tapi OTP gak bisa masuk", "complaint", "id"),
        ("jadwal kereta ke bogor jam berapa kak", "question", "id"),
        ("do you fly to Padang on Sundays?", "question", "en"),
        ("tolong tambahin gerbong wanita dong", "feedback", "id"),
        ("it would be great to have dark mode", "feedback", "en"),
        ("makasih min, responnya ramah", "praise", "id"),
        ("you are the best crew", "praise", "en"),
        ("kemarin ke pasar sama ibu", "none", "id"),
        ("", "none", "other"),
        ("!!!", "none", "other"),
    ],
)
def test_word_lists_label_both_languages(
    twin: Classifier, text: str, label: str, language: str
) -> None:
    (verdict,) = twin.classify([text])
    assert (verdict.label, verdict.language) == (label, language)


def test_verdicts_are_complete_and_the_same_every_time(twin: Classifier) -> None:
    texts = ["lemot", "kapan buka?", "", "halo"]
    assert twin.classify(texts) == twin.classify(texts)
    for verdict in twin.classify(texts):
        assert set(verdict.probabilities) == set(LABELS)
        assert sum(verdict.probabilities.values()) == pytest.approx(1.0)
        assert verdict.confidence == verdict.probabilities[verdict.label]
        assert verdict.model_version == twin.version


def test_a_verdict_under_its_threshold_needs_a_human(twin: Classifier) -> None:
    (verdict,) = twin.classify(["halo"])
    assert not needs_human(verdict, twin.thresholds)
    assert needs_human(verdict, {"none": 0.7})
    assert not needs_human(verdict, {})
