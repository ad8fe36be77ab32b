"""How answers on Echo should sound: among neighbours, so casual."""

from __future__ import annotations

from collections.abc import Mapping

from tanggap.sdk import Formality, ToneProfile

TONE: Mapping[str, ToneProfile] = {
    "id": ToneProfile(formality=Formality.CASUAL, emoji=True, avoid=("Dengan hormat",)),
    "en": ToneProfile(formality=Formality.CASUAL, emoji=True, avoid=("Dear Sir or Madam",)),
}
