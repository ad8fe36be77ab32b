"""Guess whether a draft is Indonesian or English, from its commonest words."""

from __future__ import annotations

import re
from typing import Final

_INDONESIAN: Final = """
yang dan di ke dari untuk dengan ini itu kami kamu anda kak ya tidak bisa sudah akan ada atau juga
pada saya kita mohon maaf terima kasih silakan agar belum sedang tim hari apa karena jika apabila
boleh nya dapat kakak bapak ibu lagi kok dong aja gak nggak udah nomor pesanan cek kirim segera
kendala sampai makasih bantu selamat pagi siang sore malam senang mendengar banget
"""
_ENGLISH: Final = """
the and of to in is are was be for with that this it we you your our us have has will not on at by
from can could would please thank thanks sorry hi hello dear an as if or about been do does let
know here there what when how so just any more team today get happy glad hear
"""
_COMMON: Final = {"id": frozenset(_INDONESIAN.split()), "en": frozenset(_ENGLISH.split())}
_WORD: Final = re.compile(r"[^\W\d_]+")
_ENOUGH: Final = 3


def guess_language(text: str) -> str:
    """Return "id" or "en", or an empty string where the text is too short or too mixed to say."""
    words = _WORD.findall(text.lower())
    counts = {key: sum(word in common for word in words) for key, common in _COMMON.items()}
    best, other = sorted(counts, key=lambda key: counts[key], reverse=True)
    if counts[best] >= _ENOUGH and counts[best] > 2 * counts[other]:
        return best
    return ""
