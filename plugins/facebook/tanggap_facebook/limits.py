"""Facebook's measures: how long a comment and a message may be."""

from __future__ import annotations

MAX_COMMENT = 8000
MAX_MESSAGE = 2000


def measure(text: str) -> int:
    """Count code points; links and emoji have no weight of their own on Facebook."""
    return len(text)
