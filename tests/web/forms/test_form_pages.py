"""The editor of forms: building without a script, versions, preview, the list of customers."""

from __future__ import annotations

import pytest
from flask import Flask
from markupsafe import escape

from hostile import MARKS, XSS
from tanggap.inbox.forms import forms, verifying
from tanggap.inbox.forms.form_fields import FieldKind
from tanggap.inbox.services import Services
from visitors import Visitor

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)

TYPED = {
    "name_id": "Barang rusak",
    "name_en": "Damaged goods",
    "active": "on",
    "days": "90",
    "f.0.key": "q1",
    "f.0.kind": "order",
    "f.0.label_id": "Nomor pesanan",
    "f.0.label_en": "Order number",
    "f.0.pattern": "INV-999",
    "f.0.required": "on",
}


@pytest.fixture
def admin(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services)


def test_form_is_built_by_adding_moving_and_removing_questions(
    admin: Visitor, services: Services
) -> None:
    assert 'name="f.0.label_id"' in admin.get("/admin/forms/new").text
    more = admin.post("/admin/forms/new", {**TYPED, "do": "add:choice"}).text
    assert 'name="f.1.choices"' in more
    second = {
        "f.1.key": "q2",
        "f.1.kind": "choice",
        "f.1.label_id": "Warna",
        "f.1.label_en": "Colour",
        "f.1.choices": "Merah | Red\nHitam",
    }
    moved = admin.post("/admin/forms/new", {**TYPED, **second, "do": "up:1"}).text
    assert moved.index("Warna") < moved.index("Nomor pesanan")
    fewer = admin.post("/admin/forms/new", {**TYPED, **second, "do": "drop:0"}).text
    assert "Nomor pesanan" not in fewer
    assert admin.post("/admin/forms/new", {**TYPED, **second}).status_code == 303
    with services.database.read() as session:
        kept = forms.read_form(session, "barang-rusak")
    first, last = kept.definition.fields
    assert (first.kind, first.pattern, first.required) == (FieldKind.ORDER, "INV-999", True)
    assert last.choices == (("Merah", "Red"), ("Hitam", "Hitam"))
    assert not last.required
    assert "Damaged goods" in admin.get("/admin/forms").text


def test_changed_form_is_a_new_version_and_the_old_one_can_be_seen(admin: Visitor) -> None:
    admin.post("/admin/forms/new", TYPED)
    changed = {**TYPED, "seen": "1", "f.0.label_en": "Receipt number"}
    assert admin.post("/admin/forms/barang-rusak", changed).status_code == 303
    assert "Receipt number" in admin.get("/admin/forms/barang-rusak/versions/2").text
    old = admin.get("/admin/forms/barang-rusak/versions/1").text
    assert "Order number" in old
    assert "public-button" not in old
    assert admin.get("/admin/forms/barang-rusak/versions/3").status_code == 404
    stale = admin.post("/admin/forms/barang-rusak", changed)
    assert stale.status_code == 409


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name_en": ""}, "in both languages"),
        ({"f.0.label_en": ""}, "question in both languages"),
        ({"f.0.kind": "choice", "f.0.choices": "satu"}, "2 to 20 choices"),
        ({"days": "0"}, "Not saved"),
        ({"f.0.key": "<x>"}, "Remove it and add it again"),
    ],
)
def test_form_that_cannot_be_kept_is_shown_again_with_the_reason(
    admin: Visitor, change: dict[str, str], words: str
) -> None:
    answer = admin.post("/admin/forms/new", {**TYPED, **change})
    assert answer.status_code == 422
    assert words in answer.text
    assert "Nomor pesanan" in answer.text


def test_preview_looks_as_customers_see_it(admin: Visitor) -> None:
    page = admin.post("/admin/forms/preview?lang=en", TYPED).text
    assert "public-card" in page
    assert "This is a preview" in page


@pytest.mark.parametrize("text", [*XSS, *MARKS])
def test_hostile_questions_are_shown_as_text(admin: Visitor, text: str) -> None:
    typed = {**TYPED, "name_id": text[:100], "name_en": text[:100], "f.0.label_id": text[:190]}
    for page in (
        admin.post("/admin/forms/preview", typed).text,
        admin.post("/admin/forms/new", {**typed, "do": "refresh"}).text,
    ):
        assert (text in page) == (text == str(escape(text)))
        assert "<img" not in page


def test_list_of_customers_is_replaced_and_never_shown(admin: Visitor, services: Services) -> None:
    answer = admin.post("/admin/forms/customers", {"lines": "PLG-00123;7890\nPLG-00124;1234"})
    page = admin.get(answer.location).text
    assert "2 customers are in the list." in page
    assert "00123" not in page.replace("PLG-00123; 7890", "")
    with services.database.read() as session:
        assert verifying.known_count(session) == 2
