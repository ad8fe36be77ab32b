"""Find labels that look wrong, by confident learning (Northcutt et al., 2021, through cleanlab).

A plain model judges each post without having seen it or its copies; a label is suspected when the
model is as sure of another one as it usually is of posts that bear it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.model_selection import StratifiedGroupKFold  # type: ignore[import-untyped]
from sklearn.pipeline import make_union  # type: ignore[import-untyped]

FOLDS = 5
_FEW_POSTS = 2_000

Floats = npt.NDArray[np.float64]


class Suspicion(TypedDict):
    """A label that looks wrong; `quality` is the probability given to it, low is suspicious."""

    index: int
    given: str
    suggested: str
    quality: float


class Suspicions(TypedDict):
    """All suspected labels, the worst first; posts of too rare labels were not judged."""

    judged: int
    agreement: float
    left_out: dict[str, int]
    suspected: list[Suspicion]


def suspect_labels(
    texts: Sequence[str],
    labels: Sequence[str],
    groups: Sequence[int],
    advance: Callable[[], object] = lambda: None,
) -> Suspicions:
    """Judge every label by folds; `groups` keeps copies in one fold, `advance` hears of each fold.

    A label needs as many posts as there are folds, in groups of their own; with fewer than two
    such labels nothing is judged.
    """
    groups_of_label: dict[str, set[int]] = {}
    for label, group in zip(labels, groups, strict=True):
        groups_of_label.setdefault(label, set()).add(group)
    common = sorted(name for name, found in groups_of_label.items() if len(found) >= FOLDS)
    rare = Counter(label for label in labels if label not in common)
    chosen = np.array([i for i, label in enumerate(labels) if label in common], dtype=np.int64)
    empty = Suspicions(judged=0, agreement=0.0, left_out=dict(rare), suspected=[])
    if len(common) < 2:
        return empty
    gold = np.array([common.index(labels[i]) for i in chosen])
    probabilities = _out_of_fold(
        [texts[i] for i in chosen], gold, np.array([groups[i] for i in chosen]), advance
    )
    if probabilities is None:
        return empty
    return Suspicions(
        judged=len(chosen),
        agreement=round(float((probabilities.argmax(1) == gold).mean()), 4),
        left_out=dict(rare),
        suspected=[
            Suspicion(
                index=int(chosen[place]),
                given=common[gold[place]],
                suggested=common[int(probabilities[place].argmax())],
                quality=round(float(probabilities[place, gold[place]]), 4),
            )
            for place in _issues(gold, probabilities)
        ],
    )


def _issues(gold: npt.NDArray[np.int64], probabilities: Floats) -> list[int]:
    from cleanlab.filter import (  # type: ignore[import-untyped]  # noqa: PLC0415  # slow to import
        find_label_issues,
    )

    ranked = find_label_issues(
        gold, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1
    )
    return [int(place) for place in ranked]


def _out_of_fold(
    texts: Sequence[str],
    gold: npt.NDArray[np.int64],
    groups: npt.NDArray[np.int64],
    advance: Callable[[], object],
) -> Floats | None:
    """Return each post's label probabilities by a model that was fitted on the other folds."""
    features = _features(texts)
    if features is None:
        return None
    count = int(gold.max()) + 1
    probabilities = np.zeros((len(gold), count))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=20)
    for fit, judge in folds.split(features, gold, groups):
        if len(np.unique(gold[fit])) < count:
            return None
        model = LogisticRegression(C=2.0, class_weight="balanced", max_iter=300, tol=1e-3)
        probabilities[judge] = model.fit(features[fit], gold[fit]).predict_proba(features[judge])
        advance()
    return probabilities


def _features(texts: Sequence[str]) -> Any:
    """Return TF-IDF of words and of letters; of all texts at once, as it knows no labels."""
    least = 1 if len(texts) < _FEW_POSTS else 2
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=least, sublinear_tf=True)
    letters = TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=(2, 4),
        min_df=least,
        sublinear_tf=True,
        max_features=100_000,
    )
    try:
        return make_union(words, letters).fit_transform(texts).tocsr()
    except ValueError:  # no text has a word of two letters
        return None
