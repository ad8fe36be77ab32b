"""Texts that resemble each other."""

from __future__ import annotations

from itertools import product

import pytest

from tanggap_ml.duplicates import text_key
from tanggap_ml.resemblance import resembling

TEXTS = [
    "Makanannya enak sekali, tempatnya nyaman.",
    "makanan nya enak sekali , tempat nya nyaman dan bersih .",
    "Sudah tiga hari paket saya belum sampai.",
    "ok",
]


def _jaccard(left: str, right: str) -> float:
    one, other = ({key[n : n + 5] for n in range(max(1, len(key) - 4))} for key in (left, right))
    return len(one & other) / len(one | other)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.75, 1.0])
def test_texts_resemble_by_the_share_of_five_letters_that_both_have(share: float) -> None:
    others = [
        "MAKANANNYA enak sekali! Tempatnya nyaman, dan bersih",
        "OK!",
        "paket sampai tiga hari",
    ]
    expected = {
        place
        for (place, text), other in product(enumerate(TEXTS), others)
        if _jaccard(text_key(text), text_key(other)) >= share
    }
    assert resembling(TEXTS, others, share=share) == expected
    assert expected


def test_places_are_those_of_the_whole_list_however_long_it_is() -> None:
    texts = [
        f"kata {chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)} lain"
        for n in range(2_500)
    ]
    assert resembling(texts, [texts[0], texts[2_400]], share=1) == {0, 2_400}


def test_nothing_resembles_what_is_not_there() -> None:
    assert resembling([], TEXTS, share=0.1) == resembling(TEXTS, [], share=0.1) == set()
