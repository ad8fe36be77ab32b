"""The table of findings holds everything that the linter can say, and nothing else."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import tanggap.rules.tone
from tanggap.rules.personal import PersonalKind
from tanggap.rules.tone import CODES, Draft, default_profile, lint
from tanggap.sdk.types import Formality, ToneProfile
from tanggap.store.users import BLOCKING

PROFILE = replace(default_profile("id"), target=40, avoid=("dengan hormat",))
FORMAL = default_profile("id", ToneProfile(formality=Formality.FORMAL))
CASUAL = default_profile("id", ToneProfile(formality=Formality.CASUAL))
TRIGGERS: list[tuple[str, dict[str, Any]]] = [
    ("Kartu 4111 1111 1111 1111, NIK 3273014107900001, rekening 1234567890", {}),
    ("Telepon 0812-3456-7890, surel rina@contoh.example, pesanan INV/2026/0001", {}),
    ("Jl. Merdeka Barat No. 12", {}),
    ("Mohon kirim nomor KTP di sini. Cek {nama} ^CD", {}),
    ("Halo", {"initials": ""}),
    ("Dengan hormat, kami jamin bro, kata terlarang", {"forbidden": ("kata terlarang",)}),
    ("Thank you for the report, we are checking it for you", {"customer_language": "id"}),
    ("Udah kami cek nih kak, makasih ya", {"profile": FORMAL}),
    ("Kami menyampaikan permohonan maaf atas kendala tersebut", {"profile": CASUAL}),
    ("Halo", {"label": "complaint", "first_answer": True}),
    ("Makasih laporannya, kami cek dulu ya", {"first_answer": True}),
    ("Halo", {"length": 300, "limit": 280}),
    ("Halo", {"length": 41, "limit": 280}),
    ("INI SUDAH JELAS SEKALI! Ya! 😀 😀 #satu #dua https://bit.ly/x https://a.example", {}),
]


def said(text: str, values: dict[str, Any]) -> set[str]:
    given = {"language": "id", "initials": "AB", **values}
    profile = given.pop("profile", PROFILE)
    return {finding.code for finding in lint(Draft(text=text, **given), profile)}


def test_every_code_of_the_table_is_said_of_some_draft_and_no_other() -> None:
    assert set().union(*(said(text, values) for text, values in TRIGGERS)) == set(CODES)


def test_every_code_that_is_written_in_the_linter_is_in_the_table() -> None:
    folder = Path(tanggap.rules.tone.__file__).parent
    written = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                code = node.args[0]
                written |= {code.value} if isinstance(code, ast.Constant) else set()
    assert len(written) > 10
    assert written <= set(CODES)
    assert {f"personal_{kind}" for kind in PersonalKind} <= set(CODES)


def test_codes_are_named_in_both_languages() -> None:
    for code, known in CODES.items():
        assert set(known.name) == {"id", "en"}, code
        assert all(known.name.values()), code


def test_what_stops_the_sending_by_default_is_in_the_table() -> None:
    assert set(BLOCKING) <= set(CODES)
