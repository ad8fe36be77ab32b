"""Echo's measure: an entry has at most 500 characters, an emoji of several parts is several."""

from __future__ import annotations

MAX_LENGTH = 500


def measure(text: str) -> int:
    """Count code points, as Echo does."""
    return len(text)
