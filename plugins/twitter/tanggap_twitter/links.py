"""Find the links X would shorten, so that each counts 23 whatever its length.

Follows twitter-text 3.1: with a scheme any domain counts, without one only its ASCII parts do,
and both need a known top-level domain. The time taken grows with the text's length alone, which
one regular expression for it all would not give.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from tanggap_twitter.domains import LATIN, LETTER, ascii_domains, top_level_end

MAX_URL_LENGTH = 4096
MAX_LABEL_LENGTH = 63
MAX_SHORT_SLUG_LENGTH = 40
DEFAULT_SCHEME = "https://"
_UTF_16 = f"utf-16-{sys.byteorder[0]}e"

_FLAGS = re.IGNORECASE | re.ASCII
_CYRILLIC = "\u0400-\u04ff"
_PATH = rf"[a-z{_CYRILLIC}0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{LATIN}]"
_PARENS = rf"\((?:{_PATH}+|{_PATH}*\({_PATH}+\){_PATH}*)\)"
_PATH_END = rf"[+\-a-z{_CYRILLIC}0-9=_#/{LATIN}]"
_PATH_PART = rf"(?:{_PATH}*(?:{_PARENS}{_PATH}*)*{_PATH_END}|{_PARENS}|@{_PATH}+/)"
_QUERY = r"\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/]"
_TAIL = re.compile(rf"(?::[0-9]+)?(?P<path>/{_PATH_PART}*)?(?:{_QUERY})?", _FLAGS)
_SHORT = re.compile(rf"https?://t\.co/(?P<slug>[a-z0-9]+)(?:{_QUERY})?", _FLAGS)

_RUN = re.compile(rf"(?:{LETTER}|[_.\-])+")
_IS_LETTER = re.compile(LETTER)
_SCHEME = re.compile(r"https?://", _FLAGS)
_LONGEST_SCHEME = len("https://")
_NOT_BEFORE = re.compile("[A-Za-z0-9@\uff20$#\uff03\ufffe\ufeff\uffff]")
_NOT_BEFORE_BARE = "-_./"
_OTHER_DOTS = re.compile("[\u3002\uff0e\uff61]")
_PRINTABLE_ASCII = re.compile("[ -~]*")


@dataclass(frozen=True, slots=True)
class _Label:
    """A part of a name, up to its dot; `top` is where a top-level domain after the dot ends."""

    start: int
    starts_well: bool
    ends_well: bool
    last_underscore: int
    top: int | None


@dataclass(frozen=True, slots=True)
class _Url:
    start: int
    domain_start: int
    domain_end: int
    end: int
    has_path: bool


def find_links(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of every link in a text that is NFC-normalised.

    X looks at UTF-16 units, so that for it a name can begin in the middle of an emoji.
    """
    if not text or max(text) <= "\uffff":
        yield from _find(text)
        return
    places = [place for place, letter in enumerate(text) for _ in range(1 + (letter > "\uffff"))]
    for start, end in _find(_as_units(text)):
        yield places[start], places[end - 1] + 1


def _as_units(text: str) -> str:
    return "".join(map(chr, memoryview(text.encode(_UTF_16, "surrogatepass")).cast("H")))


def _find(text: str) -> Iterator[tuple[int, int]]:
    done = 0
    for run in _RUN.finditer(text):
        if "." not in run[0]:
            continue
        for url in _urls(text, run.start(), run.end(), done):
            done = url.end
            yield from _counted(text, url)


def _urls(text: str, start: int, end: int, done: int) -> Iterator[_Url]:
    """Find the URLs whose domain stands in one run of name characters, from left to right."""
    labels = _labels(text, start, end)
    starts = [label.start for label in labels]
    reach = _reach(labels)
    scheme = _scheme_start(text, start, done)
    for place in _places(start, end):
        has_scheme = scheme is not None and place == start
        if not (has_scheme or _may_start(text, place, done)):
            continue
        number = bisect_right(starts, place) - 1
        domain_end = _domain_end(text, place, labels[number], reach[number + 1])
        if domain_end is not None:
            url_start = scheme if has_scheme and scheme is not None else place
            url = _with_tail(text, url_start, place, domain_end)
            yield url
            done = url.end


def _places(start: int, end: int) -> Iterator[int]:
    """Order the places a name may start at: one that needs no character before it comes late."""
    if start > 0:
        yield from range(start, end)
    else:
        yield from (1, 0)
        yield from range(2, end)


