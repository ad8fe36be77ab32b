"""Measure texts as X counts them: twitter-text, configuration version 3."""

from __future__ import annotations

import re
import unicodedata

from tanggap.sdk import Account, Visibility
from tanggap_twitter.emoji import emoji_sequences
from tanggap_twitter.fields import SUBSCRIBED, SUBSCRIPTION
from tanggap_twitter.links import find_links

MAX_POST_LENGTH = 280
# what subscribed accounts may post; whether the API takes it from one is told nowhere (2026-08),
# so the operator says which account is subscribed
MAX_LONG_POST_LENGTH = 25_000
MAX_MESSAGE_LENGTH = 10_000

LINK_LENGTH = 23
EMOJI_LENGTH = 2
WIDE_LENGTH = 2

_NARROW = re.compile("[\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_FORBIDDEN = re.compile("[\ufffe\ufeff\uffff]")


def limit(account: Account, visibility: Visibility) -> int:
    """Tell how long an account's posts or messages may be."""
    if visibility == "private":
        return MAX_MESSAGE_LENGTH
    subscribed = account.config.get(SUBSCRIPTION) == SUBSCRIBED
    return MAX_LONG_POST_LENGTH if subscribed else MAX_POST_LENGTH


def weighted_length(text: str) -> int:
    """Count as X does: a link 23, an emoji 2, narrow scripts 1, everything else 2."""
    normal = unicodedata.normalize("NFC", text)
    spans = {start: (end, EMOJI_LENGTH) for start, end in _emoji(normal)}
    spans |= {start: (end, LINK_LENGTH) for start, end in find_links(normal)}
    total = position = 0
    for start in sorted(spans):
        if start < position:
            continue
        end, length = spans[start]
        total += _plain_length(normal[position:start]) + length
        position = end
    return total + _plain_length(normal[position:])


def forbidden_character(text: str) -> str | None:
    """Name the first character that X refuses anywhere in a post, such as "U+FEFF"."""
    found = _FORBIDDEN.search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def _plain_length(text: str) -> int:
    narrow = len(_NARROW.findall(text))
    return narrow + (len(text) - narrow) * WIDE_LENGTH


def _emoji(text: str) -> list[tuple[int, int]]:
    if text.isascii():
        return []
    return [found.span() for found in emoji_sequences().finditer(text)]
