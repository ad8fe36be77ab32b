"""Reading how satisfied a customer is, and whether somebody agrees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.rules.consent import looks_like_yes
from tanggap.rules.satisfaction import Score, read_score


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("4/5", 4),
        ("Nilai 4 dari 5", 4),
        ("rating: 3", 3),
        ("5, makasih ya min", 5),
        ("4 terima kasih", 4),
        ("5️⃣", 5),
        ("⭐⭐⭐", 3),
        ("lima", 5),
        ("👍🏽", 4),
        ("😡", 1),
        ("sangat puas, terima kasih", 5),
        ("puas kak", 4),
        ("lumayan", 3),
        ("kurang puas sih", 2),
        ("Tidak puas!", 2),
        ("sangat kecewa", 1),
        ("not satisfied at all", 2),
        ("masih belum beres", 2),
        ("very happy with it, thanks", 5),
    ],
)
def test_scores_are_read_from_numbers_stars_faces_and_words(text: str, value: int) -> None:
    assert read_score(text) == Score(value, bare=True)


@pytest.mark.parametrize(
    "text",
    ["10", "5000", "3.5", "saya telepon 4 kali", "Internet mati lagi", "oke kak", "", "jam 5 sore"],
)
def test_what_gives_no_score_is_left_alone(text: str) -> None:
    assert read_score(text) is None


def test_a_number_that_counts_something_is_no_score() -> None:
    assert read_score("5 hari belum beres") == Score(2, bare=True)


def test_an_answer_that_also_asks_something_is_not_bare() -> None:
    assert read_score("5 tapi kenapa tagihan saya bulan ini salah lagi?") == Score(5, bare=False)


@given(st.text())
def test_any_text_is_read_without_failing(text: str) -> None:
    score = read_score(text)
    assert score is None or 1 <= score.value <= 5


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("Boleh banget, silakan", True),
        ("sure, go ahead", True),
        ("iya kak", True),
        ("jangan ya", False),
        ("ya tidak usah", False),
        ("makasih", False),
    ],
)
def test_agreeing_is_told_from_refusing(text: str, yes: bool) -> None:
    assert looks_like_yes(text) is yes
