"""Find personal data in posts: e-mail addresses, phone, identity and card numbers, handles.

Text cleaning masks most of it for the model; this finds what stands in the file itself, where it is
kept, copied and read by people. Numbers are checked for their structure, so that an order number
is not reported as somebody's identity card.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from tanggap.rules.personal import is_card, is_nik

Kind = Literal["email", "nik", "card", "phone", "handle"]

KINDS: Final[tuple[Kind, ...]] = ("email", "nik", "card", "phone", "handle")

BRAND_POSTS: Final = 10
"""A handle in this many posts is taken for a brand's: customers write to it again and again."""

_EMAIL: Final = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}(?:@| ?[\[(]at[\])] ?)[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}",
    re.IGNORECASE,
)
_CHAT_LINK: Final = re.compile(
    r"(?:wa\.me/|whatsapp\.com/send/?\?phone=)\+?\d{8,15}", re.IGNORECASE
)
_URL: Final = re.compile(r"(?:https?:/{0,2}|www\.)[^\s<>\"]{1,2000}", re.IGNORECASE)
_NIK: Final = re.compile(
    r"(?<!\d)(?:\d{16}|\d{6}[ .-]\d{6}[ .-]\d{4}|(?:\d{4}[ .-]){3}\d{4}|(?:\d\d\.){3}\d{6}\.\d{4})"
    r"(?!\d)"
)
_CARD: Final = re.compile(
    r"(?<!\d)(?:\d{13,19}|(?:\d{4}[ -]){3}\d{1,7}|\d{4}[ -]\d{6}[ -]\d{4,5})(?!\d)"
)
_PHONE: Final = re.compile(
    r"(?<![\w.,])(?:"
    r"(?:\+?62|0)[ .-]?8\d{1,3}(?:[ .-]?\d{3,5}){2}"  # Indonesian mobile
    r"|\(?0(?:2[1-9]|[3-79]\d{1,2})\)?[ .-]?\d{3,4}[ .-]?\d{3,4}"  # Indonesian landline
    r"|\+[1-9]\d{0,2}(?:[ .()-]{0,2}\d){7,12}"  # any country
    r"|(?:1[ .-])?\(?[2-9]\d{2}\)?[ .-]\d{3}[ .-]\d{4}"  # North America
    r")(?![\w]|[.,]\d)"
)
_TOLL_FREE: Final = re.compile(r"1?(?:800|888|877|866|855|844|833)|0(?:800|804|807)|0211500")
_HANDLE: Final = re.compile(r"(?<![\w@/])@\w{2,30}")
_MASKS: Final = frozenset({"user", "username", "user_mention", "mention", "company"})

_HIDDEN: Final = frozenset({"Cf", "Cc", "Cn"})


@dataclass(frozen=True, slots=True)
class Finding:
    """Personal data between two places of the normalised text."""

    kind: Kind
    start: int
    end: int


def normalise(text: str) -> str:
    """Return the text as it is searched: full-width digits made plain, invisible marks removed."""
    folded = unicodedata.normalize("NFKC", text.encode("utf-8", "ignore").decode())
    if folded.isascii() and folded.isprintable():
        return folded
    return "".join(c for c in folded if c.isspace() or unicodedata.category(c) not in _HIDDEN)


def find_personal(text: str, brands: Collection[str] = ()) -> list[Finding]:
    """Find personal data in a normalised text; `brands` are handles, lower-cased, that may stay."""
    rest = text
    found: list[Finding] = []
    for kind, pattern, holds in _SEARCHES:

        def take(
            match: re.Match[str], kind: Kind = kind, holds: Callable[[str], bool] = holds
        ) -> str:
            named = match[0][1:].lower() if kind == "handle" else ""
            if named in brands or not holds(match[0]):
                return match[0]
            found.append(Finding(kind, *match.span()))
            return " " * len(match[0])

        rest = pattern.sub(take, rest)
        if pattern is _CHAT_LINK:
            rest = _URL.sub(lambda match: " " * len(match[0]), rest)
    return sorted(found, key=lambda finding: finding.start)


def mask(text: str, findings: Iterable[Finding]) -> str:
    """Return the normalised text with each finding replaced by its kind."""
    for finding in sorted(findings, key=lambda f: f.start, reverse=True):
        text = f"{text[: finding.start]}[{finding.kind}]{text[finding.end :]}"
    return text


def handles_of(text: str) -> set[str]:
    """Return the handles of a normalised text, lower-cased, without masks and pseudonyms."""
    return {h[1:].lower() for h in _HANDLE.findall(text) if _is_private_handle(h)}


def likely_brands(counts: Counter[str]) -> set[str]:
    """Return the handles that so many posts hold that they are taken for brands'."""
    return {handle for handle, posts in counts.items() if posts >= BRAND_POSTS}


def _digits(text: str) -> str:
    return "".join(str(unicodedata.digit(c)) for c in text if c.isdecimal())


def _is_phone(text: str) -> bool:
    digits = _digits(text)
    return 8 <= len(digits) <= 15 and not _TOLL_FREE.match(digits)


def _is_private_handle(text: str) -> bool:
    """Leave out masks, and the bare numbers by which published corpora replace people."""
    name = text[1:].lower()
    return name not in _MASKS and not name.isdecimal()


_SEARCHES: Final[tuple[tuple[Kind, re.Pattern[str], Callable[[str], bool]], ...]] = (
    ("email", _EMAIL, lambda _: True),
    ("phone", _CHAT_LINK, lambda _: True),
    ("nik", _NIK, lambda text: is_nik(_digits(text))),
    ("card", _CARD, lambda text: is_card(_digits(text))),
    ("phone", _PHONE, _is_phone),
    ("handle", _HANDLE, _is_private_handle),
)
