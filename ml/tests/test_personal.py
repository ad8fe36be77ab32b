from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap_ml.personal import (
    BRAND_POSTS,
    find_personal,
    handles_of,
    is_card,
    is_nik,
    likely_brands,
    mask,
    normalise,
)


def masked(text: str, *brands: str) -> str:
    found = normalise(text)
    return mask(found, find_personal(found, brands))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tulis ke budi.s+1@contoh.co.id ya", "tulis ke [email] ya"),
        ("budi (at) contoh.com", "[email]"),
        ("hp saya 0812-3456-7890", "hp saya [phone]"),
        ("hubungi +62 812 3456 7890!", "hubungi [phone]!"),
        ("6281234567890", "[phone]"),
        ("telp (021) 5551234", "telp [phone]"),
        ("call me: 415-555-2671", "call me: [phone]"),
        ("+44 20 7946 0958", "[phone]"),
        ("chat https://wa.me/6281234567890 aja", "chat https://[phone] aja"),
        ("０８１２３４５６７８９０", "[phone]"),
        ("0812\u200b34567890", "[phone]"),
        ("NIK 3174051708900003", "NIK [nik]"),
        ("NIK 3174 0557 0890 0003", "NIK [nik]"),
        ("317405-170890-0003", "[nik]"),
        ("kartu 4111 1111 1111 1111 hilang", "kartu [card] hilang"),
        ("amex 3782 822463 10005", "amex [card]"),
        ("@budi_s makasih", "[handle] makasih"),
        (".@Budi tolong", ".[handle] tolong"),
    ],
)
def test_personal_data_is_found(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "resi 4111111111111112",  # its check digit is wrong
        "pesanan 1234567890123456",
        "NIK 9974051708900003",  # no such province
        "https://x.com/a/status/4111111111111111",
        "Rp 1.250.000.000,00",
        "20-12-2021 10:30",
        "1-800-275-2273",  # a company's toll-free line
        "0804 1500 100",
        "@user @USERNAME @mention",
        "@115712 halo",  # what corpora write for a person
        "<NUM> <EMAIL>",
        "email saja ke kami",
        "3.14159265358979",
    ],
)
def test_what_only_looks_personal_is_left(text: str) -> None:
    assert masked(text) == text


def test_a_brands_handle_stays() -> None:
    assert masked("@KAI121 @budi", "kai121") == "@KAI121 [handle]"


def test_handles_that_many_posts_hold_are_taken_for_brands() -> None:
    assert handles_of("@KAI121 @kai121 @user @1234 a@b.com") == {"kai121"}
    counts = Counter({"kai121": BRAND_POSTS, "budi": BRAND_POSTS - 1})
    assert likely_brands(counts) == {"kai121"}


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("3174051708900003", True),
        ("3174055708900003", True),  # a woman born on the 17th
        ("3174057108900003", True),
        ("3174057208900003", False),
        ("3174058108900003", False),
        ("3174050008900003", False),
        ("3174053213900003", False),
        ("3174051713900003", False),
        ("3174051708900000", False),
        ("3100051708900003", False),
        ("317405170890003", False),
    ],
)
def test_an_identity_number_is_checked_for_place_date_and_serial(
    digits: str, expected: bool
) -> None:
    assert is_nik(digits) is expected


def test_a_card_number_is_checked_for_issuer_and_check_digit() -> None:
    assert is_card("5500000000000004")
    assert not is_card("5500000000000005")
    assert not is_card("9500000000000003")


@given(st.text(alphabet=st.characters(codec=None), max_size=200))
def test_any_text_is_searched(text: str) -> None:
    found = normalise(text)
    findings = find_personal(found)
    assert all(0 <= f.start < f.end <= len(found) for f in findings)
    ends = [f.end for f in findings]
    assert all(end <= f.start for end, f in zip(ends, findings[1:], strict=False))


@pytest.mark.parametrize("unit", ["1", "a@", "0 8 ", "(0", "+1", "1111 ", "a.a-", "www.", "@", "a"])
def test_a_long_hostile_text_is_searched(unit: str) -> None:
    find_personal(normalise(unit * (100_000 // len(unit))))
