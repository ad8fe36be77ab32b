"""Measure a bundle as it is served: int8, through onnxruntime, with its own calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from tanggap.classifier import OnnxClassifier
from tanggap.classifier.onnx import softmax
from tanggap_ml.data import Example
from tanggap_ml.errors import DataError
from tanggap_ml.intervals import Interval, bootstrap
from tanggap_ml.metrics import (
    Bin,
    Floats,
    Point,
    Scores,
    accuracy_of_most_confident,
    coverage_curve,
    expected_calibration_error,
    places_by,
    reliability,
    score_by,
)
from tanggap_ml.progress import progress

_CHUNK = 512
_HARDEST = 50
_SHORT = 200


class MeasuredScores(Scores):
    """Scores and where they lie in 95 of 100 draws of the posts; `f1_intervals` per label."""

    accuracy_interval: Interval
    macro_f1_interval: Interval
    f1_intervals: dict[str, Interval]


class Mistake(TypedDict):
    """A post that was labelled wrongly, cleaned and shortened."""

    id: str
    text: str
    gold: str
    given: str
    confidence: float
    language: str
    source: str


class Trust(TypedDict):
    """How far the confidence of a set of posts can be trusted."""

    calibration_error: float
    accuracy_of_80_percent: float


class Report(TypedDict):
    """What `tanggap-ml evaluate` prints and writes."""

    version: str
    labels: list[str]
    by_language: dict[str, MeasuredScores]
    by_source: dict[str, MeasuredScores]
    calibration_error: float
    accuracy_of_80_percent: float
    trust_by_language: dict[str, Trust]
    sent_to_a_human: float
    accuracy_above_threshold: float
    language_accuracy: float | None
    reliability: list[Bin]
    coverage: list[Point]
    hardest: list[Mistake]


@dataclass(frozen=True, slots=True)
class _Judged:
    """The posts, what the bundle said of them, and whether that was right (1.0 or 0.0)."""

    examples: Sequence[Example]
    labels: tuple[str, ...]
    given: list[str]
    confidence: Floats
    correct: Floats


def bundle_logits(classifier: OnnxClassifier, examples: Sequence[Example]) -> tuple[Floats, Floats]:
    """Return the label logits of the posts and, where the bundle tells, those of the language."""
    labels: list[Floats] = []
    languages: list[Floats] = []
    with progress() as bar:
        task = bar.add_task("classifying", total=len(examples))
        for start in range(0, len(examples), _CHUNK):
            chunk = examples[start : start + _CHUNK]
            label_rows, language_rows = classifier.logits([e.text for e in chunk])
            labels.append(label_rows)
            languages.append(np.zeros((len(chunk), 0)) if language_rows is None else language_rows)
            bar.advance(task, len(chunk))
    return np.concatenate(labels), np.concatenate(languages)


def evaluate(classifier: OnnxClassifier, examples: Sequence[Example]) -> Report:
    """Measure a bundle on labelled posts; raises DataError for a label it does not know."""
    names = classifier.labels
    unknown = {e.label for e in examples} - set(names)
    if unknown:
        raise DataError(f"The bundle does not know the labels {sorted(unknown)}; it has {names}.")
    logits, languages = bundle_logits(classifier, examples)
    probabilities = softmax(logits / classifier.manifest.temperature)
    given = [names[i] for i in probabilities.argmax(axis=1)]
    correct = np.array([e.label == name for e, name in zip(examples, given, strict=True)])
    judged = _Judged(examples, names, given, probabilities.max(axis=1), correct.astype(np.float64))
    sure = judged.confidence >= np.array([classifier.thresholds[label] for label in given])
    return Report(
        version=classifier.version,
        labels=list(names),
        by_language=_measured(judged, [e.language for e in examples]),
        by_source=_measured(judged, [e.source for e in examples]),
        **_trust(judged.confidence, judged.correct),
        trust_by_language=_trust_by_language(judged),
        sent_to_a_human=round(float(1 - sure.mean()), 4),
        accuracy_above_threshold=round(float(correct[sure].mean()) if sure.any() else 0.0, 4),
        language_accuracy=_language_accuracy(classifier.manifest.languages, languages, examples),
        reliability=reliability(judged.confidence, judged.correct),
        coverage=coverage_curve(judged.confidence, judged.correct),
        hardest=_hardest(judged),
    )


def _measured(judged: _Judged, keys: Sequence[str]) -> dict[str, MeasuredScores]:
    gold = [e.label for e in judged.examples]
    measured = {}
    places = places_by(keys)
    for key, scores in score_by(gold, judged.given, keys, judged.labels).items():
        chosen = places[key]
        intervals = bootstrap(
            [gold[i] for i in chosen], [judged.given[i] for i in chosen], judged.labels
        )
        measured[key] = MeasuredScores(
            **scores,
            accuracy_interval=intervals.accuracy,
            macro_f1_interval=intervals.macro_f1,
            f1_intervals=intervals.labels,
        )
    return measured


def _trust(confidence: Floats, correct: Floats) -> Trust:
    return Trust(
        calibration_error=round(expected_calibration_error(confidence, correct), 4),
        accuracy_of_80_percent=round(accuracy_of_most_confident(confidence, correct, 0.8), 4),
    )


def _trust_by_language(judged: _Judged) -> dict[str, Trust]:
    languages = np.array([e.language for e in judged.examples])
    return {
        str(key): _trust(judged.confidence[languages == key], judged.correct[languages == key])
        for key in sorted(set(languages) - {""})
    }


def _hardest(judged: _Judged) -> list[Mistake]:
    wrong = [i for i in np.argsort(-judged.confidence, kind="stable") if not judged.correct[i]]
    return [
        Mistake(
            id=example.id,
            text=example.text if len(example.text) <= _SHORT else f"{example.text[:_SHORT]} …",
            gold=example.label,
            given=judged.given[i],
            confidence=round(float(judged.confidence[i]), 4),
            language=example.language,
            source=example.source,
        )
        for i in wrong[:_HARDEST]
        for example in [judged.examples[i]]
    ]


def _language_accuracy(
    names: Sequence[str], logits: Floats, examples: Sequence[Example]
) -> float | None:
    known = [i for i, e in enumerate(examples) if e.language in names]
    if not known or not logits.shape[1]:
        return None
    right = [names[int(logits[i].argmax())] == examples[i].language for i in known]
    return round(float(np.mean(right)), 4)
