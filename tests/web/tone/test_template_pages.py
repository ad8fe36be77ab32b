"""The pages of answer templates: the list, the editor with its preview, and what is refused."""

from __future__ import annotations

import html
from typing import Any

import pytest
from flask import Flask

from fakes import change_channel
from tanggap.inbox.services import Services
from tanggap.inbox.tone.answer_templates import Kept, read_template
from tanggap.sdk.types import Formality, ToneProfile
from tanggap.store.users import AGENT
from visitors import Visitor

NEW: dict[str, Any] = {
    "seen": "0",
    "name": "Refund first",
    "language": "en",
    "step": "acknowledge",
    "formality": "formal",
    "label": ["complaint", "question"],
    "t.0": "Thank you, {{ name }}. {{ team }} is checking your refund.",
    "t.1": "We are checking your refund, {{ name }}.",
}


@pytest.fixture
def editor(app: Flask, services: Services) -> Visitor:
    change_channel(services, tone={"en": ToneProfile(formality=Formality.FORMAL)})
    return Visitor(app).sign_in(services)


def kept(services: Services, key: str, language: str = "en") -> Kept:
    with services.database.read() as session:
        return read_template(session, language, key)


def test_templates_are_listed_by_step_and_filtered(editor: Visitor) -> None:
    page = html.unescape(editor.get("/admin/templates").text)
    assert page.index("Acknowledge") < page.index("Keep informed")
    assert "ack-complaint" in page
    page = editor.get("/admin/templates?label=praise&language=en&step=thank").text
    assert "thank-praise" in page
    assert "ack-complaint" not in page
    assert "No template fits" in editor.get("/admin/templates?label=praise&step=update").text
    assert "ack-general" in editor.get("/admin/templates?label=any").text


def test_agents_may_not_open_templates(app: Flask, services: Services) -> None:
    agent = Visitor(app).sign_in(services, AGENT)
    assert agent.get("/admin/templates").status_code == 403
    assert agent.post("/admin/templates/new", NEW).status_code == 403


def test_an_own_template_is_saved_with_its_variations(editor: Visitor, services: Services) -> None:
    assert editor.post("/admin/templates/new", NEW).status_code == 303
    found = kept(services, "refund-first")
    assert (found.source, found.template.labels) == ("own", ("complaint", "question"))
    assert len(found.template.texts) == 2
    assert "your own" in editor.get("/admin/templates").text
    assert editor.post("/admin/templates/new", NEW).status_code == 303
    assert kept(services, "refund-first-2").enabled


def test_a_shipped_template_is_changed_switched_off_and_brought_back(
    editor: Visitor, services: Services
) -> None:
    address = "/admin/templates/en/ack-complaint-formal"
    changed = NEW | {"t.0": "Dear {{ name }}, we are checking.", "t.1": ""}
    assert editor.post(address, changed).status_code == 303
    assert kept(services, "ack-complaint-formal").template.texts == (changed["t.0"],)
    assert "changed here" in editor.get("/admin/templates").text
    assert editor.post(f"{address}/switch", {"enabled": "0"}).status_code == 303
    assert not kept(services, "ack-complaint-formal").enabled
    page = editor.get(address).text
    assert "Back to the shipped template" in page
    assert editor.post(f"{address}/remove", {"seen": "2"}).status_code == 303
    assert kept(services, "ack-complaint-formal").source == "shipped"


def test_the_preview_fills_in_and_holds_against_the_channels_tone(editor: Visitor) -> None:
    page = html.unescape(editor.post("/admin/templates/preview", NEW).text)
    assert "Thank you, Rina. Customer Care is checking your refund." in page
    casual = NEW | {"t.0": "hey guys, gonna check that refund lol", "t.1": ""}
    page = html.unescape(editor.post("/admin/templates/preview", casual).text)
    assert "Too casual for this account" in page


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hi\n{{ nmae }}", "Line 2: there is no 'nmae'. Did you mean name?"),
        ("{{ name.__class__ }}", "Line 1: Getattr is not allowed"),
        ("{% include 'x' %}", "Include is not allowed"),
        ("{% macro m() %}{{ m() }}{% endmacro %}", "is not allowed"),
        ("{{ name", "Check the braces"),
        ("", "Write a text."),
    ],
)
def test_a_program_is_refused_with_its_line_and_reason(
    editor: Visitor, services: Services, text: str, shown: str
) -> None:
    typed = NEW | {"t.0": text, "t.1": ""}
    answer = editor.post("/admin/templates/new", typed)
    assert answer.status_code == 422
    assert shown in html.unescape(answer.text)
    if text:
        assert shown in html.unescape(editor.post("/admin/templates/preview", typed).text)


def test_variations_are_added_and_removed_without_saving(
    editor: Visitor, services: Services
) -> None:
    page = editor.post("/admin/templates/new", NEW | {"do": "add:"}).text
    assert 'name="t.2"' in page
    page = editor.post("/admin/templates/new", NEW | {"do": "drop:0"}).text
    assert 'name="t.1"' not in page
    assert "We are checking your refund" in page


def test_somebody_faster_is_noticed(editor: Visitor) -> None:
    editor.post("/admin/templates/new", NEW)
    address = "/admin/templates/en/refund-first"
    answer = editor.post(address, NEW | {"t.0": "My words."})
    assert answer.status_code == 409
    assert "My words." in answer.text


@pytest.mark.parametrize(
    "typed",
    [
        {"step": "odd"},
        {"formality": ""},
        {"name": ""},
        {"language": "xx", "do": "drop:99"},
        {"t.0": "\x00" * 10, "name": "\x00"},
        {"t.0": "{{ " + "(" * 900},
        {"sample_channel": "nobody", "channel": "gone"},
    ],
)
def test_forged_forms_never_break_the_page(editor: Visitor, typed: dict[str, str]) -> None:
    for address in ("/admin/templates/new", "/admin/templates/preview"):
        assert editor.post(address, NEW | typed).status_code in (200, 303, 422)


def test_unknown_templates_are_not_found(editor: Visitor) -> None:
    assert editor.get("/admin/templates/en/nobody").status_code == 404
