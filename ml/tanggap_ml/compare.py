"""Compare two models on the same posts and say in words what the posts can show.

Two paired tests: McNemar's mid-p on accuracy (only the posts that one model gets right and the
other wrong count) and a paired bootstrap of macro-F1. Each gets half of the 5 % that a wrong
verdict may cost.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from scipy.stats import binom  # type: ignore[import-untyped]

from tanggap.classifier import OnnxClassifier, load_bundle
from tanggap_ml.data import Example
from tanggap_ml.errors import DataError
from tanggap_ml.evaluate import bundle_logits
from tanggap_ml.intervals import Interval, paired_bootstrap
from tanggap_ml.metrics import score

LEVEL = 0.05
_TESTS = 2

Outcome = Literal["better", "worse", "same"]


@dataclass(frozen=True, slots=True)
class Predictions:
    """What one model said: its version and one label a post, in the order of the posts."""

    version: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How `right` does beside `left`; pairs of figures are (left, right).

    `mended` posts were wrong on the left and are right on the right, `broken` posts the other way.
    The intervals are those of the gains of the right, as shares.
    """

    left: str
    right: str
    posts: int
    accuracy: tuple[float, float]
    macro_f1: tuple[float, float]
    mended: int
    broken: int
    p_value: float
    accuracy_gain: Interval
    macro_f1_gain: Interval
    by_language: Mapping[str, Comparison]

    @property
    def verdict(self) -> Outcome:
        """Return what the posts show of the right model; a loss in either test is a loss."""
        sure = self.p_value < LEVEL / _TESTS
        if (sure and self.broken > self.mended) or self.macro_f1_gain.high < 0:
            return "worse"
        if (sure and self.mended > self.broken) or self.macro_f1_gain.low > 0:
            return "better"
        return "same"

    @property
    def sentence(self) -> str:
        """Return the verdict in words, with the figures behind it."""
        opening = {
            "better": f"{self.right} is better than {self.left}",
            "worse": f"{self.right} is worse than {self.left}",
            "same": f"Between {self.right} and {self.left} there is no difference that "
            f"{self.posts:,} posts can show",
        }[self.verdict]
        low, high = self.macro_f1_gain
        return (
            f"{opening}: on {self.posts:,} posts macro-F1 {self.macro_f1[0]:.3f} → "
            f"{self.macro_f1[1]:.3f} (gain between {low:+.3f} and {high:+.3f}), accuracy "
            f"{self.accuracy[0]:.1%} → {self.accuracy[1]:.1%} ({self.mended:,} mended, "
            f"{self.broken:,} broken, p = {self.p_value:.2g})."
        )

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain values, for JSON."""
        values: dict[str, Any] = {
            field.name: getattr(self, field.name) for field in dataclasses.fields(self)
        }
        values["by_language"] = {key: c.as_dict() for key, c in self.by_language.items()}
        return {**values, "verdict": self.verdict, "sentence": self.sentence}


def compare(
    left: Predictions,
    right: Predictions,
    gold: Sequence[str],
    languages: Sequence[str] = (),
) -> Comparison:
    """Compare two models' labels with the gold ones, overall and per language where given.

    Raises DataError when there is no post or the lists differ in length.
    """
    if not gold or {len(left.labels), len(right.labels), len(languages) or len(gold)} != {
        len(gold)
    }:
        raise DataError(
            f"A comparison needs one label a post from both models and from the gold: got "
            f"{len(left.labels)}, {len(right.labels)} and {len(gold)} (languages: "
            f"{len(languages)})."
        )
    chosen = {key: [i for i, k in enumerate(languages) if k == key] for key in set(languages)}
    by_language = {
        key: _compare(_only(left, places), _only(right, places), [gold[i] for i in places], {})
        for key, places in sorted(chosen.items())
        if key
    }
    return _compare(left, right, gold, by_language)


def compare_bundles(a: Path, b: Path, examples: Sequence[Example]) -> Comparison:
    """Compare the bundle `b` with the bundle `a` as they are served.

    Raises DataError when one of them does not know a label of the posts, BundleError when one
    cannot be opened.
    """
    left, right = (predictions_of(load_bundle(folder), examples) for folder in (a, b))
    return compare(left, right, [e.label for e in examples], [e.language for e in examples])


def predictions_of(classifier: OnnxClassifier, examples: Sequence[Example]) -> Predictions:
    """Return the labels a bundle gives to the posts; raises DataError for labels it lacks."""
    unknown = sorted({e.label for e in examples} - set(classifier.labels))
    if unknown:
        raise DataError(
            f"The bundle {classifier.version} does not know the labels {unknown}; it has "
            f"{list(classifier.labels)}. Compare bundles on posts labelled with a set both have."
        )
    logits, _ = bundle_logits(classifier, examples)
    names = classifier.labels
    return Predictions(classifier.version, tuple(names[i] for i in logits.argmax(axis=1)))


def mcnemar(mended: int, broken: int) -> float:
    """Return the two-sided mid-p of McNemar's test: how surprising the split would be by chance."""
    pairs, fewer = mended + broken, min(mended, broken)
    doubled = 2 * binom.cdf(fewer, pairs, 0.5) - binom.pmf(fewer, pairs, 0.5)
    return min(1.0, float(doubled))


def _compare(
    left: Predictions,
    right: Predictions,
    gold: Sequence[str],
    by_language: Mapping[str, Comparison],
) -> Comparison:
    labels = sorted({*gold, *left.labels, *right.labels})
    scores = [score(gold, side.labels, labels) for side in (left, right)]
    truth = np.asarray(gold)
    hits = [np.asarray(side.labels) == truth for side in (left, right)]
    mended, broken = int((~hits[0] & hits[1]).sum()), int((hits[0] & ~hits[1]).sum())
    accuracy_gain, macro_f1_gain = paired_bootstrap(
        gold, left.labels, right.labels, labels, coverage=1 - LEVEL / _TESTS
    )
    return Comparison(
        left=left.version,
        right=right.version,
        posts=len(gold),
        accuracy=(scores[0]["accuracy"], scores[1]["accuracy"]),
        macro_f1=(scores[0]["macro_f1"], scores[1]["macro_f1"]),
        mended=mended,
        broken=broken,
        p_value=mcnemar(mended, broken),
        accuracy_gain=accuracy_gain,
        macro_f1_gain=macro_f1_gain,
        by_language=by_language,
    )


def _only(predictions: Predictions, places: Sequence[int]) -> Predictions:
    return Predictions(predictions.version, tuple(predictions.labels[i] for i in places))
