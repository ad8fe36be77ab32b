"""Name the language of a post: Indonesian, English, both, or another one."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Final, Literal

Language = Literal["id", "en", "mixed", "other"]

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_ASCII_LETTERS: Final = re.compile(r"[A-Za-z]")
_MANY_WORDS: Final = 10
_WORD_ODDS: Final = 1.5
"""What one telling word weighs against the model, in log odds."""


def _vocabulary(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Function words and the commonest verbs, colloquial spellings included. Words of both languages
# ("online", "cancel", "ada"), English words at home in Indonesian posts ("service", "up") and names
# are left out: they decide nothing.
_INDONESIAN: Final = _vocabulary(
    """
    yang dan di ke dari untuk dengan pada adalah itu ini tidak bukan sudah belum akan bisa juga
    saya kami kita anda dia mereka aku kamu gue gua lu lo loe nya apa siapa kapan kenapa mengapa
    bagaimana gimana dimana berapa kalau kalo karena karna tapi tetapi atau jika agar supaya biar
    saja aja sama lagi masih hanya cuma jadi banget bgt sekali lebih kurang sangat paling harus
    mau pengen ingin boleh tolong mohon terima kasih makasih trims min kak kakak mas mbak pak bu
    gak ga nggak ngga enggak tak gk tdk ndak jangan jgn sdh udah udh dah blm blom yg dgn utk krn
    klo kl sy sm aj tp jg lg dr dlm dalam oleh seperti kayak kaya kok sih deh dong nih tuh lah kah
    ya iya bang gan cek kirim beli bayar pakai pake buka masuk keluar dapat dapet lama cepat baru
    hari bulan tahun jam pagi siang malam sore besok kemarin tadi sekarang skrg semua banyak orang
    dulu terus trs mulai sampai sampe setelah sebelum sejak selalu sering setiap tiap bagus jelek
    mantap mantul lemot lelet gangguan jaringan sinyal kereta tiket jadwal stasiun paket barang
    uang saldo rusak mati hilang salah benar gabisa gaada gapapa anjir wkwk bgtu gitu gini begitu
    begini sedangkan padahal malah justru walaupun meski namun serta para suatu sebuah sini sana
    situ mana pernah sempat perlu cara coba lihat liat tau tahu kasih minta tanya bantu bales balas
    """
)
_ENGLISH: Final = _vocabulary(
    """
    the and of to in is are was were be been being it this that these those i you he she we they
    my your his her our their me him us them what who when where why how which for with from on
    at as an not don't doesn't didn't can't won't isn't aren't wasn't i'm i've i'll it's you're
    that's there's have has had do does did will would can could should may might must shall if
    but or because so than then there here just still only very too also about after before again
    get got getting going been make made want need thanks thank you love great good bad
    worst best awful never always now today yesterday tomorrow all any some more most yes out
    over off back into your u ur im dont cant didnt doesnt wont isnt ive thats its am let see
    know think say said tell told like really much many every people time day week flight
    waiting fix fixed working work works broken help since while well even
    """
)
_BOTH: Final = _INDONESIAN & _ENGLISH
_ONLY_INDONESIAN: Final = _INDONESIAN - _BOTH
_ONLY_ENGLISH: Final = _ENGLISH - _BOTH


def name_language(text: str, indonesian: float | None = None) -> Language:
    """Name the language of a cleaned post.

    `indonesian` is the model's probability that the post is Indonesian rather than English; the
    words are weighed against it. Without it they decide alone, and a tie counts as Indonesian.
    """
    if not _is_latin(text):
        return "other"
    words = [word.lower().replace("’", "'") for word in _WORD.findall(text)]
    own = sum(word in _ONLY_INDONESIAN for word in words)
    foreign = sum(word in _ONLY_ENGLISH for word in words)
    if own + foreign == 0 and len(words) >= _MANY_WORDS:
        return "other"
    if min(own, foreign) >= 2 and min(own, foreign) * 3 >= max(own, foreign):
        return "mixed"
    odds = _WORD_ODDS * (own - foreign) + _log_odds(indonesian)
    return "id" if odds >= 0 else "en"


def _log_odds(probability: float | None) -> float:
    if probability is None:
        return 0.0
    kept = min(max(probability, 0.005), 0.995)
    return math.log(kept / (1 - kept))


def _is_latin(text: str) -> bool:
    """Tell whether at least half of the letters are Latin; a text without letters is not."""
    letters = [character for character in text if character.isalpha()]
    latin = sum(
        1
        for character in letters
        if _ASCII_LETTERS.match(character) or unicodedata.name(character, "").startswith("LATIN")
    )
    return bool(letters) and latin * 2 >= len(letters)
