"""Read how satisfied a customer is from an answer to the question, in Indonesian or English."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

BEST: Final = 5
_MARKS: Final = re.compile("[\u200d\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff]")
_STARS: Final = re.compile("[⭐🌟★]")
_FACES: Final = (
    (1, "😡🤬😠💔"),
    (2, "👎😞😕🙁☹😢😭😤"),
    (3, "😐😑🫤"),
    (4, "👍🙂👌"),
    (5, "😍🤩🥰❤💯😊😀😁😄😃🎉"),
)
_NUMBERS: Final = {
    name: value
    for names in (("satu", "dua", "tiga", "empat", "lima"), ("one", "two", "three", "four", "five"))
    for value, name in enumerate(names, start=1)
}
_NOT: Final = "(?:tidak|tdk|gak|ga|nggak|ngga|enggak|kurang|krg|belum|blm|tak)"
# What is said with a "not" goes before the same without it.
_WORDS: Final = (
    (1, r"sangat (?:tidak|kurang|tak) puas"),
    (1, r"(?:sangat|amat|benar2|bener2) kecewa|kecewa (?:sekali|banget|berat)"),
    (1, r"very (?:dissatisfied|disappointed|unhappy|bad)|terrible|worst"),
    (2, _NOT + r" (?:begitu |terlalu )?puas|kecewa"),
    (2, r"not (?:really |very |at all )?(?:satisfied|happy)|dissatisfied|unhappy|disappointed"),
    (2, r"(?:masih )?(?:belum|blm) (?:beres|selesai|bisa|ada solusi)|still not"),
    (5, r"(?:sangat|amat) puas|puas (?:sekali|banget|bgt)|luar biasa|mantap"),
    (5, r"very (?:satisfied|happy)|excellent|perfect"),
    (3, r"biasa (?:saja|aja)|lumayan|so[- ]so|netral|neutral"),
    (4, r"puas|satisfied|happy with"),
)
_PHRASES: Final = tuple((score, re.compile(rf"\b(?:{words})\b")) for score, words in _WORDS)
_SCORED: Final = re.compile(
    r"(?:\b(?:nilai|skor|score|rating|bintang|kasih|kami beri|saya beri|rate(?: it)?)\W{0,3}([1-5])"
    r"(?![\d.,]\d|\d))|(?:\b([1-5]) ?(?:/|dari|out of|of) ?5\b)|(?:\b([1-5]) (?:bintang|stars?)\b)"
)
# A number that counts something is no score: "5 hari belum beres".
_FIRST: Final = re.compile(
    r"^\W*([1-5])(?:\W*$|\s*[,.!;:)\n–-]+(?!\d)|\s+(?=(?:terima|makasih|trims|thanks|thank|puas|min|"
    r"kak|ya|deh|aja|saja|karena|because|for|untuk|sangat|very|tapi|but)\b))"
)
_THANKS: Final = re.compile(
    r"\b(?:terima ?kasih|makasih|trims|tks|thanks?|thank you|you|ya|kak|min|admin|mbak|mas|deh|"
    r"dari|nilai|skor|score|rating|bintang|stars?|out|of|saya|kami|beri|kasih|nya|banget|sekali|"
    r"so much)\b"
)
_BARE_WORDS: Final = 3


@dataclass(frozen=True, slots=True)
class Score:
    """How satisfied, from 1 to 5; `bare` means that the answer says hardly anything else."""

    value: int
    bare: bool


def read_score(text: str) -> Score | None:
    """Read the score an answer gives; None for one that gives none."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKC", text)).lower().strip()
    for read in (_number, _stars, _phrase, _face):
        value = read(plain)
        if value is not None:
            return Score(value, _is_bare(plain))
    return None


def _number(text: str) -> int | None:
    scored = _SCORED.search(text)
    if scored is not None:
        return int(next(digit for digit in scored.groups() if digit))
    first = _FIRST.match(text)
    return int(first[1]) if first else _NUMBERS.get(text.strip(" .!,"))


def _stars(text: str) -> int | None:
    count = len(_STARS.findall(text))
    return count if 0 < count <= BEST else None


def _phrase(text: str) -> int | None:
    return next((score for score, phrase in _PHRASES if phrase.search(text)), None)


def _face(text: str) -> int | None:
    """Read a face where nothing is written beside it: in words it only colours them."""
    if any(character.isalnum() for character in text):
        return None
    return next((score for score, faces in _FACES if any(face in text for face in faces)), None)


def _is_bare(text: str) -> bool:
    rest = _THANKS.sub(" ", _SCORED.sub(" ", text))
    for _, phrase in _PHRASES:
        rest = phrase.sub(" ", rest)
    words = [word for word in re.findall(r"[^\W\d_]+", rest) if word not in _NUMBERS]
    return len(words) <= _BARE_WORDS and "?" not in text
