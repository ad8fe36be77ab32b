"""Read a polarity out of what a source said of a post: stars, ratings, sentiments."""

from __future__ import annotations

import re

POLARITIES = ("negative", "neutral", "positive")

_STARS = re.compile(r"^(?:rating=)?([1-5])(?: stars)?$")
_BY_STARS = {1: 0, 2: 0, 3: 1, 4: 2, 5: 2}
_WORDS = re.compile(r"^(?:sentiment=)?(nega|neutral|netral|no emotion|posi)", re.IGNORECASE)
_BY_WORD = {"nega": 0, "neutral": 1, "netral": 1, "no emotion": 1, "posi": 2}


def polarity(weak: str) -> int | None:
    """Return the place in POLARITIES, or None where the source did not say."""
    if stars := _STARS.match(weak):
        return _BY_STARS[int(stars[1])]
    if word := _WORDS.match(weak):
        return _BY_WORD[word[1].lower()]
    return None
