"""Tell how often a bundle keeps its label when a post is only written differently."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np

from tanggap.classifier import Classifier
from tanggap_ml.data import Example
from tanggap_ml.perturb import PERTURBATIONS, Kind, Perturbation
from tanggap_ml.progress import progress

SEED = 20
_SHOWN = 5
_SHORT = 160


class Flip(TypedDict):
    """A post whose label changed."""

    text: str
    before: str
    after: str


class Kept(TypedDict):
    """How many posts were changed, and the share of them that kept their label."""

    posts: int
    unchanged: float


class Effect(Kept):
    """What one perturbation does; the accuracies are those on the same posts before and after."""

    kind: Kind
    accuracy_before: float
    accuracy_after: float
    by_language: dict[str, Kept]
    flips: list[Flip]


class Invariance(TypedDict):
    """The whole report; each rate is over all posts of all perturbations of that kind."""

    version: str
    posts: int
    surface: Kept
    noise: Kept
    by_language: dict[str, Kept]
    perturbations: dict[str, Effect]


def measure_invariance(
    classifier: Classifier, examples: Sequence[Example], *, limit: int = 1_000, seed: int = SEED
) -> Invariance:
    """Perturb the posts, at most `limit` of them drawn by the seed, and ask the bundle again."""
    chosen = list(examples)
    if len(chosen) > limit:
        chosen = random.Random(seed).sample(chosen, limit)  # noqa: S311  # nothing secret
    before = [verdict.label for verdict in classifier.classify([e.text for e in chosen])]
    effects: dict[str, Effect] = {}
    same: dict[str, dict[str, list[bool]]] = {}
    with progress() as bar:
        task = bar.add_task("perturbing", total=len(PERTURBATIONS))
        for perturbation in PERTURBATIONS:
            changed = _changed(perturbation, chosen, seed)
            if changed:
                effect, kept = _effect(classifier, perturbation, chosen, before, changed)
                effects[perturbation.name], same[perturbation.name] = effect, kept
            bar.advance(task)
    languages = sorted({e.language for e in chosen} - {""})
    return Invariance(
        version=classifier.version,
        posts=len(chosen),
        surface=_pooled(same, [p.name for p in PERTURBATIONS if p.kind == "surface"]),
        noise=_pooled(same, [p.name for p in PERTURBATIONS if p.kind == "noise"]),
        by_language={key: _pooled(same, list(same), key) for key in languages},
        perturbations=effects,
    )


def _changed(perturbation: Perturbation, examples: Sequence[Example], seed: int) -> dict[int, str]:
    """Return the new texts by the places of the posts; each post has a generator of its own."""
    texts = {
        place: perturbation.change(
            example.text,
            random.Random(f"{seed} {perturbation.name} {example.text}"),  # noqa: S311
        )
        for place, example in enumerate(examples)
    }
    return {place: text for place, text in texts.items() if text is not None}


def _effect(
    classifier: Classifier,
    perturbation: Perturbation,
    examples: Sequence[Example],
    before: Sequence[str],
    changed: Mapping[int, str],
) -> tuple[Effect, dict[str, list[bool]]]:
    verdicts = classifier.classify(list(changed.values()))
    after = {place: v.label for place, v in zip(changed, verdicts, strict=True)}
    same: dict[str, list[bool]] = {"": []}
    for place, label in after.items():
        for key in dict.fromkeys(["", examples[place].language]):
            same.setdefault(key, []).append(label == before[place])
    effect = Effect(
        **_kept(same[""]),
        kind=perturbation.kind,
        accuracy_before=_share([before[p] == examples[p].label for p in after]),
        accuracy_after=_share([label == examples[p].label for p, label in after.items()]),
        by_language={key: _kept(flags) for key, flags in sorted(same.items()) if key},
        flips=[
            Flip(text=changed[place][:_SHORT], before=before[place], after=label)
            for place, label in after.items()
            if label != before[place]
        ][:_SHOWN],
    )
    return effect, same


def _pooled(
    same: Mapping[str, Mapping[str, list[bool]]], names: Sequence[str], language: str = ""
) -> Kept:
    return _kept([flag for name in names if name in same for flag in same[name].get(language, [])])


def _kept(flags: Sequence[bool]) -> Kept:
    return Kept(posts=len(flags), unchanged=_share(flags))


def _share(flags: Sequence[bool]) -> float:
    return round(float(np.mean(flags)), 4) if flags else 1.0
