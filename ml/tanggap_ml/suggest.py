"""Choose the unlabelled posts from which a model would learn most."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from tanggap.classifier import OnnxClassifier, clean_text, has_content, load_bundle
from tanggap.classifier.onnx import softmax
from tanggap_ml.duplicates import near_duplicate_groups
from tanggap_ml.embedding import Points, embed
from tanggap_ml.metrics import Floats
from tanggap_ml.progress import progress

UNSURE, RANDOM = "unsure", "random"
_CHUNK = 512
_POOL = 8
"""How many unsure posts are looked at for each one that is chosen."""

_SAME = 0.1
"""What a heavy post counts where another stands already: more than a light one elsewhere."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An unlabelled post; `text` as it was written."""

    id: str
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Suggested:
    """A post to be labelled; `margin` is how far the two likeliest labels lie apart."""

    id: str
    text: str
    language: str
    guess: str
    confidence: float
    margin: float
    reason: Literal["unsure", "random"]


def suggest(
    bundle: Path,
    candidates: Sequence[Candidate],
    count: int,
    *,
    random_share: float = 0.1,
    seed: int = 20,
) -> list[Suggested]:
    """Choose at most `count` posts: unsure ones that differ from each other, and some by lot.

    Unsure ones alone would teach nothing of the mistakes a model is sure of, and would make any
    figure taken on them too bad. Copies and posts without content are not suggested.
    """
    posts = _distinct(candidates)
    if not posts:
        return []
    classifier = load_bundle(bundle)
    probabilities = _probabilities(classifier, [post.text for post in posts])
    ordered = np.sort(probabilities, axis=1)
    margins = ordered[:, -1] - ordered[:, -2]
    drawn = min(len(posts), round(count * random_share))
    chance = random.Random(seed)  # noqa: S311  # a sample, nothing secret
    by_lot = set(chance.sample(range(len(posts)), drawn))
    unsure = [int(i) for i in np.argsort(margins, kind="stable") if int(i) not in by_lot]
    pool = unsure[: count * _POOL]
    chosen: list[int] = []
    if pool:
        points = embed(bundle, [posts[i].text for i in pool])
        chosen = [pool[i] for i in spread(points, 1 - margins[pool], count - drawn)]
    lot = sorted(by_lot, key=lambda i: margins[i])
    places = [*((i, UNSURE) for i in chosen), *((i, RANDOM) for i in lot)]
    chance.shuffle(places)
    return [
        _suggested(posts[i], probabilities[i], float(margins[i]), reason, classifier)
        for i, reason in places
    ]


def spread(points: Points, weights: Floats, count: int) -> list[int]:
    """Choose points that are heavy and far from each other, the heaviest first (k-center)."""
    total = points.shape[0]
    if not total or count <= 0:
        return []
    distance = np.full(total, 2.0)
    chosen: list[int] = []
    for _ in range(min(count, total)):
        gain = (_SAME + distance) * weights
        gain[chosen] = -1.0
        place = int(np.argmax(gain))
        chosen.append(place)
        distance = np.minimum(distance, 1.0 - _likeness(points, place))
    return chosen


def _likeness(points: Points, place: int) -> npt.NDArray[np.float64]:
    product: Any = points @ points[place].T
    dense = product.toarray() if hasattr(product, "toarray") else product
    return np.asarray(dense, dtype=np.float64).ravel()


def _distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Clean the texts and keep one of each group that says nearly the same."""
    cleaned = [Candidate(c.id, clean_text(c.text), c.language) for c in candidates]
    read = [c for c in cleaned if has_content(c.text)]
    groups = near_duplicate_groups([c.text for c in read])
    return [c for place, (c, group) in enumerate(zip(read, groups, strict=True)) if place == group]


def _probabilities(classifier: OnnxClassifier, texts: Sequence[str]) -> Floats:
    rows = []
    with progress() as bar:
        task = bar.add_task("classifying", total=len(texts))
        for at in range(0, len(texts), _CHUNK):
            rows.append(classifier.logits(texts[at : at + _CHUNK])[0])
            bar.advance(task, len(rows[-1]))
    return softmax(np.concatenate(rows) / classifier.manifest.temperature)


def _suggested(
    post: Candidate, row: Floats, margin: float, reason: Any, classifier: OnnxClassifier
) -> Suggested:
    best = int(row.argmax())
    return Suggested(
        id=post.id,
        text=post.text,
        language=post.language,
        guess=classifier.labels[best],
        confidence=round(float(row[best]), 4),
        margin=round(margin, 4),
        reason=reason,
    )
