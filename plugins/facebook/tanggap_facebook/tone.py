"""How replies on Facebook should sound: relaxed and friendly in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from tanggap.sdk import Formality, ToneProfile

_SIGN_OFF = {"id": "Salam hangat", "en": "Best wishes"}

TONE: Mapping[str, ToneProfile] = {
    "id": ToneProfile(
        formality=Formality.CASUAL,
        emoji=True,
        sign_off=_SIGN_OFF,
        avoid=("dengan hormat", "hormat kami", "sehubungan dengan", "gan", "bro", "lu", "gue"),
    ),
    "en": ToneProfile(
        formality=Formality.CASUAL,
        emoji=True,
        sign_off=_SIGN_OFF,
        avoid=("dear sir or madam", "yours faithfully", "pursuant to", "lol", "dude"),
    ),
}
