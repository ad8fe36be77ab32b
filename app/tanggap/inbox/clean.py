"""Bound what platforms send: names, ids, lines for lists."""

from __future__ import annotations

from tanggap.sdk.types import Text
from tanggap.store.storable import UNSTORABLE

MAX_NAME = 255
MAX_ID = 255
SNIPPET = 160


def snippet(text: str) -> str:
    """Shorten a text to one line for lists."""
    line = " ".join(text[: SNIPPET * 4].split())
    return line if len(line) <= SNIPPET else line[: SNIPPET - 1] + "…"


def usable_id(value: str) -> bool:
    """Tell whether a platform's id fits the tables; one that does not is not a real id."""
    return 0 < len(value) <= MAX_ID and not UNSTORABLE.search(value)


def in_english(words: Text) -> str:
    """Write a plugin's words for logs, records and commands."""
    return words if isinstance(words, str) else words.get("en") or next(iter(words.values()), "")
