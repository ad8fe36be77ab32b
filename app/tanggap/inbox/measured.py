"""How long an answer counts, and the posts it is cut into where one would not hold it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MOST_PARTS: Final = 25


@dataclass(frozen=True, slots=True)
class Piece:
    """One post of a reply that is cut into several, and its length."""

    text: str
    length: int


@dataclass(frozen=True, slots=True)
class Measured:
    """The length of a reply with initials, and the most the platform takes, in its own count.

    A reply over the limit that the channel can cut comes with its `pieces`.
    """

    text: str
    length: int
    limit: int
    pieces: Sequence[Piece] = ()

    @property
    def texts(self) -> Sequence[str]:
        """The texts of the pieces."""
        return [piece.text for piece in self.pieces]

    @property
    def fits(self) -> bool:
        """Whether the platform would take it, whole or in pieces."""
        if self.pieces:
            return len(self.pieces) <= MOST_PARTS and all(
                0 < piece.length <= self.limit for piece in self.pieces
            )
        return 0 < self.length <= self.limit
