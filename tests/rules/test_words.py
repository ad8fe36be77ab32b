from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.rules.words import MAX_TAGS, PostWords


@pytest.mark.parametrize(
    ("text", "phrase", "found"),
    [
        ("lapor OJK aja", "ojk", True),
        ("lapor ojk.", "OJK", True),
        ("projek", "ojk", False),
        ("saya lapor ke  BI ya", "lapor ke BI", True),
        ("BI checking", "lapor BI", False),
        ("lapor bintang", "lapor bi", False),
        ("buka www.lapor.go.id", "lapor.go.id", True),
        ("#OJK", "ojk", True),
        ("𝗢𝗝𝗞 tolong", "ojk", True),
        ("O\u200bJ\u200dK", "ojk", True),
        ("O\u00adJK", "ojk", True),
        ("STRASSE", "straße", True),
        ("", "ojk", False),
        ("ojk", "", False),
        ("?!", "?!", False),
    ],
)
def test_words_are_found_whole_and_whatever_their_case(text: str, phrase: str, found: bool) -> None:
    assert PostWords(text, (), ()).words_any([phrase]) is found


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("@OJKIndonesia tolong", ["ojkindonesia"]),
        ("(@a.b) @c_d, @e.", ["a.b", "c_d", "e"]),
        ("surat ke kontak@ojk.go.id", []),
        ("https://contoh.example/@nama", []),
        ("@a @A @a", ["a"]),
        ("＠ojkindonesia", ["ojkindonesia"]),
        ("@", []),
    ],
)
def test_handles_written_in_the_text_are_mentions(text: str, mentions: list[str]) -> None:
    assert PostWords(text, (), ()).mentions == mentions


def test_reported_tags_come_first_without_their_mark() -> None:
    words = PostWords("@b #d x&#39;", ["@A", "", "b"], ["#C"])
    assert words.mentions == ["a", "b"]
    assert words.hashtags == ["c", "d"]


def test_tags_are_limited() -> None:
    text = " ".join(f"@a{n} #t{n}" for n in range(500))
    words = PostWords(text, (), ())
    assert len(words.mentions) == len(words.hashtags) == MAX_TAGS


@pytest.mark.parametrize("part", ["-", "a-", "-a", "a.-"])
def test_endless_words_are_searched_for_links_in_no_time(part: str) -> None:
    began = time.process_time()
    assert PostWords(part * 30_000 + " contoh.co.id/a", (), ()).links == ["contoh.co.id/a"]
    assert time.process_time() - began < 2


@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_text_can_be_searched(text: str, phrases: list[str]) -> None:
    words = PostWords(text, phrases, phrases)
    assert words.words_any(phrases) in (True, False)
    assert words.mentions_any(phrases) in (True, False)
    assert words.hashtags_any(phrases) in (True, False)
