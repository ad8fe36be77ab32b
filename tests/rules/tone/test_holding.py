"""What only acknowledges, and what answers."""

from __future__ import annotations

import pytest

from tanggap.rules.answers import default_templates
from tanggap.rules.tone.holding import only_acknowledges


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Terima kasih laporannya Kak, kami cek dulu ya.", "id"),
        ("Mohon maaf atas kendalanya, mohon ditunggu.", "id"),
        ("Makasih infonya kak! segera kami kabari", "id"),
        ("Sorry about that! We're looking into it and will get back to you soon.", "en"),
        ("Thanks for telling us, we will update you shortly.", "en"),
    ],
)
def test_putting_off_without_a_time_only_acknowledges(text: str, language: str) -> None:
    assert only_acknowledges(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", "id"),
        ("Terima kasih Kak!", "id"),
        ("Mohon maaf Kak, kami cek dulu dan kami kabari sebelum sore ini.", "id"),
        ("Maaf Kak, kami cek dulu. Boleh kirim DM?", "id"),
        ("Maaf Kak, kami cek dulu. Status gangguan: https://contoh.example/status", "id"),
        ("Gangguannya sudah selesai, silakan coba lagi ya Kak.", "id"),
        ("Sorry! We will check and write to you by tomorrow.", "en"),
        ("Thanks for waiting, your order left our store this morning.", "en"),
    ],
)
def test_what_a_customer_can_go_on_with_is_an_answer(text: str, language: str) -> None:
    assert not only_acknowledges(text, language)


def test_no_shipped_template_is_taken_for_an_acknowledgement_but_those_that_are_one() -> None:
    for template in default_templates():
        if template.step != "acknowledge":
            assert not any(only_acknowledges(text, template.language) for text in template.texts)
