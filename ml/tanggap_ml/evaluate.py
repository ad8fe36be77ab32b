"""Measure a bundle as it is served: int8, through onnxruntime, with its own calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from tanggap.classifier import OnnxClassifier
from tanggap.classifier.onnx import softmax
from tanggap_ml.data import Example
from tanggap_ml.errors import DataError
from tanggap_ml.metrics import (
    Floats,
    Scores,
    accuracy_of_most_confident,
    expected_calibration_error,
    score_by,
)
from tanggap_ml.progress import progress

_CHUNK = 512


class Report(TypedDict):
    """What `tanggap-ml evaluate` prints and writes."""

    version: str
    by_language: dict[str, Scores]
    by_source: dict[str, Scores]
    calibration_error: float
    accuracy_of_80_percent: float
    sent_to_a_human: float
    accuracy_above_threshold: float
    language_accuracy: float | None


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
    best = probabilities.argmax(axis=1)
    predicted = [names[i] for i in best]
    gold = [e.label for e in examples]
    confidence = probabilities.max(axis=1)
    correct = (np.asarray(predicted) == np.asarray(gold)).astype(np.float64)
    sure = confidence >= np.array([classifier.thresholds[label] for label in predicted])
    return Report(
        version=classifier.version,
        by_language=score_by(gold, predicted, [e.language for e in examples], names),
        by_source=score_by(gold, predicted, [e.source for e in examples], names),
        calibration_error=round(expected_calibration_error(confidence, correct), 4),
        accuracy_of_80_percent=round(accuracy_of_most_confident(confidence, correct, 0.8), 4),
        sent_to_a_human=round(float(1 - sure.mean()), 4),
        accuracy_above_threshold=round(float(correct[sure].mean()) if sure.any() else 0.0, 4),
        language_accuracy=_language_accuracy(classifier.manifest.languages, languages, examples),
    )


def _language_accuracy(
    names: Sequence[str], logits: Floats, examples: Sequence[Example]
) -> float | None:
    known = [i for i, e in enumerate(examples) if e.language in names]
    if not known or not logits.shape[1]:
        return None
    right = [names[int(logits[i].argmax())] == examples[i].language for i in known]
    return round(float(np.mean(right)), 4)
