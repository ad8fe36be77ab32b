"""Everything the linter can say of a draft: its code, its names, and how much it weighs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """How much a finding weighs; which ones stop the sending is the team's choice."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding; `name` holds a text for each language."""

    severity: Severity
    name: Mapping[str, str]


def _code(severity: Severity, indonesian: str, english: str) -> Code:
    return Code(severity, {"id": indonesian, "en": english})


_ERROR, _WARNING, _HINT = Severity.ERROR, Severity.WARNING, Severity.HINT

CODES: Final[dict[str, Code]] = {
    "personal_card": _code(_ERROR, "Nomor kartu di depan umum", "A card number in public"),
    "personal_nik": _code(_ERROR, "NIK di depan umum", "An identity number (NIK) in public"),
    "personal_bank_account": _code(
        _ERROR, "Nomor rekening di depan umum", "A bank account number in public"
    ),
    "personal_phone": _code(
        _WARNING, "Nomor telepon di depan umum", "A telephone number in public"
    ),
    "personal_email": _code(_WARNING, "Alamat e-mail di depan umum", "An e-mail address in public"),
    "personal_order": _code(_WARNING, "Nomor pesanan di depan umum", "An order number in public"),
    "personal_address": _code(_WARNING, "Alamat rumah di depan umum", "A home address in public"),
    "asks_personal": _code(
        _ERROR, "Meminta data pribadi di depan umum", "Asks for personal data in public"
    ),
    "unfilled": _code(_ERROR, "Bagian templat yang belum diisi", "A gap left unfilled"),
    "foreign_initials": _code(
        _ERROR, "Ditandai dengan inisial orang lain", "Signed with somebody else's initials"
    ),
    "no_initials": _code(_WARNING, "Penulis belum punya inisial", "The writer has no initials"),
    "forbidden": _code(_ERROR, "Kata yang dilarang aturan", "Words that a rule forbids"),
    "avoided": _code(
        _WARNING, "Kata yang tidak dipakai di akun ini", "Words this account does not use"
    ),
    "promise": _code(
        _WARNING, "Janji yang mengikat perusahaan", "A promise that binds the company"
    ),
    "wrong_language": _code(
        _WARNING, "Bahasa yang bukan bahasa pelanggan", "Another language than the customer's"
    ),
    "wrong_address": _code(_WARNING, "Sapaan yang tidak cocok", "A wrong form of address"),
    "too_casual": _code(_WARNING, "Terlalu santai", "Too casual"),
    "too_formal": _code(_HINT, "Terlalu kaku", "Too stiff"),
    "missing_parts": _code(
        _WARNING, "Jawaban pertama belum lengkap", "The first answer lacks a part"
    ),
    "only_acknowledges": _code(
        _HINT, "Baru tanda terima, belum jawaban", "Acknowledges and does not answer yet"
    ),
    "too_long": _code(_ERROR, "Terlalu panjang untuk platform", "Too long for the platform"),
    "longer_than_usual": _code(_HINT, "Lebih panjang dari biasanya", "Longer than usual"),
    "shouting": _code(
        _WARNING, "Huruf kapital seperti berteriak", "Capitals that read as shouting"
    ),
    "too_many_emoji": _code(_WARNING, "Terlalu banyak emoji", "Too many emoji"),
    "too_many_exclamations": _code(
        _WARNING, "Terlalu banyak tanda seru", "Too many exclamation marks"
    ),
    "too_many_hashtags": _code(_WARNING, "Terlalu banyak tagar", "Too many hashtags"),
    "too_many_links": _code(_WARNING, "Terlalu banyak tautan", "Too many links"),
    "short_link": _code(
        _WARNING, "Tautan pendek yang menyembunyikan tujuan", "A short link that hides its target"
    ),
}
"""By code, in the order in which people are shown them."""
