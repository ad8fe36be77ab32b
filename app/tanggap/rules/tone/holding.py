"""Tell an answer that only says that it was read from one that answers."""

from __future__ import annotations

import re
from typing import Final

from tanggap.rules.tone.language import guess_language
from tanggap.rules.tone.lexicon import ASKS_PRIVATELY, PARTS, PRIVATELY
from tanggap.rules.tone.words import count_words, has_phrase

LONGEST: Final = 35
"""Words; whoever writes more has something to say."""

HOLDING: Final[dict[str, tuple[str, ...]]] = {
    "id": (
        *("kami cek dulu", "kami cek dahulu", "kami periksa dulu", "kami telusuri dulu"),
        *("sedang kami cek", "sedang kami periksa", "sedang kami telusuri", "sedang dicek"),
        *("mohon ditunggu", "mohon menunggu", "ditunggu ya", "tunggu ya", "tunggu sebentar"),
        *("segera kami kabari", "akan kami kabari", "nanti kami kabari", "kami kabari lagi"),
        *("segera kami infokan", "akan kami infokan", "segera kami tindak lanjuti"),
        *("akan kami tindak lanjuti", "kami bantu cek", "kami bantu pengecekan"),
    ),
    "en": (
        *("we are looking into", "we're looking into", "looking into this", "looking into it"),
        *("we will look into", "we'll look into", "we are checking", "we're checking"),
        *("we will check", "we'll check", "get back to you", "bear with us", "hold on"),
        *("please wait", "we will update you", "we'll update you", "keep you posted"),
    ),
}
"""Phrases that put the answer off."""

VAGUE: Final = frozenset({"segera", "soon", "shortly"})
"""Times by which nobody can be held to anything."""

_GIVES: Final = re.compile(r"https?://|www\.|\?|\d{2,}")
"""A link, a question or a number: something that the customer can go on with."""


def only_acknowledges(text: str, language: str) -> bool:
    """Tell whether a text says that the post was read and that the answer follows, no more.

    One that says when is an answer: so much the customer can rely on.
    """
    language = guess_language(text) or language
    if count_words(text) > LONGEST or _GIVES.search(text):
        return False
    if not has_phrase(text, HOLDING.get(language, ())):
        return False
    if has_phrase(text, PRIVATELY.get(language, ())):
        return False
    when = [phrase for phrase in PARTS["when"].get(language, ()) if phrase not in VAGUE]
    if has_phrase(text, when):
        return False
    if has_phrase(text, ASKS_PRIVATELY.get(language, ())):
        return False
    polite = (*PARTS["acknowledge"].get(language, ()), *PARTS["apologise"].get(language, ()))
    return has_phrase(text, polite)
