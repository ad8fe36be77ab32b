"""Discourse's measure: characters, 32,000 of them unless a site sets another bound."""

from __future__ import annotations

MAX_LENGTH = 32_000


def measure(text: str) -> int:
    """Count code points, as Ruby does."""
    return len(text)
