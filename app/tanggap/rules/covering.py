"""Cover personal data in texts that leave the inbox."""

from __future__ import annotations

from typing import Final

from tanggap.rules.masking import mask_links
from tanggap.rules.personal import MAX_CHARACTERS, find_personal

MARK: Final = "•••"


def cover(text: str) -> str:
    """Put a mark in the place of personal data; what is too long to be searched is left out."""
    parts: list[str] = []
    at = 0
    text = mask_links(text)
    for one in find_personal(text):
        parts += [text[at : one.start], MARK]
        at = one.end
    parts.append(text[at:MAX_CHARACTERS])
    return "".join(parts) + ("…" if len(text) > MAX_CHARACTERS else "")
