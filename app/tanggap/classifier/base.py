"""What the core asks of a classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from tanggap.sdk.views import Verdict

__all__ = ["Classifier", "Verdict", "needs_human"]


class Classifier(Protocol):
    """Label posts by what their author wants the company to do next.

    Implementations are safe to share between threads and answer any `str`.
    """

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels a verdict may bear."""
        ...

    @property
    def version(self) -> str:
        """Return the version stored with every verdict."""
        ...

    @property
    def thresholds(self) -> Mapping[str, float]:
        """Return for each label the confidence below which a human decides."""
        ...

    def classify(self, texts: Sequence[str]) -> list[Verdict]:
        """Return one verdict a text, in the order of the texts."""
        ...


def needs_human(verdict: Verdict, thresholds: Mapping[str, float]) -> bool:
    """Tell whether the verdict is less sure than its label's threshold asks."""
    return verdict.confidence < thresholds.get(verdict.label, 0.0)
