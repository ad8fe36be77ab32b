"""Cut a long answer into numbered posts of a thread, each of a length X takes."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from operator import attrgetter

from tanggap_twitter.emoji import emoji_sequences
from tanggap_twitter.limits import MAX_POST_LENGTH, weighted_length
from tanggap_twitter.links import find_links

# the agent's initials, which stand at the end of an answer and of its last part
_INITIALS = re.compile(r"\s+(\^\w{1,16})\s*$")
_SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f]+[\"')\]\u2019\u201d\u300d]*$")
_WORD = re.compile(r"\S+")
_SPACE = re.compile(r"\s+")
_TAG = re.compile(r"[#\uff03@\uff20$]\w+")
_CLOSING = frozenset(
    "\u3001\u3002\uff0c\uff0e\uff01\uff1f\uff1a\uff1b\u300d\u300f\uff09\u3009\u300b\u3011"
)
_JOINERS = frozenset("\u200d\ufe0e\ufe0f")
# what numbers and initials need at most beside a word that is to stay whole
_ROOM = 40
_WIDEST_PIECE = 40
# a cut is good that leaves no more than this share of a post empty
_SHARE = 0.6


class _Rank(IntEnum):
    """How well a text can be cut at a place."""

    INSIDE = 0
    WORD = 1
    SENTENCE = 2


@dataclass(frozen=True, slots=True)
class _Cut:
    place: int
    rank: _Rank


_place_of = attrgetter("place")


@dataclass(frozen=True, slots=True)
class _Room:
    """What a part has to hold besides its text, and how long it may be with that."""

    limit: int
    number: str
    initials: str

    def holds(self, part: str, *, last: bool = False) -> bool:
        """Tell whether a part fits, the last one with the initials."""
        ending = self.number + self.initials if last else self.number
        return weighted_length(part + ending) <= self.limit


def split(text: str, limit: int = MAX_POST_LENGTH) -> Sequence[str]:
    """Cut at the ends of sentences, else between words; links and emoji stay whole.

    A text that fits stays as it is. The parts end in 1/3, 2/3, 3/3, the last one in the initials
    as well. Only a word that no part has room for is cut itself.
    """
    whole = unicodedata.normalize("NFC", text).strip()
    if weighted_length(whole) <= limit:
        return [text]
    found = _INITIALS.search(whole)
    body, initials = (whole[: found.start()], f" {found[1]}") if found else (whole, "")
    cuts = list(_cuts(body, limit))
    digits = 1
    while True:
        widest = "9" * digits
        parts = _parts(body, cuts, _Room(limit, f" {widest}/{widest}", initials))
        if len(parts) < 10**digits:
            return _numbered(parts, initials)
        digits += 1


def _numbered(parts: Sequence[str], initials: str) -> list[str]:
    total = len(parts)
    numbered = [f"{part} {number}/{total}" for number, part in enumerate(parts, 1)]
    return [*numbered[:-1], numbered[-1] + initials]


def _parts(body: str, cuts: Sequence[_Cut], room: _Room) -> list[str]:
    """Fill one part after the other, from the left."""
    parts = []
    start = first = 0
    while first < len(cuts):
        last = _last_that_fits(body, start, cuts, first, room)
        if last == len(cuts) - 1 and room.holds(body[start:], last=True):
            break
        end = _best(body, start, cuts[first : last + 1], room.limit)
        parts.append(body[start:end].rstrip())
        start = end + len(_space_at(body, end))
        first = bisect_right(cuts, start, key=_place_of)
    return [*parts, body[start:]]


def _best(body: str, start: int, cuts: Sequence[_Cut], limit: int) -> int:
    """Choose where a part ends: after a sentence, else a word, unless that leaves it too empty."""
    for rank in (_Rank.SENTENCE, _Rank.WORD):
        place = next((cut.place for cut in reversed(cuts) if cut.rank >= rank), None)
        if place is not None and weighted_length(body[start:place]) >= limit * _SHARE:
            return place
    return cuts[-1].place


def _last_that_fits(body: str, start: int, cuts: Sequence[_Cut], first: int, room: _Room) -> int:
    """Find the last cut up to which the text has room, by ever longer and then shorter steps."""
    last, step = first, 1
    while step:
        tried = last + step
        if tried < len(cuts) and room.holds(body[start : cuts[tried].place].rstrip()):
            last, step = tried, step * 2
        else:
            step //= 2
    return last


def _cuts(body: str, limit: int) -> Iterator[_Cut]:
    """Yield the places at which a text can be cut, from left to right."""
    links = dict(find_links(body))
    for word in _WORD.finditer(body):
        yield from _cuts_inside(body, word.span(), links, limit - _ROOM)
        if word.end() < len(body):
            ends = _SENTENCE_END.search(word[0]) or "\n" in _space_at(body, word.end())
            yield _Cut(word.end(), _Rank.SENTENCE if ends else _Rank.WORD)


def _cuts_inside(
    body: str, word: tuple[int, int], links: Mapping[int, int], longest: int
) -> Iterator[_Cut]:
    """Yield the places inside a run without spaces: scripts that write none, words too long."""
    place, end = word
    too_long = weighted_length(body[place:end]) > longest
    while (place := links.get(place) or _piece_end(body, place, end)) < end:
        if _is_wide(body[place - 1]) and _is_wide(body[place]) and body[place] not in _CLOSING:
            ends = _SENTENCE_END.search(body[place - 1])
            yield _Cut(place, _Rank.SENTENCE if ends else _Rank.WORD)
        elif too_long:
            yield _Cut(place, _Rank.INSIDE)


def _piece_end(body: str, place: int, end: int) -> int:
    """Tell where the tag, emoji or letter with its marks ends that begins at a place."""
    for pattern in (_TAG, emoji_sequences()):
        found = pattern.match(body, place, end)
        if found and weighted_length(found[0]) <= _WIDEST_PIECE:
            return found.end()
    after = place + 1
    while after < min(end, place + _WIDEST_PIECE // 2) and _clings(body, after):
        after += 1
    return after


def _clings(body: str, place: int) -> bool:
    letter = body[place]
    is_mark = unicodedata.category(letter).startswith("M")
    return is_mark or letter in _JOINERS or body[place - 1] == "\u200d"


def _space_at(body: str, place: int) -> str:
    found = _SPACE.match(body, place)
    return found[0] if found else ""


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"