def _labels(text: str, start: int, end: int) -> list[_Label]:
    found = []
    while (dot := text.find(".", start, end)) != -1:
        underscore = text.rfind("_", start, dot)
        starts_well = _IS_LETTER.match(text, start) is not None
        ends_well = dot > start and _IS_LETTER.match(text, dot - 1) is not None
        top = top_level_end(text, dot + 1)
        found.append(_Label(start, starts_well, ends_well, underscore, top))
        start = dot + 1
    found.append(_Label(start, starts_well=False, ends_well=False, last_underscore=-1, top=None))
    return found


def _reach(labels: list[_Label]) -> list[int | None]:
    """Tell for each label where the longest domain ends that has it whole and goes on from it."""
    reach: list[int | None] = [None] * (len(labels) + 1)
    for number in range(len(labels) - 1, -1, -1):
        label = labels[number]
        if label.starts_well and label.ends_well:
            reach[number] = reach[number + 1] or _own_top(label, label.start)
    return reach


def _own_top(label: _Label, place: int) -> int | None:
    """Refuse an underscore in the name right before its top-level domain."""
    return label.top if label.last_underscore < place else None


def _domain_end(text: str, place: int, label: _Label, beyond: int | None) -> int | None:
    if not label.ends_well or not _IS_LETTER.match(text, place):
        return None
    return beyond or _own_top(label, place)


def _scheme_start(text: str, start: int, done: int) -> int | None:
    scheme = _SCHEME.search(text, max(done, start - _LONGEST_SCHEME), start)
    if scheme is None or scheme.end() != start:
        return None
    return scheme.start() if _may_start(text, scheme.start(), done) else None


def _may_start(text: str, place: int, done: int) -> bool:
    """Check the character before: a link of its own, a handle or a hashtag goes on through it."""
    if place == 0:
        return done == 0
    return place > done and not _NOT_BEFORE.match(text, place - 1)


def _with_tail(text: str, start: int, domain_start: int, domain_end: int) -> _Url:
    tail = _TAIL.match(text, domain_end, domain_end + MAX_URL_LENGTH + 1)
    if tail is None:
        return _Url(start, domain_start, domain_end, domain_end, has_path=False)
    return _Url(start, domain_start, domain_end, tail.end(), has_path=tail["path"] is not None)


def _counted(text: str, url: _Url) -> Iterator[tuple[int, int]]:
    """Yield what of a URL counts as a link: all, without a scheme its ASCII parts, or nothing."""
    domain = text[url.domain_start : url.domain_end]
    has_scheme = url.start < url.domain_start
    if not _is_possible(domain, url, has_scheme):
        return
    if has_scheme:
        short = _SHORT.match(text, url.start, url.end)
        if short is None:
            yield url.start, url.end
        elif len(short["slug"]) <= MAX_SHORT_SLUG_LENGTH:
            yield url.start, short.end()
    elif url.start == 0 or text[url.start - 1] not in _NOT_BEFORE_BARE:
        parts = [(url.start + start, url.start + end) for start, end in ascii_domains(domain)]
        if parts and url.has_path:
            parts[-1] = (parts[-1][0], parts[-1][1] + url.end - url.domain_end)
        yield from parts


def _is_possible(domain: str, url: _Url, has_scheme: bool) -> bool:
    """Refuse what no name server could know: labels over 63 characters, URLs over 4096."""
    if domain.startswith("xn--") and not any(ascii_domains(domain)):
        return False
    if any(_encoded_length(label) > MAX_LABEL_LENGTH for label in domain.split(".")):
        return False
    length = url.end - url.start + (0 if has_scheme else len(DEFAULT_SCHEME))
    return length <= MAX_URL_LENGTH


def _encoded_length(label: str) -> int:
    """Measure a label as a name server sees it; other scripts' full stops are dots only here."""
    whole = label.encode(_UTF_16, "surrogatepass").decode(_UTF_16, "surrogatepass")
    if len(whole) > MAX_LABEL_LENGTH:
        return len(whole)  # encoding adds to the length, and takes long for long ones
    parts = _OTHER_DOTS.split(whole)
    return sum(map(_encoded_part_length, parts)) + len(parts) - 1


def _encoded_part_length(part: str) -> int:
    if _PRINTABLE_ASCII.fullmatch(part):
        return len(part)
    return len("xn--") + len(part.encode("punycode", "surrogatepass"))
