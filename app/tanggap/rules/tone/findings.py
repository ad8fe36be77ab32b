"""What the linter says of a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tanggap.rules.tone.codes import CODES, Severity


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that is safe to make with one click: the characters become `replacement`."""

    start: int
    end: int
    replacement: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend; `code` is one of `CODES`, `message` holds a text for each language.

    `start` and `end` are characters of the draft; both are 0 where the whole draft is meant.
    """

    code: str
    message: Mapping[str, str]
    start: int = 0
    end: int = 0
    fix: Fix | None = None

    @property
    def severity(self) -> Severity:
        """Return how much findings of this code weigh."""
        return CODES[self.code].severity
