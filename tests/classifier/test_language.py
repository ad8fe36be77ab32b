from __future__ import annotations

import pytest

from tanggap.classifier import name_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("min dari pagi internet mati, kapan nyala?", "id"),
        ("gue udah nunggu 3 jam blm ada kabar", "id"),
        ("my order is late and nobody answers", "en"),
        ("wifi", "id"),
        ("その他に", "other"),
        ("почему не работает", "other"),
        ("👍👍", "other"),
        ("", "other"),
        ("bonjour votre application ne marche plus depuis hier soir merci beaucoup", "other"),
        (
            "the moment biznet is available in my area aku bakal pindah karena sudah capek banget",
            "mixed",
        ),
    ],
)
def test_language_is_named_from_words_alone(text: str, language: str) -> None:
    assert name_language(text) == language


@pytest.mark.parametrize(("probability", "language"), [(0.9, "id"), (0.1, "en")])
def test_the_model_decides_between_indonesian_and_english(
    probability: float, language: str
) -> None:
    assert name_language("wifi error", probability) == language


def test_two_telling_words_of_each_language_make_a_mixed_post() -> None:
    assert name_language("min appnya error terus pls fix asap it's so annoying", 0.2) == "mixed"
    assert name_language("kenapa wifi up down terus customer service please", 0.9) == "id"


def test_telling_words_outweigh_the_model() -> None:
    assert name_language("thank you so much for the flight", 0.9) == "en"


def test_script_outweighs_the_model() -> None:
    assert name_language("서비스가 안 돼요", 0.99) == "other"
