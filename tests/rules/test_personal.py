"""Personal data in a text, by its structure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.rules.personal import PersonalKind, find_personal, is_card, is_nik


@pytest.mark.parametrize(
    ("text", "kind", "part"),
    [
        ("hubungi saya di 0812-3456-7890 ya", "phone", "0812-3456-7890"),
        ("call +62 21 500 1234 now", "phone", "+62 21 500 1234"),
        ("NIK 3174056708900003 atas nama saya", "nik", "3174056708900003"),
        ("kartu saya 4111 1111 1111 1111 ditolak", "card", "4111 1111 1111 1111"),
        ("ke budi@contoh.co.id saja", "email", "budi@contoh.co.id"),
        ("norek BCA 1234567890", "bank_account", "1234567890"),
        ("pesanan INV/20260101/MPL/12345 mana", "order", "INV/20260101/MPL/12345"),
        ("no resi JP1234567890 belum jalan", "order", "JP1234567890"),
        ("my booking code ABC123 fails", "order", "ABC123"),
        ("rumah di Jl. Melati Raya No. 12", "address", "Jl. Melati Raya No. 12"),
        ("RT 03/RW 05 mati lampu", "address", "RT 03/RW 05"),
    ],
)
def test_personal_data_is_found_where_it_stands(text: str, kind: str, part: str) -> None:
    (found,) = find_personal(text)
    assert (found.kind, text[found.start : found.end]) == (kind, part)


@pytest.mark.parametrize(
    "text",
    [
        "harga 1.500.000 saja",
        "pesanan saya belum sampai sejak 2026",
        "tiket kereta besok jam 10",
        "diskon 50% sampai 31-12-2026",
        "1234567890123456 bukan NIK dan bukan kartu",
        "jalan tol no macet",
        "@brand jam 08.00-17.00",
    ],
)
def test_prices_dates_and_chance_digits_are_left_alone(text: str) -> None:
    assert find_personal(text) == []


@pytest.mark.parametrize(
    ("digits", "holds"),
    [
        ("3174052708900003", True),
        ("3174056708900003", True),  # a woman's day of birth, 27 + 40
        ("3174053202900003", False),  # the 32nd of February
        ("0074052708900003", False),  # no such province
        ("3174052708900000", False),  # serial numbers start at one
        ("317405270890000", False),
    ],
)
def test_an_identity_number_needs_a_province_and_a_birthday(digits: str, holds: bool) -> None:
    assert is_nik(digits) is holds


@pytest.mark.parametrize(
    ("digits", "holds"),
    [("4111111111111111", True), ("4111111111111112", False), ("0000000000000000", False)],
)
def test_a_card_needs_its_check_digit(digits: str, holds: bool) -> None:
    assert is_card(digits) is holds


def test_finds_keep_their_order_and_never_overlap() -> None:
    text = "0812-3456-7890 atau budi@contoh.co.id, kartu 4111111111111111"
    kinds = [found.kind for found in find_personal(text)]
    assert kinds == [PersonalKind.PHONE, PersonalKind.EMAIL, PersonalKind.CARD]


@given(st.text(st.sampled_from("0123456789 .-@+/#ajlnorekg\n"), max_size=300))
def test_any_text_gives_finds_inside_it(text: str) -> None:
    last = 0
    for found in find_personal(text):
        assert last <= found.start < found.end <= len(text)
        last = found.end
