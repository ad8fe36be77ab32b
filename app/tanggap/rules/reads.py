"""What a condition reads, so that only that is fetched."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Reads:
    """What a condition reads of a post.

    `paths` are names of the vocabulary; the labels of probabilities stand in `labels` instead.
    `lists` and `teams` are the keys that it writes out.
    """

    paths: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    teams: set[str] = field(default_factory=set)

    def add(self, other: Reads) -> None:
        """Read what another condition reads, too."""
        self.paths |= other.paths
        self.labels |= other.labels
        self.lists |= other.lists
        self.teams |= other.teams
