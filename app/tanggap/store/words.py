"""A column for words that plugins say to people, in every language they said them in."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Dialect, Text, TypeDecorator

from tanggap.sdk.words import Words

# no text of a platform or plugin begins with a control character that stands for "record"
_SEVERAL = "\x1e"


class WordsText(TypeDecorator[str]):
    """Text that keeps the languages of `Words`; it reads as English where it is used as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write words of several languages as one record."""
        if isinstance(value, Words) and value.texts:
            return _SEVERAL + json.dumps(dict(value.texts), ensure_ascii=False)
        return value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Read a text, or the words that were written as a record."""
        if isinstance(value, str) and value.startswith(_SEVERAL):
            return Words(json.loads(value[1:]))
        return value
