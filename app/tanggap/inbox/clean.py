"""Make what platforms send storable: hostile characters replaced, lengths bounded."""

from __future__ import annotations

import re

from tanggap.sdk.types import Text

MAX_TEXT = 1_000_000
MAX_NAME = 255
MAX_ID = 255
SNIPPET = 160

# NUL is refused by PostgreSQL, lone surrogates by every UTF-8 encoder.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str, limit: int = MAX_TEXT) -> str:
    """Replace what no database can store with U+FFFD and cut to `limit` characters."""
    return _UNSTORABLE.sub("\ufffd", text[:limit])


def snippet(text: str) -> str:
    """Shorten a text to one line for lists."""
    line = " ".join(text[: SNIPPET * 4].split())
    return line if len(line) <= SNIPPET else line[: SNIPPET - 1] + "…"


def usable_id(value: str) -> bool:
    """Tell whether a platform's id fits the tables; one that does not is not a real id."""
    return 0 < len(value) <= MAX_ID and not _UNSTORABLE.search(value)


def in_english(words: Text) -> str:
    """Write a plugin's words for logs, records and commands."""
    return words if isinstance(words, str) else words.get("en") or next(iter(words.values()), "")
