"""Carry what plugins say to people in several languages through places that hold one text."""

from __future__ import annotations

from collections.abc import Mapping

from tanggap.sdk.types import Text


class Words(str):
    """A text in English that also knows itself in other languages, as `texts`."""

    __slots__ = ("texts",)
    texts: Mapping[str, str]

    def __new__(cls, text: Text) -> Words:
        """Take a text for each language, or one in English alone."""
        if isinstance(text, Words):
            return text
        if isinstance(text, Mapping):
            texts = {str(language): str(said) for language, said in text.items()}
            made = super().__new__(cls, texts.get("en") or next(iter(texts.values()), ""))
            made.texts = texts
            return made
        made = super().__new__(cls, text)
        made.texts = {}
        return made
