"""How replies on LinkedIn should sound: a business network, so formal in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from tanggap.sdk import Formality, ToneProfile

_SIGN_OFF = {"id": "Salam hormat,", "en": "Kind regards,"}

TONE: Mapping[str, ToneProfile] = {
    "id": ToneProfile(
        formality=Formality.FORMAL,
        emoji=False,
        sign_off=_SIGN_OFF,
        avoid=("kak", "min", "gan", "sis", "bro", "nggak", "gak", "aja", "banget", "kok", "sih"),
    ),
    "en": ToneProfile(
        formality=Formality.FORMAL,
        emoji=False,
        sign_off=_SIGN_OFF,
        avoid=("hey", "guys", "gonna", "wanna", "no worries", "oops", "lol", "asap"),
    ),
}
