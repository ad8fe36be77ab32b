"""The company's card: its defaults, and what cannot be stored."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tanggap.inbox.operation.company import (
    CompanyCard,
    UnfitCompanyError,
    read_company,
    save_company,
)
from tanggap.store.db import Database

CARD = CompanyCard("Contoh  Peduli", "CONTOH", "#FFD400", "Jl. Contoh 1", "https://contoh.example")


def test_company_has_defaults_until_somebody_fills_it_in(database: Database) -> None:
    with database.read() as session:
        assert read_company(session) == CompanyCard()


def test_saved_card_is_read_again_and_tidied(database: Database) -> None:
    for _ in range(2):
        with database.write() as session:
            save_company(session, CARD)
    with database.read() as session:
        assert read_company(session) == replace(CARD, name="Contoh Peduli", colour="#ffd400")


@pytest.mark.parametrize(
    ("colour", "writing"),
    [
        ("#ffd400", "#000000"),
        ("#0f766e", "#ffffff"),
        ("#ffffff", "#000000"),
        ("#000000", "#ffffff"),
    ],
)
def test_writing_on_the_colour_can_be_read(colour: str, writing: str) -> None:
    assert CompanyCard(colour=colour).on_colour == writing


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "x" * 121),
        ("logo_text", "x" * 25),
        ("colour", "red"),
        ("colour", "#0f766e;}body{display:none"),
        ("contact", "x" * 501),
        ("website", "javascript:alert(1)"),
        ("website", "https://[x"),
        ("zone", "Mars/Olympus"),
        ("zone", "../../etc/passwd"),
        ("zone", ""),
    ],
)
def test_card_that_cannot_be_used_is_refused(database: Database, field: str, value: str) -> None:
    with database.write() as session, pytest.raises(UnfitCompanyError) as raised:
        save_company(session, replace(CARD, **{field: value}))
    assert raised.value.field == field
