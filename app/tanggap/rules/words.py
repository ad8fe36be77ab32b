"""Find words, handles and hashtags in one post."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from typing import Final

MAX_TAGS: Final = 100
_INVISIBLE: Final = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_WORD: Final = re.compile(r"\w+")
_HANDLE: Final = re.compile(r"(?<![\w.@/])@(\w(?:[\w.-]*\w)?)")
# A host has a bound: from each place of an endless word the search would reach its end.
_LINK: Final = re.compile(
    r"(?:https?://|\bwww\.|(?<![\w@.-])(?=[\w.-]{1,253}/)"
    r"(?=[\w-]+(?:\.[\w-]+)*\.[a-z]{2,10}/))([^\s<>\"']+)"
)
_AFTER_LINK: Final = ".,;:!?)]}…"
_HASHTAG: Final = re.compile(r"(?<![\w&#/])#(\w+)")


class PostWords:
    """The words of a post, taken apart only when a rule asks.

    Compatibility forms are unfolded (bold letters are letters) and invisible marks dropped, so
    that a name cannot be hidden from a rule that way.
    """

    def __init__(self, text: str, mentions: Sequence[str], hashtags: Sequence[str]) -> None:
        self._text = text
        self._mentions = mentions
        self._hashtags = hashtags

    @cached_property
    def mentions(self) -> list[str]:
        """Handles the platform reported and those written in the text, in that order."""
        found = _HANDLE.findall(self._plain) if "@" in self._plain else []
        return _tags((*self._mentions, *found), "@")

    @cached_property
    def hashtags(self) -> list[str]:
        """Hashtags the platform reported and those written in the text, in that order."""
        found = _HASHTAG.findall(self._plain) if "#" in self._plain else []
        return _tags((*self._hashtags, *found), "#")

    @cached_property
    def links(self) -> list[str]:
        """Links in the text, without what comes before the host."""
        found = _LINK.findall(self._plain) if "/" in self._plain or "." in self._plain else []
        return list(dict.fromkeys(link.rstrip(_AFTER_LINK) for link in found))[:MAX_TAGS]

    def words_any(self, phrases: list[str]) -> bool:
        """Say whether one of the words or phrases stands in the text."""
        singles, longer = _phrases(tuple(phrases))
        if not singles.isdisjoint(self._words):
            return True
        return any(phrase in self._line for phrase in longer)

    def mentions_any(self, handles: list[str]) -> bool:
        """Say whether one of the handles is named."""
        return not _tag_set(tuple(handles), "@").isdisjoint(self.mentions)

    def hashtags_any(self, hashtags: list[str]) -> bool:
        """Say whether one of the hashtags is there."""
        return not _tag_set(tuple(hashtags), "#").isdisjoint(self.hashtags)

    @cached_property
    def _plain(self) -> str:
        return _plain(self._text)

    @cached_property
    def _words(self) -> list[str]:
        return _WORD.findall(self._plain)

    @cached_property
    def _line(self) -> str:
        return f" {' '.join(self._words)} "


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    return _INVISIBLE.sub("", text).casefold()


def _tags(tags: Iterable[str], mark: str) -> list[str]:
    plain = dict.fromkeys(_plain(tag).strip().lstrip(mark) for tag in tags)
    plain.pop("", None)
    return list(plain)[:MAX_TAGS]


@lru_cache(maxsize=1024)
def _tag_set(tags: tuple[str, ...], mark: str) -> frozenset[str]:
    return frozenset(_tags(tags, mark))


@lru_cache(maxsize=1024)
def _phrases(phrases: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Part phrases into single words and lines of several words."""
    split = [_WORD.findall(_plain(phrase)) for phrase in phrases]
    return (
        frozenset(words[0] for words in split if len(words) == 1),
        tuple(f" {' '.join(words)} " for words in split if len(words) > 1),
    )
