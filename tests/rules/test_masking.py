"""Masks over personal data: each character by one, whatever the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.rules.masking import COVER, blur, is_personal, mask, mask_links

TOKEN = "abcdefghijklmnopqrstuvwxyz-_0123"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("NIK saya 3171234567890123, cek", "NIK saya 3171234567890123, cek"),
        ("NIK 3171011708900002 ya", "NIK ••••••••••••••02 ya"),
        ("kartu 4111 1111 1111 1111", "kartu •••• •••• •••• ••11"),
        ("WA 0812-3456-7890 min", "WA ••••-••••-••90 min"),
        ("email rita@contoh.example.", "email r•••@••••••.•••••••."),
        ("rumah di Jl. Mawar No. 12", "rumah di ••. ••••• ••. ••"),
        ("pesanan INV/20261122/MPL/123 belum tiba", "pesanan INV/20261122/MPL/123 belum tiba"),
        ("hubungi 0812 345…", "hubungi •••• •••…"),
        ("tulis ke rita@con…", "tulis ke ••••@•••…"),
        ("harganya 1.250.000", "harganya 1.250.000"),
        (f"https://kami.example/p/{TOKEN} ya", f"https://kami.example/p/{COVER * 32} ya"),
    ],
)
def test_personal_data_is_masked_and_the_rest_stays(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert is_personal(text) == (masked not in (text, mask_links(text)))


def test_machines_read_the_same_shape() -> None:
    assert blur("WA 0812-3456-7890 atau rita@contoh.example") == (
        "WA 0000-0000-0090 atau rxxx@xxxxxx.xxxxxxx"
    )


def test_what_stands_far_behind_is_masked_too() -> None:
    assert mask("x " * 30_000 + "0812-3456-7890").endswith("••••-••••-••90")


@given(st.text())
def test_every_text_keeps_its_length_and_is_masked_once(text: str) -> None:
    assert len(mask(text)) == len(text) == len(blur(text))
