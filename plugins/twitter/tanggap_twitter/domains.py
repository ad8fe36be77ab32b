"""Know domain names as X does: which characters they have and which top-level domains count."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

LATIN = (
    "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268"
    "\u026f\u0272\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVALID = "\ufffe\ufeff\uffff"
_SPACES = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_PUNCTUATION = r"!'#%&()*+,\\\-./:;<=>?@\[\]^_{|}~$"
LETTER = f"[^{_PUNCTUATION}{_SPACES}{_INVALID}{_DIRECTION}]"

_FLAGS = re.IGNORECASE | re.ASCII
_WORD = re.compile(r"[0-9a-zA-Z]+")
_GOES_ON = re.compile(r"[0-9a-zA-Z@+\-]")
_PUNYCODE = re.compile(r"xn--[\-0-9a-z]+", _FLAGS)
_ASCII_LABELS = re.compile(rf"(?:[\-a-z0-9{LATIN}]+\.)+", _FLAGS)


def top_level_end(text: str, start: int) -> int | None:
    """Tell where the top-level domain that begins at `start` ends; None when there is none."""
    words, others = _top_level()
    word = _WORD.match(text, start)
    if word is not None and word[0].lower() in words and not _GOES_ON.match(text, word.end()):
        return word.end()
    for name in others.get(text[start : start + 1].lower(), ()):
        end = start + len(name)
        if text[start:end].lower() == name and not _GOES_ON.match(text, end):
            return end
    punycode = _PUNYCODE.match(text, start)
    return punycode.end() if punycode else None


def ascii_domains(domain: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of the parts of a domain that count without a scheme."""
    position = 0
    while (labels := _ASCII_LABELS.search(domain, position)) is not None:
        position = labels.end()
        dot = position - 1
        while dot > labels.start():
            end = top_level_end(domain, dot + 1)
            if end is not None:
                yield labels.start(), end
                position = end
                break
            dot = domain.rfind(".", labels.start(), dot)


@cache
def _top_level() -> tuple[frozenset[str], dict[str, list[str]]]:
    """Read the known names: ASCII ones to look up, others by their first letter."""
    names = (files("tanggap_twitter") / "tlds.txt").read_text("utf-8").split()
    others: dict[str, list[str]] = {}
    for name in sorted(names, key=len, reverse=True):
        if not name.isascii():
            others.setdefault(name[0], []).append(name)
    return frozenset(name for name in names if name.isascii()), others
