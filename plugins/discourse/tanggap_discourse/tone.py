"""How answers on a forum should sound: people among people, more at length than elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from tanggap.sdk import Formality, ToneProfile

_SIGN_OFF = {"id": "Salam,", "en": "Best wishes,"}

TONE: Mapping[str, ToneProfile] = {
    "id": ToneProfile(
        formality=Formality.NEUTRAL,
        emoji=True,
        sign_off=_SIGN_OFF,
        avoid=("Dengan hormat", "gan", "sis", "cek DM"),
    ),
    "en": ToneProfile(
        formality=Formality.NEUTRAL,
        emoji=True,
        sign_off=_SIGN_OFF,
        avoid=("Dear Sir or Madam", "as per my last post", "DM us"),
    ),
}
