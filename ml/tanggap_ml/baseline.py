"""The plain baseline that a bundle must beat: logistic regression on TF-IDF."""

from __future__ import annotations

from collections.abc import Sequence

from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.pipeline import (  # type: ignore[import-untyped]
    Pipeline,
    make_pipeline,
    make_union,
)

from tanggap_ml.data import Example
from tanggap_ml.metrics import Scores, score_by


def make_baseline() -> Pipeline:
    """Return the untrained model, over words and characters."""
    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(2, 4),
            min_df=3,
            sublinear_tf=True,
            max_features=100_000,
        ),
    )
    return make_pipeline(
        features, LogisticRegression(C=2.0, class_weight="balanced", max_iter=300, tol=1e-3)
    )


def fit_baseline(train: Sequence[Example]) -> Pipeline:
    """Fit on the texts as the student sees them."""
    model = make_baseline()
    model.fit([e.text for e in train], [e.label for e in train])
    return model


def score_baseline(
    train: Sequence[Example], test: Sequence[Example], labels: Sequence[str]
) -> dict[str, Scores]:
    """Fit on one part of a split and score another, overall and per language."""
    model = fit_baseline(train)
    predicted = [str(label) for label in model.predict([e.text for e in test])]
    return score_by([e.label for e in test], predicted, [e.language for e in test], labels)
