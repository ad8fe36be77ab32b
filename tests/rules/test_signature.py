from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.rules import with_initials


@pytest.mark.parametrize(
    ("text", "signed"),
    [
        ("Baik Kak", "Baik Kak ^AB"),
        ("Baik Kak \n", "Baik Kak ^AB"),
        ("Baik Kak ^AB", "Baik Kak ^AB"),
        ("Baik Kak ^ab", "Baik Kak ^ab"),
        ("Baik ^AB https://contoh.example", "Baik ^AB https://contoh.example"),
        ("Baik\n^AB", "Baik\n^AB"),
        ("^AB.", "^AB."),
        ("Baik ^ABC", "Baik ^ABC ^AB"),
        ("Baik Kak^AB", "Baik Kak^AB ^AB"),
        ("Baik ^CD", "Baik ^CD ^AB"),
        ("", "^AB"),
    ],
)
def test_initials_are_appended_unless_they_stand_there(text: str, signed: str) -> None:
    assert with_initials(text, "AB") == signed


def test_without_initials_the_text_is_left_alone() -> None:
    assert with_initials("Baik ", "") == "Baik "


@given(st.text(), st.from_regex(r"[A-Z]{1,4}\d?", fullmatch=True))
def test_signing_twice_is_signing_once(text: str, initials: str) -> None:
    once = with_initials(text, initials)
    assert with_initials(once, initials) == once
