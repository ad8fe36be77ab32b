"""Find texts that resemble others, edited copies among them: every pair is compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer  # type: ignore[import-untyped]

from tanggap_ml.duplicates import shingles, text_key

_AT_ONCE = 1_000


def resembling(texts: Sequence[str], others: Sequence[str], *, share: float) -> set[int]:
    """Return the places of the texts that resemble one of the others.

    Two texts do when of the 5-grams that either has, both have at least `share` (0 to 1): the
    Jaccard index, of every pair and not estimated.
    """
    if not texts or not others:
        return set()
    grams = CountVectorizer(analyzer=shingles, binary=True, dtype=np.int32)
    known = grams.fit_transform([text_key(text) for text in others])
    sizes = known.sum(axis=1).A1
    found: set[int] = set()
    for start in range(0, len(texts), _AT_ONCE):
        keys = [text_key(text) for text in texts[start : start + _AT_ONCE]]
        own = np.array([len(set(shingles(key))) for key in keys])
        both = (grams.transform(keys) @ known.T).tocoo()
        alike = both.data >= share * (own[both.row] + sizes[both.col] - both.data)
        found |= {start + int(place) for place in both.row[alike]}
    return found
