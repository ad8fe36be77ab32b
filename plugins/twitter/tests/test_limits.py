from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap_twitter.limits import LINK_LENGTH, forbidden_character, weighted_length

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("Hello", 5),
        ("cafe\u0301", 4),
        ("日本語", 6),
        ("\U0001f600", 2),
        (FAMILY, 2),
        ("\U0001f44d\U0001f3fd", 2),
        ("\U0001f1ee\U0001f1e9", 2),
        ("1\ufe0f\u20e3", 2),
        ("See https://example.com/a/very/long/path?x=1 now", 31),
        ("visit example.com please", 36),
        ("x.com", 23),
        ("\u2026", 2),
        ("€", 2),
        ("→", 2),
        ("\u201c\u201d\u2018\u2019", 4),
        ("Привет", 6),
        ("สวัสดี", 6),
        ("한국", 4),
        ("a" * 280, 280),
        ("a" * 281, 281),
        # as twitter-text 3.1 answers
        ("Hi http://test.co", 26),
        ("A\ufb2a\u05bc", 4),
        ("ABC\u202a\uffffABC\ufffe", 12),
        (FAMILY * 140, 280),
        ("\U0001f64b\U0001f3fd\U0001f468\u200d\U0001f3a4", 4),
        (f"Unicode 10.0 emoji: \U0001f92a; \U0001f9d5; \U0001f9d5\U0001f3fe; {SCOTLAND}", 34),
        ("\u2066\u202ahttp://foobar.پاکستان/\u202c\u2069", 31),
        ("\u00a9", 1),
        ("\u00a9\ufe0f", 2),
        ("\u2764\ufe0f", 2),
        ("\u2764\ufe0e", 4),
        ("\U0001f3f3\ufe0f\u200d\U0001f308", 2),
        ("\u200b\u200c\u200d", 3),
        ("\u2000\u200a\u2010\u201f\u2032\u2037", 6),
        ("\u200e\u2038", 4),
        # two letters that are no region's, a person of no sex, an unknown nation's flag
        ("\U0001f1ee\U0001f1ee", 4),
        ("\u26f9\ufe0f\u200d\u2640\ufe0f", 2),
        ("\u26f9\u200d\u2640\ufe0f", 5),
        ("\U0001f3f4\U000e0075\U000e0073\U000e007f", 8),
    ],
)
def test_texts_count_as_x_counts_them(text: str, length: int) -> None:
    assert weighted_length(text) == length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("example.com/a_(b)_c", 23),
        ("(example.com)", 25),
        ("example.com.", 24),
        ("example.com?q=1", 27),
        ("https://example.com?q=1", 23),
        ("https://example.com:8080/x", 23),
        ("HTTP://EXAMPLE.COM", 23),
        ("http://www.twitter.com/#!/jack", 23),
        ("http://t.co/abc-d", 25),
        ("http://t.co/" + "a" * 41, 53),
        ("toko.id", 23),
        ("toko.co.id/promo", 23),
        ("example.notatld", 15),
        ("example.c", 9),
        ("mail@example.com", 16),
        ("@example.com", 12),
        ("#example.com", 12),
        ("$example.com", 12),
        ("-example.com", 12),
        ("http://-example.com", 19),
        ("foo_bar.example.com", 27),
        ("http://foo.bar_baz.com", 31),
        ("日本語example.com中国語", 35),
        ("école.fr", 24),
        ("http://école.fr", 23),
        ("http://日本語.jp", 23),
        ("日本語.jp", 9),
        ("example.xn--p1ai", 23),
        ("randomurl" * 6 + "randomurls.com", 68),
        ("https://" + "a" * 64 + ".com", 76),
        ("https://example.com/" + "a" * 4077, 4097),
        ("https://example.com/" + "a" * 4076, 23),
        ("a.b.c.d", 7),
        ("3.5 jam, dst...", 15),
        ("Halo.Kak", 8),
        ("selesai.Ke mana", 28),
        ("http://toko.id/harga.(baru)", 30),
        ("http://toko.id/harga(baru)", 23),
        ("$\U0001f9d1.x.com", 27),
        ("\U0001f600x.com\U0001f600", 27),
        ("http://" + "\U0001f600" * 40 + ".com", 23),
        ("http://" + "あ" * 53 + ".com", 23),
        ("http://" + "あ" * 26 + "。" + "あ" * 26 + ".com", 117),
    ],
)
def test_links_count_23_where_x_sees_them(text: str, length: int) -> None:
    assert weighted_length(text) == length


@given(st.text(alphabet=st.characters(max_codepoint=0x10FF, exclude_characters="."), max_size=300))
def test_a_narrow_text_without_dots_counts_at_most_its_characters(text: str) -> None:
    assert weighted_length(text) <= len(unicodedata.normalize("NFC", text))


@given(st.text(max_size=300))
def test_every_text_has_a_length(text: str) -> None:
    length = weighted_length(text)
    assert length >= 0
    assert (length == 0) == (text == "")


@given(st.from_regex(r"[a-z0-9]{1,60}", fullmatch=True), st.sampled_from(["com", "id", "co.id"]))
def test_a_link_counts_the_same_however_long(name: str, top: str) -> None:
    assert weighted_length(f"https://{name}.{top}/{name}?{name}") == LINK_LENGTH
    assert weighted_length(f"{name}.{top}") == LINK_LENGTH


@given(
    st.lists(st.sampled_from(["halo", "日本", "x.com", FAMILY, "é", "https://a.id/b"]), max_size=9)
)
def test_words_apart_add_up(words: list[str]) -> None:
    gaps = max(len(words) - 1, 0)
    assert weighted_length(" ".join(words)) == sum(map(weighted_length, words)) + gaps


@pytest.mark.parametrize(
    "text", ["日" * 25_000 + ".日", "a." * 12_500, "日." * 12_500, "(a" * 9_000]
)
def test_long_hostile_texts_are_measured(text: str) -> None:
    assert weighted_length(text) >= len(text)


@pytest.mark.parametrize(
    ("text", "bad"),
    [("a\ufeffb", "U+FEFF"), ("\uffff", "U+FFFF"), ("\ufffe", "U+FFFE"), ("a", None)],
)
def test_forbidden_character_is_named(text: str, bad: str | None) -> None:
    assert forbidden_character(text) == bad
