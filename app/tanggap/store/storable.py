"""Make texts storable: hostile characters replaced, lengths bounded."""

from __future__ import annotations

import re

MAX_TEXT = 1_000_000

# NUL is refused by PostgreSQL, lone surrogates by every UTF-8 encoder.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str, limit: int = MAX_TEXT) -> str:
    """Replace what no database can store with U+FFFD and cut to `limit` characters."""
    return UNSTORABLE.sub("\ufffd", text[:limit])
