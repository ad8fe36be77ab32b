"""The first start: nobody takes an installation without its code, and the first one can begin."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from factories import make_user
from tanggap.errors import ConflictError
from tanggap.inbox.arrival import samples
from tanggap.inbox.operation.company import read_company
from tanggap.inbox.operation.first_run import set_up, setup_code
from tanggap.inbox.services import Services
from tanggap.store.clocks import CalendarRow
from tanggap.store.conversations import Conversation
from tanggap.store.users import ADMIN, User
from visitors import Visitor


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


def form(services: Services, **changes: str) -> dict[str, str]:
    return {
        "code": setup_code(services.keys).lower(),
        "name": "Wulan",
        "email": "wulan@contoh.example",
        "password": "rahasia sekali 123",
        "company": "Toko Contoh",
        "zone": "Asia/Makassar",
        "language": "en",
        "then": "",
    } | changes


def people(services: Services) -> int:
    with services.database.read() as session:
        return session.scalar(select(func.count()).select_from(User)) or 0


def test_first_person_is_an_administrator_and_signed_in(
    visitor: Visitor, services: Services
) -> None:
    assert "/setup" in visitor.get("/login").text
    assert "Kode penyiapan" in visitor.get("/setup").text
    answer = visitor.post("/setup", form(services, then="connect"))
    assert answer.headers["Location"] == "/admin/accounts"
    assert visitor.get("/admin/accounts").status_code == 200
    with services.database.read() as session:
        user = session.scalars(select(User)).one()
        assert (user.role, user.language) == (ADMIN, "en")
        assert read_company(session).name == "Toko Contoh"
        assert session.scalars(select(CalendarRow.zone)).one() == "Asia/Makassar"


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "AAAA-BBBB-CCCC"},
        {"code": ""},
        {"password": "kurang"},
        {"email": "x"},
        {"company": " "},
        {"zone": "Mars/Olympus"},
    ],
)
def test_wrong_code_or_unfit_words_make_nobody(
    visitor: Visitor, services: Services, changes: dict[str, str]
) -> None:
    refused = visitor.post("/setup", form(services, **changes))
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text or "zone" in changes
    assert "rahasia sekali" not in refused.text
    assert people(services) == 0


def test_code_opens_nothing_once_there_is_a_person(visitor: Visitor, services: Services) -> None:
    with services.database.write() as session:
        make_user(session)
    assert visitor.get("/setup").headers["Location"].endswith("/login")
    assert visitor.post("/setup", form(services)).headers["Location"].endswith("/login")
    assert "/setup" not in visitor.get("/login").text
    assert people(services) == 1
    with pytest.raises(ConflictError):
        set_up(services, **{k: v for k, v in form(services).items() if k != "then"})


def test_samples_fill_the_inbox_and_are_removed_with_one_click(
    visitor: Visitor, services: Services
) -> None:
    visitor.post("/setup", form(services, then="samples"))
    assert "Rina" in visitor.get("/inbox").text
    assert "<mark>paket</mark> saya belum sampai" in visitor.get("/inbox?q=paket").text
    assert "sample cases" in visitor.get("/admin/accounts").text
    assert visitor.post("/setup/samples").status_code == 409
    assert visitor.post("/setup/samples/remove").status_code == 303
    assert "Rina" not in visitor.get("/inbox").text
    with services.database.read() as session:
        assert session.scalar(select(Conversation.id)) is None
        assert samples.sample_account(session) is None
    assert visitor.post("/setup/samples/remove").status_code == 404
