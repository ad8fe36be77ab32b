"""How replies on X should sound: short, warm, informal in Indonesian as people write there."""

from __future__ import annotations

from collections.abc import Mapping

from tanggap.sdk import Formality, ToneProfile

TONE: Mapping[str, ToneProfile] = {
    "id": ToneProfile(
        formality=Formality.CASUAL,
        emoji=True,
        avoid=("Dengan hormat", "Saudara", "Bapak/Ibu", "bersama ini", "dimohon", "terlampir"),
    ),
    "en": ToneProfile(
        formality=Formality.CASUAL,
        emoji=True,
        avoid=("Dear Sir", "Dear Madam", "To whom it may concern", "Yours faithfully", "herewith"),
    ),
}
