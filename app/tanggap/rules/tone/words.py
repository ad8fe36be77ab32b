"""Find phrases of a list in a text, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(r"\w+(?:['’]\w+)?|[/%]")


@lru_cache(maxsize=512)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str] | None:
    if not phrases:
        return None
    longest_first = sorted(set(phrases), key=len, reverse=True)
    parts = "|".join(r"\s+".join(map(re.escape, phrase.split())) for phrase in longest_first)
    return re.compile(rf"(?<!\w)(?:{parts})(?!\w)", re.IGNORECASE)


def find_phrases(text: str, phrases: Iterable[str]) -> list[re.Match[str]]:
    """Return where the phrases stand as whole words, whatever their case."""
    pattern = _pattern(tuple(phrases))
    return list(pattern.finditer(text)) if pattern else []


def has_phrase(text: str, phrases: Iterable[str]) -> bool:
    """Tell whether one of the phrases stands in the text."""
    pattern = _pattern(tuple(phrases))
    return pattern is not None and pattern.search(text) is not None


def count_words(text: str) -> int:
    """Count words."""
    return len(_WORD.findall(text))
