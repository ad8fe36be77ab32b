"""What the private message says that leads a customer to a form or holds a code."""

from __future__ import annotations

from typing import Final

from tanggap.inbox.forms.form_requests import FORM
from tanggap.inbox.single_use import MadeLink

_FORM: Final = {
    "id": (
        "Supaya data Anda tetap pribadi, mohon isi di halaman kami: {address}\n"
        "Tautan ini hanya untuk Anda, berlaku sekali dalam 48 jam."
    ),
    "en": (
        "To keep your details private, please fill them in on our page: {address}\n"
        "The link is for you alone and works once within 48 hours."
    ),
}
_WITH_CODE: Final = {"id": "\nKode Anda: {code}", "en": "\nYour code: {code}"}
_CODE: Final = {
    "id": (
        "Kode verifikasi Anda: {code}. Sebutkan hanya kepada petugas yang sedang melayani Anda. "
        "Berlaku 48 jam."
    ),
    "en": (
        "Your verification code: {code}. Tell it only to the person who is helping you now. "
        "It works for 48 hours."
    ),
}


def message_of(made: MadeLink) -> str:
    """Write the message in the language of the case; people may change it before it is sent."""
    language = made.link.language
    if made.link.purpose != FORM:
        return _CODE[language].format(code=made.code)
    text = _FORM[language].format(address=made.address)
    return text + _WITH_CODE[language].format(code=made.code) if made.code else text
