"""Say how formal a text sounds, and which words make it so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tanggap.rules.tone.lexicon import CASUAL, FORMAL
from tanggap.rules.tone.words import count_words, find_phrases
from tanggap.sdk.types import Formality

_CONTRACTION: Final = re.compile(r"\b\w+['’](?:s|re|ve|ll|d|m|t)\b", re.IGNORECASE)
_DRAWN_OUT: Final = re.compile(r"([^\W\d_])\1{2,}")
_EMOJI: Final = re.compile("[\u2600-\u27bf\u2b50\U0001f000-\U0001faff]")

_MARGIN: Final = 0.06
"""Share of the words by which one side must lead; chosen on `formality.yaml`'s tuning half."""


@dataclass(frozen=True, slots=True)
class Sound:
    """How a text sounds; the matches are where it does."""

    formality: Formality
    formal: tuple[re.Match[str], ...]
    casual: tuple[re.Match[str], ...]


def sound_of(text: str, language: str) -> Sound:
    """Weigh formal words against casual ones.

    `language` is "id" or "en"; a text of another language is held against both word lists.
    """
    languages = [language] if language in FORMAL else list(FORMAL)
    formal = [match for key in languages for match in find_phrases(text, FORMAL[key])]
    casual = [match for key in languages for match in find_phrases(text, CASUAL[key])]
    if "en" in languages:
        casual += _CONTRACTION.finditer(text)
    casual += [*_DRAWN_OUT.finditer(text), *_EMOJI.finditer(text)]
    lead = (len(formal) - len(casual)) / max(4, count_words(text))
    formality = Formality.NEUTRAL
    if lead > _MARGIN:
        formality = Formality.FORMAL
    elif lead < -_MARGIN:
        formality = Formality.CASUAL
    return Sound(formality, tuple(formal), tuple(casual))
