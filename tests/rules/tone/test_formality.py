"""How well the word lists tell formal, neutral and casual replies apart."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tanggap.rules.tone.formality import sound_of

SENTENCES = yaml.safe_load((Path(__file__).parent / "formality.yaml").read_text("utf-8"))


@pytest.mark.parametrize("language", ["id", "en"])
def test_nine_of_ten_replies_of_the_measuring_half_are_told_apart(language: str) -> None:
    heard = [
        (gold, sound_of(sentence, language).formality.value)
        for gold, sentences in SENTENCES[language].items()
        for sentence in sentences[len(sentences) // 2 :]
    ]
    right = sum(gold == said for gold, said in heard)
    assert right / len(heard) >= 0.9
    assert ("formal", "casual") not in heard
    assert ("casual", "formal") not in heard


def test_the_words_that_decided_are_named() -> None:
    sound = sound_of("Maaf ya Kak, udah kami cek kok", "id")
    assert [match[0] for match in sound.casual] == ["Kak", "udah", "cek", "kok"]
