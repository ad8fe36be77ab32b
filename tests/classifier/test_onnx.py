from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from tanggap.classifier import LABELS, OnnxClassifier, Verdict, clean_text, load_bundle
from tanggap.classifier.text import MAX_CHARACTERS

PLAIN_CASES = [
    ("min dari pagi internet mati terus, kapan nyala lagi sih", "complaint", "id"),
    ("aplikasinya error terus gak bisa login, kecewa banget", "complaint", "id"),
    ("your app charged me twice and nobody answers, terrible service", "complaint", "en"),
    ("min cara ganti nomor hp gimana ya?", "question", "id"),
    ("makasih min cepat banget responnya, mantap", "praise", "id"),
    ("best crew ever, thank you so much for the great flight", "praise", "en"),
]


@pytest.mark.parametrize(("text", "label", "language"), PLAIN_CASES)
def test_the_shipped_bundle_gets_plain_posts_right(
    classifier: OnnxClassifier, text: str, label: str, language: str
) -> None:
    (verdict,) = classifier.classify([text])
    assert (verdict.label, verdict.language) == (label, language)


@pytest.mark.parametrize("text", ["", "  ", "!!!???", "@user @kai", "https://t.co/x", "\u200b"])
def test_an_empty_post_is_none_without_asking_the_model(
    classifier: OnnxClassifier, text: str
) -> None:
    (verdict,) = classifier.classify([text])
    assert verdict == Verdict(
        label="none",
        confidence=1.0,
        probabilities={label: float(label == "none") for label in LABELS},
        language="other",
        model_version=classifier.version,
    )


def test_an_emoji_is_classified(classifier: OnnxClassifier) -> None:
    (verdict,) = classifier.classify(["😡😡😡"])
    assert 0 < verdict.confidence < 1
    assert verdict.language == "other"


def test_verdicts_keep_the_order_of_the_texts(classifier: OnnxClassifier) -> None:
    texts = [text for text, _, _ in PLAIN_CASES] + ["", "ok", "kata " * 300]
    together = classifier.classify(texts)
    alone = [classifier.classify([text])[0] for text in texts]
    for left, right in zip(together, alone, strict=True):
        assert left.label == right.label
        assert left.confidence == pytest.approx(right.confidence, abs=0.01)


def test_no_texts_give_no_verdicts(classifier: OnnxClassifier) -> None:
    assert classifier.classify([]) == []


@given(st.lists(st.text(st.characters(), max_size=80), min_size=1, max_size=5))
@settings(deadline=None, max_examples=30)
def test_any_text_gets_a_sound_verdict(classifier: OnnxClassifier, texts: list[str]) -> None:
    for verdict in classifier.classify(texts):
        assert sum(verdict.probabilities.values()) == pytest.approx(1.0)
        assert verdict.confidence == max(verdict.probabilities.values())
        assert verdict.probabilities[verdict.label] == verdict.confidence
        assert verdict.language in {"id", "en", "mixed", "other"}


@pytest.fixture(scope="module")
def tokenizer(shipped: Path) -> Tokenizer:
    return Tokenizer.from_file(str(shipped / "tokenizer.json"))


@given(
    st.lists(st.sampled_from(["<s>", "</s>", "<mask>", "<pad>", "<unk>", "<", ">", "s", "\x00"]))
)
@settings(deadline=None)
def test_no_text_reaches_the_model_with_a_special_token(
    tokenizer: Tokenizer, pieces: list[str]
) -> None:
    special = {tokenizer.token_to_id(name) for name in ("<s>", "</s>", "<mask>", "<pad>")}
    ids = tokenizer.encode(clean_text("".join(pieces)), add_special_tokens=False).ids
    assert not special & set(ids)


@pytest.mark.parametrize(
    "text",
    ["lemot " * 20_000, "a" * 100_000, "\ud800" * 1000 + "mati", "مرحبا " * 2000, "😀" * 5000],
)
def test_very_long_posts_are_windowed_with_a_cap(classifier: OnnxClassifier, text: str) -> None:
    (verdict,) = classifier.classify([text])
    assert verdict.label in LABELS


def test_a_long_post_is_judged_by_more_than_its_first_window(classifier: OnnxClassifier) -> None:
    start = "hari ini cuaca cerah dan saya jalan ke pasar bersama ibu membeli sayur. " * 5
    end = "internet mati terus gak bisa dipakai, error, kecewa, tolong diperbaiki! " * 8
    calm, angry = classifier.classify([start * 3, start + end])
    assert angry.probabilities["complaint"] > calm.probabilities["complaint"]


def test_batch_size_does_not_change_the_label(shipped: Path, classifier: OnnxClassifier) -> None:
    small = load_bundle(shipped, threads=1, batch_size=1)
    texts = [text for text, _, _ in PLAIN_CASES]
    assert [v.label for v in small.classify(texts)] == [v.label for v in classifier.classify(texts)]


def test_threads_share_one_session(shipped: Path) -> None:
    shared = load_bundle(shipped, threads=1)
    answers: list[str] = []

    def work() -> None:
        answers.append(shared.classify([PLAIN_CASES[0][0]])[0].label)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["complaint"] * 4


def test_a_post_longer_than_the_cut_gives_the_verdict_of_its_beginning(
    classifier: OnnxClassifier,
) -> None:
    text = "kereta terlambat lagi. " * 2000
    short, long = classifier.classify([text[:MAX_CHARACTERS], text])
    assert short == long
