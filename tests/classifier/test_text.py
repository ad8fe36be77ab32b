from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanggap.classifier.text import MAX_CHARACTERS, clean_text, has_content

ANY_TEXT = st.text(st.characters(), max_size=200)


@given(ANY_TEXT)
@settings(deadline=None)
def test_any_text_comes_out_encodable_and_on_one_line(text: str) -> None:
    cleaned = clean_text(text)
    cleaned.encode("utf-8")
    assert cleaned == cleaned.strip()
    assert not set(cleaned) & set("\n\r\t\x00\u200b\u202e")


@given(st.lists(st.sampled_from(["<", ">", "/", "s", "mask", "pad", "unk", "\u200b", "&lt;", "S"])))
@settings(deadline=None)
def test_no_arrangement_of_pieces_leaves_a_special_token(pieces: list[str]) -> None:
    cleaned = clean_text("".join(pieces)).lower()
    for token in ("<s>", "</s>", "<pad>", "<unk>", "<mask>"):
        assert token not in cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("@telkomsel @user_1 min, lemot", "@user min, lemot"),
        ("cek https://t.co/abc123 ya", "cek http ya"),
        ("cek www.contoh.id/promo?x=1", "cek http"),
        ("hubungi 0812-3456-7890 atau +62 812 3456 7890", "hubungi <NUM> atau <NUM>"),
        ("resi 123456789012 belum sampai", "resi <NUM> belum sampai"),
        ("kirim ke budi@contoh.co.id", "kirim ke <EMAIL>"),
        ("harga Rp 1.500.000 tahun 2026", "harga Rp 1.500.000 tahun 2026"),
        ("lemoooooot bangeeeeet!!!!!!", "lemooot bangeeet!!!"),
        ("fish &amp; chips", "fish & chips"),
        ("le\u0301let", "l\u00e9let"),
        ("ka\u200bpan", "kapan"),
        ("\u202eterbalik\u202c", "terbalik"),
        ("👍🏽 mantap", "👍 mantap"),
        ("makasih 🥹🫶", "makasih 🥹🫶"),
        ("a\ud800b", "ab"),
        ("dua\n\n baris\t saja", "dua baris saja"),
    ],
)
def test_text_is_cleaned(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


def test_a_shouted_post_is_lowered_and_keeps_its_masks() -> None:
    assert clean_text("KAPAN NYALA?? 081234567890") == "kapan nyala?? <NUM>"


def test_capitals_of_an_ordinary_post_stay() -> None:
    assert clean_text("Kapan KRL ke Bogor?") == "Kapan KRL ke Bogor?"


@pytest.mark.parametrize(
    "text",
    ["a" * 100_000, "<s>" * 40_000, "@" * 100_000, "08" * 50_000, "x@" * 50_000, "&lt;" * 30_000],
)
def test_a_hundred_thousand_characters_are_cut(text: str) -> None:
    assert len(clean_text(text)) <= 5 * MAX_CHARACTERS


@pytest.mark.parametrize(
    "text", ["", "   ", "!!! ???", "@user", "@a @b https://x.id", "...", "\u200b", "$$ ++"]
)
def test_symbols_and_masks_are_no_content(text: str) -> None:
    assert not has_content(clean_text(text))


@pytest.mark.parametrize("text", ["ok", "👍", "@user ❤", "12", "感谢", "شكرا"])
def test_words_numbers_and_emoji_are_content(text: str) -> None:
    assert has_content(clean_text(text))
