"""Mask personal data in what people read, each character by one, so that places stay the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from tanggap.rules.personal import MAX_CHARACTERS, PersonalKind, find_personal

COVER: Final = "•"
_STAYS: Final = 2
_OVERLAP: Final = 200
_TOKEN: Final = re.compile(r"(?<=/p/)[\w-]{32}(?![\w-])")
"""The secret of a single-use link of ours."""

# A text that was cut may end, or begin, within a number or an address that is not known any more.
# What may be long has a bound: from each place of an endless word the search would reach its end.
_CUT: Final = re.compile(
    r"(?:\d[\d .()+-]{2,40}|[\w.+-]{1,64}@[\w.-]{0,100})(?=…\s{0,10}$)|(?<=…)\s{0,10}[\d .()+-]{3,}"
)


@lru_cache(maxsize=4_096)
def mask(text: str) -> str:
    """Cover personal data and secrets of links, and leave of numbers the last two digits.

    Order numbers stay: people work with them, and they tell nothing of a person.
    """
    characters = list(mask_links(text))
    for kind, start, end in _finds(text):
        characters[start:end] = _covered(kind, text[start:end])
    for match in _CUT.finditer(text):
        characters[match.start() : match.end()] = _all(match[0])
    return "".join(characters)


def mask_links(text: str) -> str:
    """Cover the secrets of single-use links alone."""
    return _TOKEN.sub(lambda match: COVER * len(match[0]), text)


def is_personal(text: str) -> bool:
    """Tell whether a text holds personal data that `mask` covers."""
    return mask(text) != mask_links(text)


def blur(text: str) -> str:
    """Put zeros and x in the place of personal data, for texts that machines read."""
    masked = mask(text)
    pairs = zip(text, masked, strict=True)
    return "".join(
        new if new != COVER or old == COVER else "0" if old.isdigit() else "x" for old, new in pairs
    )


def _finds(text: str) -> Iterator[tuple[PersonalKind, int, int]]:
    for at in range(0, max(len(text), 1), MAX_CHARACTERS - _OVERLAP):
        for found in find_personal(text[at : at + MAX_CHARACTERS]):
            if found.kind != PersonalKind.ORDER:
                yield found.kind, at + found.start, at + found.end


def _covered(kind: PersonalKind, piece: str) -> str:
    if kind == PersonalKind.EMAIL:
        return piece[0] + _all(piece[1:])
    if kind == PersonalKind.ADDRESS:
        return _all(piece)
    left = sum(character.isdigit() for character in piece)
    covered = []
    for character in piece:
        covered.append(COVER if character.isalnum() and left > _STAYS else character)
        left -= character.isdigit()
    return "".join(covered)


def _all(piece: str) -> str:
    return "".join(COVER if character.isalnum() else character for character in piece)
