"""Find personal data in a text: what must not stand in a public post or reply."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from phonenumbers import Leniency, PhoneNumberMatcher

MAX_CHARACTERS: Final = 20_000
"""What is searched of a text: longer ones are no posts, and the searching costs."""

_REGION: Final = "ID"
_EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_DIGITS: Final = re.compile(r"(?<![\w/#])\d(?:[ .-]?\d){12,18}(?![\w/])")
_ACCOUNT: Final = re.compile(
    r"(?:no(?:mor)?\.?\s*)?(?:rekening|norek|rek\.?|(?:bank )?account (?:no\.?|number))"
    r"[^\d\n]{0,20}(\d(?:[ .-]?\d){7,15})(?!\d)",
    re.IGNORECASE,
)
_ORDER: Final = re.compile(
    r"\b(?:INV/[\w/-]{6,40}"
    r"|(?:no(?:mor)?\.?\s*)?(?:order|pesanan|resi|invoice|faktur|booking|tiket|ticket|tracking)"
    r"(?:\s*(?:id|no\.?|nomor|number|code|kode))?\s*[:#]?\s*"
    r"((?=[\w-]*\d)[A-Z0-9][A-Z0-9-]{4,29}))\b",
    re.IGNORECASE,
)
_AMOUNT: Final = re.compile(r"(?!0)\d{1,3}(?:[.,]\d{3})+")
_ADDRESS: Final = re.compile(
    r"\b(?:jl|jln|jalan|gang|gg)\.?\s+[^\W\d_][\w.' ]{2,40}?\s*(?:no\.?|nomor)\s*\d+\w?"
    r"|\brt\.?\s*\d{1,3}\s*/?\s*rw\.?\s*\d{1,3}",
    re.IGNORECASE,
)

# The first two digits of a NIK: the provinces as the Ministry of Home Affairs numbers them.
_PROVINCE_BLOCKS: Final = (
    *((11, 19), (21, 21), (31, 36), (51, 53)),
    *((61, 65), (71, 76), (81, 82), (91, 97)),
)
_PROVINCES: Final = frozenset(
    code for first, last in _PROVINCE_BLOCKS for code in range(first, last + 1)
)
_ISSUERS: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"  # Mastercard
    r"|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}"  # American Express, Diners
    r"|35(?:2[89]|[3-8]\d)\d{12}|6(?:011|5\d\d)\d{12}|62\d{14,17}"  # JCB, Discover, UnionPay
)
_WOMAN: Final = 40
"""Added to the day of birth in a woman's NIK."""


class PersonalKind(StrEnum):
    """What sort of personal data it is."""

    CARD = "card"
    NIK = "nik"
    EMAIL = "email"
    PHONE = "phone"
    BANK_ACCOUNT = "bank_account"
    ORDER = "order"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class PersonalData:
    """One find: the characters from `start` up to `end` of the text."""

    kind: PersonalKind
    start: int
    end: int


def find_personal(text: str) -> list[PersonalData]:
    """Return what is personal in the text, in its order; finds never overlap.

    Where two readings of the same digits are possible the stricter one wins: identity numbers with
    a possible birthday and cards with a right check digit come before telephone numbers.
    """
    text = text[:MAX_CHARACTERS]
    found: list[PersonalData] = []
    for candidate in _candidates(text):
        if all(candidate.end <= one.start or candidate.start >= one.end for one in found):
            found.append(candidate)
    return sorted(found, key=lambda one: one.start)


def is_nik(digits: str) -> bool:
    """Tell whether sixteen digits are built as an Indonesian identity number.

    Province, regency and district, then the birthday as DDMMYY (a woman's day plus forty), then a
    serial number that does not start over at zero.
    """
    if len(digits) != 16 or int(digits[:2]) not in _PROVINCES or digits[12:] == "0000":
        return False
    if digits[2:4] == "00" or digits[4:6] == "00":
        return False
    day, month, year = int(digits[6:8]), int(digits[8:10]), int(digits[10:12])
    day -= _WOMAN if day > _WOMAN else 0
    return any(_is_day(century + year, month, day) for century in (1900, 2000))


def is_card(digits: str) -> bool:
    """Tell whether the digits are an issuer's and their check digit is right (ISO 7812)."""
    if not _ISSUERS.fullmatch(digits):
        return False
    total = 0
    for place, character in enumerate(reversed(digits)):
        value = int(character) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _candidates(text: str) -> Iterator[PersonalData]:
    yield from _numbers(text)
    for match in _EMAIL.finditer(text):
        yield PersonalData(PersonalKind.EMAIL, *match.span())
    for match in _ACCOUNT.finditer(text):
        yield PersonalData(PersonalKind.BANK_ACCOUNT, *match.span(1))
    for match in _ORDER.finditer(text):
        yield PersonalData(PersonalKind.ORDER, *match.span(1 if match[1] else 0))
    yield from _phones(text)
    for match in _ADDRESS.finditer(text):
        yield PersonalData(PersonalKind.ADDRESS, *match.span())


def _numbers(text: str) -> Iterator[PersonalData]:
    """Find identity numbers and cards; digits in groups that are both are read as a card."""
    for match in _DIGITS.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        card = is_card(digits)
        if is_nik(digits) and not (card and not match[0].isdigit()):
            yield PersonalData(PersonalKind.NIK, *match.span())
        elif card:
            yield PersonalData(PersonalKind.CARD, *match.span())


def _phones(text: str) -> Iterator[PersonalData]:
    if sum(character.isdigit() for character in text) < 7:
        return  # the matcher costs; without seven digits there is no number to call
    for number in PhoneNumberMatcher(text, _REGION, leniency=Leniency.VALID):
        if not _AMOUNT.fullmatch(number.raw_string):
            yield PersonalData(PersonalKind.PHONE, number.start, number.end)


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
