"""A moving average of weights: calmer than the last step's, and mostly better on unseen posts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Average:
    """Follow a model's parameters, each step taking over what `decay` leaves of them.

    The first steps take over more, so that the weights from before training are soon forgotten.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self._model, self._decay = model, decay
        self.weights = self._copy()

    def follow(self, step: int) -> None:
        """Move the average towards the model after its step number `step`, counted from 1."""
        share = 1 - min(self._decay, (step + 1) / (step + 10))
        with torch.no_grad():
            for name, parameter in self._model.named_parameters():
                self.weights[name].lerp_(parameter, share)

    def load(self, weights: Mapping[str, Tensor]) -> None:
        """Go on from the `weights` of an earlier average."""
        self.weights = {name: weights[name].clone() for name in self.weights}

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Give the model the average while the block runs, then its own weights again."""
        own = self._copy()
        self._give(self.weights)
        try:
            yield
        finally:
            self._give(own)

    def _copy(self) -> dict[str, Tensor]:
        return {name: p.detach().clone() for name, p in self._model.named_parameters()}

    def _give(self, weights: Mapping[str, Tensor]) -> None:
        with torch.no_grad():
            for name, parameter in self._model.named_parameters():
                parameter.copy_(weights[name])
