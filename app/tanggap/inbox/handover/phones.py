"""Telephone numbers as people type, see and dial them."""

from __future__ import annotations

from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from tanggap.errors import TanggapError

HOME: Final = "ID"
_LONGEST: Final = 40
_SHOWN: Final = 3


class UnfitPhoneError(TanggapError):
    """What was typed is no number that somebody can be called at."""


def read_phone(written: str, region: str = HOME) -> str:
    """Read a number in E.164; without a country's code it is one of `region`.

    Raises `UnfitPhoneError`.
    """
    try:
        number = phonenumbers.parse(written[:_LONGEST], region)
    except NumberParseException as error:
        raise UnfitPhoneError("this is not a telephone number") from error
    if len(written) > _LONGEST or number.extension or not phonenumbers.is_valid_number(number):
        raise UnfitPhoneError("no telephone has this number")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def show_phone(phone: str) -> str:
    """Write a number of ours for people to read."""
    return phonenumbers.format_number(_number(phone), PhoneNumberFormat.INTERNATIONAL)


def dial_phone(phone: str) -> str:
    """Write a number of ours as an address that telephones follow."""
    return phonenumbers.format_number(_number(phone), PhoneNumberFormat.RFC3966)


def mask_phone(phone: str) -> str:
    """Write a number so that its owner knows it and nobody else can call it."""
    shown = show_phone(phone)
    country, _, rest = shown.partition(" ")
    hidden = "".join("•" if sign.isdigit() else sign for sign in rest[:-_SHOWN])
    return f"{country} {hidden}{rest[-_SHOWN:]}"


def _number(phone: str) -> PhoneNumber:
    return phonenumbers.parse(phone)
