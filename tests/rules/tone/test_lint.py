"""Drafts held against their tone profiles."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.rules.tone import Draft, Finding, Profile, Severity, default_profile, lint
from tanggap.sdk.types import Formality, ToneProfile

FORMAL = ToneProfile(formality=Formality.FORMAL, emoji=False, avoid=("kak", "gak"))
CASUAL = ToneProfile(formality=Formality.CASUAL, emoji=True, avoid=("dengan hormat",))


def draft(text: str, **values: Any) -> Draft:
    return Draft(**{"text": text, "language": "id", "initials": "AB", **values})


def codes(text: str, profile: Profile | None = None, **values: Any) -> list[str]:
    chosen = profile or default_profile(values.get("language", "id"))
    return [finding.code for finding in lint(draft(text, **values), chosen)]


def only(text: str, code: str, profile: Profile | None = None, **values: Any) -> Finding:
    chosen = profile or default_profile(values.get("language", "id"))
    (found,) = [f for f in lint(draft(text, **values), chosen) if f.code == code]
    return found


def test_a_good_first_answer_has_nothing_to_mend() -> None:
    text = "Hai Kak, makasih laporannya dan maaf ya. Lagi kami cek, kami kabari sebelum jam 5 sore."
    profile = default_profile("id", CASUAL)
    assert codes(text, profile, label="complaint", first_answer=True, length=94, limit=280) == []


def test_the_same_draft_suits_one_platform_and_not_the_other() -> None:
    text = "Hai Kak, makasih udah kabarin ya! Lagi kami cek nih 🙏"
    assert codes(text, default_profile("id", CASUAL)) == []
    formal = codes(text, default_profile("id", FORMAL))
    assert {"too_casual", "wrong_address", "too_many_emoji", "too_many_exclamations"} <= set(formal)


def test_a_stiff_draft_is_named_on_a_casual_account() -> None:
    text = "Sehubungan dengan laporan tersebut, kami memohon maaf atas ketidaknyamanan Anda."
    found = only(text, "too_formal", default_profile("id", CASUAL))
    assert found.severity is Severity.HINT
    assert "Sehubungan" in found.message["en"]


def test_a_wrong_form_of_address_can_be_replaced_with_one_click() -> None:
    text = "Terima kasih Kak, kami akan memeriksa."
    found = only(text, "wrong_address", default_profile("id", FORMAL))
    assert found.fix is not None
    mended = text[: found.fix.start] + found.fix.replacement + text[found.fix.end :]
    assert mended == "Terima kasih Anda, kami akan memeriksa."


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (
            "Halo Kak",
            "an acknowledgement, an apology, the next step, when they will hear from us",
        ),
        ("Makasih laporannya, maaf ya Kak.", "the next step, when they will hear from us"),
        ("Maaf ya, lagi kami cek, hari ini kami kabari.", "an acknowledgement"),
    ],
)
def test_a_first_answer_to_a_complaint_must_hold_its_parts(text: str, missing: str) -> None:
    profile = default_profile("id", CASUAL)
    found = only(text, "missing_parts", profile, label="complaint", first_answer=True)
    assert found.message["en"] == f"The first answer lacks {missing}."


def test_a_draft_in_another_language_is_read_in_its_own() -> None:
    text = "Makasih laporannya dan maaf ya Kak, sedang kami cek dan kami kabari hari ini."
    found = codes(text, language="en", customer_language="en", label="complaint", first_answer=True)
    assert found == ["wrong_language"]


def test_a_later_answer_need_not_apologise_again() -> None:
    assert "missing_parts" not in codes("Sudah nyala ya Kak?", label="complaint")


@pytest.mark.parametrize(
    ("text", "code", "severity"),
    [
        ("hubungi 0812-3456-7890", "personal_phone", Severity.WARNING),
        ("kartu 4111 1111 1111 1111", "personal_card", Severity.ERROR),
        ("NIK 3174052708900003", "personal_nik", Severity.ERROR),
        ("ke budi@contoh.co.id", "personal_email", Severity.WARNING),
    ],
)
def test_personal_data_in_public_is_named_and_can_be_covered(
    text: str, code: str, severity: Severity
) -> None:
    found = only(text, code)
    assert found.severity is severity
    assert found.fix is not None
    assert found.fix.replacement == "•••"
    assert code not in codes(text, visibility="private")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Boleh kirim nomor HP Kakak?", "id"),
        ("Mohon sebutkan NIK dan tanggal lahir.", "id"),
        ("Could you share your phone number?", "en"),
        ("Please reply with your order number.", "en"),
    ],
)
def test_personal_data_is_not_asked_for_in_public(text: str, language: str) -> None:
    profile = default_profile(language)
    assert "asks_personal" in codes(text, profile, language=language)
    assert "asks_personal" not in codes(text, profile, language=language, visibility="private")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Boleh kirim nomor HP lewat DM, Kak?", "id"),
        ("Nomor HP bisa diganti di menu Profil.", "id"),
        ("Please send us your order number in a private message.", "en"),
    ],
)
def test_asking_for_it_privately_or_telling_about_it_is_fine(text: str, language: str) -> None:
    assert "asks_personal" not in codes(text, default_profile(language), language=language)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Halo {{ customer.name }}, terima kasih", "unfilled"),
        ("Halo [NAMA], terima kasih", "unfilled"),
        ("Pesanan XXXX sudah dikirim", "unfilled"),
        ("MOHON MAAF SEKALI ya Kak", "shouting"),
        ("Cek di https://bit.ly/abc ya", "short_link"),
        ("Cek di s.id/abc ya", "short_link"),
        ("Kami jamin selesai hari ini", "promise"),
        ("Sudah kami cek ya ^ZZ", "foreign_initials"),
        ("Sip! Oke! Siap!", "too_many_exclamations"),
        ("Cek #satu #dua ya", "too_many_hashtags"),
    ],
)
def test_what_should_not_go_out_is_named(text: str, code: str) -> None:
    assert code in codes(text)


def test_acronyms_and_links_with_capitals_are_not_shouting() -> None:
    assert codes("Kartu ATM BCA bisa dipakai, lihat https://contoh.id/ABC/DEF/GHI") == []


def test_an_answer_in_the_other_language_is_named() -> None:
    text = "Thank you for your patience, we will look into this for you today."
    assert "wrong_language" in codes(text, language="en", customer_language="id")
    assert "wrong_language" not in codes(text, language="en", customer_language="en")
    assert "wrong_language" not in codes("Oke thanks Kak", customer_language="en")


def test_length_counts_as_the_platform_does() -> None:
    assert only("x", "too_long", length=290, limit=280).message["en"] == (
        "Too long: 290 of 280. Cut 10."
    )
    short = dataclasses.replace(default_profile("id"), target=100)
    assert codes("x", short, length=120, limit=280) == ["longer_than_usual"]


def test_an_unsigned_public_reply_is_named_and_a_private_one_is_not() -> None:
    assert codes("Sudah kami kirim ya", initials="") == ["no_initials"]
    assert codes("Sudah kami kirim ya", initials="", visibility="private") == []


def test_words_of_the_brand_guide_are_held() -> None:
    profile = dataclasses.replace(default_profile("id"), avoid=("murah",))
    assert codes("Paket murah meriah", profile) == ["avoided"]
    assert codes("Paket murahan", profile) == []
    assert only("Paket gratis", "forbidden", forbidden=("gratis",)).severity is Severity.ERROR


def test_the_gravest_finding_comes_first() -> None:
    found = lint(draft("Kami jamin, {nama}!"), default_profile("id"))
    assert [finding.severity for finding in found] == sorted(
        (finding.severity for finding in found),
        key=[Severity.ERROR, Severity.WARNING, Severity.HINT].index,
    )
    assert found[0].code == "unfilled"


def test_every_message_is_in_both_languages() -> None:
    text = (
        "HALO HALO HALO kak {nama} 😅😅😅 !! !! !! #a #b 0812-3456-7890 kirim nomor HP "
        "kami jamin https://bit.ly/a https://contoh.id ^ZZ"
    )
    found = lint(
        draft(text, label="complaint", first_answer=True, length=300, limit=280),
        default_profile("id", FORMAL),
    )
    assert len(found) > 10
    for finding in found:
        assert set(finding.message) == {"id", "en"}
        assert finding.message["id"] != finding.message["en"]


@given(st.text(max_size=400), st.sampled_from(["id", "en", "", "fr"]))
def test_any_text_is_checked_and_finds_lie_inside_it(text: str, language: str) -> None:
    for finding in lint(draft(text, language=language), default_profile(language, FORMAL)):
        assert 0 <= finding.start <= finding.end <= len(text)
        if finding.fix:
            assert 0 <= finding.fix.start < finding.fix.end <= len(text)


@pytest.mark.parametrize("part", ["{{", "^A", "jalan a ", "no resi ", "9 ", "A " * 3, "!?", "a.b@"])
def test_a_long_hostile_draft_is_checked_in_bounded_work(part: str) -> None:
    assert len(lint(draft(part * 40_000), default_profile("id"))) <= 50
