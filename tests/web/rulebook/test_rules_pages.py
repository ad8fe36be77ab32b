"""The pages of rules: their list, the editor in rows and in CEL, versions, and YAML."""

from __future__ import annotations

import html
import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from factories import make_account, make_conversation, make_post
from tanggap.inbox.rulebook.rule_editing import read_rule
from tanggap.inbox.services import Services
from tanggap.inbox.triage.triage import triage_pending
from tanggap.rules import Rule, load_default_rules
from tanggap.store.audit import AuditEntry
from tanggap.store.posts import TRIAGE_PENDING
from tanggap.store.rules import RuleRow
from tanggap.store.users import AGENT, SUPERVISOR
from visitors import Visitor

NEW: dict[str, Any] = {
    "seen": "0",
    "mode": "text",
    "name_id": "Minta uang kembali",
    "name_en": "Asks for a refund",
    "trigger": "post_triaged",
    "text": 'words_any(["refund"])',
    "a.0.name": "assign_team",
    "a.0.team": "sales",
}


@pytest.fixture
def editor(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services, SUPERVISOR)


@pytest.fixture
def posts(services: Services) -> None:
    with services.database.write() as session:
        account = make_account(session)
        for text in ("paket rusak, kecewa, refund! 081234567890", "terima kasih", "refund dong"):
            make_post(session, make_conversation(session, account), text, triage=TRIAGE_PENDING)
    triage_pending(services)


def stored(services: Services, key: str) -> Rule:
    with services.database.read() as session:
        return read_rule(session, key)


def form_of(page: str) -> dict[str, Any]:
    """Read the editor's form as a browser would send it."""
    form = page[page.index('id="rule-form"') :]
    form = form[: form.index("</form>")]
    typed: dict[str, Any] = {}
    for area in re.finditer(
        r'<textarea[^>]* name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL
    ):
        typed[area[1]] = html.unescape(area[2])
    for field in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r' name="([^"]+)"', field), re.search(r' value="([^"]*)"', field)
        assert name is not None
        if "checkbox" in field and " checked" not in field:
            continue
        typed.setdefault(name[1], []).append(html.unescape(value[1]) if value else "")
    for choice in re.findall(r"<select.*?</select>", form, re.DOTALL):
        name, value = (
            re.search(r'name="([^"]+)"', choice),
            re.search(r'value="([^"]*)"[^>]* selected', choice),
        )
        assert name is not None
        assert value is not None
        typed[name[1]] = html.unescape(value[1])
    typed.pop("csrf_token")
    return typed


def test_rules_are_listed_in_order_in_plain_words(editor: Visitor, posts: None) -> None:
    page = html.unescape(editor.get("/admin/rules").text)
    assert page.index("Tags a regulator") < page.index("Not a customer-care matter")
    assert "label is certain and label is Complaint" in page
    assert "team: Customer care" in page
    assert "matched 1 post in 7 days" in page


def test_agents_read_rules_and_what_they_did_but_change_nothing(
    app: Flask, services: Services, posts: None
) -> None:
    agent = Visitor(app).sign_in(services, AGENT)
    page = html.unescape(agent.get("/admin/rules").text)
    assert "label is certain and label is Complaint" in page
    assert "/admin/rules/rule/praise/about" in page
    seen = agent.get("/admin/rules/rule/complaint/about")
    assert "What it did lately" in seen.text
    assert re.search(r"case \d+", seen.text)
    versions = agent.get("/admin/rules/rule/complaint/history").text
    for shown in (page, seen.text, versions):
        assert 'action="/admin/rules' not in shown
        assert "/admin/rules/new" not in shown
    assert agent.get("/admin/rules/rule/praise").status_code == 403
    assert agent.get("/admin/rules/rules.yaml").status_code == 403
    assert agent.get("/admin/rules/rule/nothing/about").status_code == 404


def test_agents_may_not_change_rules(app: Flask, services: Services) -> None:
    agent = Visitor(app).sign_in(services, AGENT)
    assert agent.post("/admin/rules/new", NEW).status_code == 403
    assert agent.post("/admin/rules/rule/praise/switch", {"enabled": "0"}).status_code == 403
    assert stored(services, "praise").enabled


def test_a_new_rule_is_saved_and_shown(editor: Visitor, services: Services) -> None:
    answer = editor.post("/admin/rules/new", NEW)
    assert answer.status_code == 303
    assert answer.location.endswith("#rule-asks-for-a-refund")
    rule = stored(services, "asks-for-a-refund")
    assert rule.condition == 'words_any(["refund"])'
    with services.database.read() as session:
        row = session.scalars(select(RuleRow).where(RuleRow.key == rule.key)).one()
        assert row.author_id == editor.user_id
    assert "Asks for a refund" in editor.get("/admin/rules").text


def test_two_rules_may_have_the_same_name(editor: Visitor, services: Services) -> None:
    editor.post("/admin/rules/new", NEW)
    assert editor.post("/admin/rules/new", NEW).status_code == 303
    assert stored(services, "asks-for-a-refund-2").name.en == "Asks for a refund"


@pytest.mark.parametrize("key", ["influential", "regulator", "english", "message-facebook"])
def test_saving_what_is_shown_changes_nothing(
    editor: Visitor, services: Services, key: str
) -> None:
    before = stored(services, key)
    address = f"/admin/rules/rule/{key}"
    assert editor.post(address, form_of(editor.get(address).text)).status_code == 303
    after = stored(services, key)
    assert after.actions == before.actions
    assert after.version <= 2
    assert editor.post(address, form_of(editor.get(address).text)).status_code == 303
    assert stored(services, key).version == after.version


def test_rows_are_added_changed_and_saved(editor: Visitor, services: Services) -> None:
    typed = form_of(editor.get("/admin/rules/new").text)
    page = editor.post("/admin/rules/new", typed | {"do": "row:c"}).text
    typed = form_of(page) | {"c.0.is": "author.followers", "do": "refresh"}
    typed = form_of(editor.post("/admin/rules/new", typed).text)
    typed |= {"c.0.op": ">=", "c.0.v": "5000", "do": "group:c"}
    typed = form_of(editor.post("/admin/rules/new", typed).text)
    typed |= {"c.1.join": "none", "c.1.0.is": "words_any()", "do": "refresh"}
    typed = form_of(editor.post("/admin/rules/new", typed).text)
    typed |= {"c.1.0.lines": "hadiah\r\nundian", "name_en": "Big", "a.0.team": "marketing"}
    assert editor.post("/admin/rules/new", typed).status_code == 303
    assert stored(services, "big").condition == (
        'author.followers >= 5000 && !words_any(["hadiah", "undian"])'
    )


def test_actions_are_added_moved_and_removed(editor: Visitor, services: Services) -> None:
    address = "/admin/rules/rule/praise"
    typed = form_of(editor.get(address).text) | {"do": "act:"}
    typed = form_of(editor.post(address, typed).text)
    typed |= {"a.2.name": "notify", "do": "refresh"}
    typed = form_of(editor.post(address, typed).text)
    typed |= {"a.2.whom": "team:care", "a.2.text": "Read this", "a.2.email": "1", "do": "up:2"}
    typed = form_of(editor.post(address, typed).text) | {"do": "undo:0"}
    typed = form_of(editor.post(address, typed).text)
    assert editor.post(address, typed).status_code == 303
    names = [action.name for action in stored(services, "praise").actions]
    assert names == ["notify", "set_priority"]


def test_steps_of_the_form_save_nothing_and_htmx_gets_the_form_alone(
    editor: Visitor, services: Services
) -> None:
    editor.post("/admin/rules/new", NEW | {"do": "rows"})
    answer = editor.client.post(
        "/admin/rules/new",
        data=NEW | {"do": "rows", "csrf_token": _token(editor)},
        headers={"HX-Request": "true"},
    )
    assert answer.text.lstrip().startswith("<form")
    assert 'name="c.0.lines"' in answer.text
    assert "<html" not in answer.text
    with services.database.read() as session:
        assert "asks-for-a-refund" not in session.scalars(select(RuleRow.key)).all()


def _token(visitor: Visitor) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', visitor.get("/admin/rules/new").text)
    assert found is not None
    return found[1]


def test_what_rows_cannot_say_stays_text(editor: Visitor) -> None:
    odd = NEW | {"text": "engagement.likes / 2 > engagement.replies", "do": "rows"}
    page = html.unescape(editor.post("/admin/rules/new", odd).text)
    assert "says more than rows can" in page
    assert "engagement.likes / 2" in form_of(page)["text"]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ({"text": 'lable == "x"'}, "line 1, column 1"),
        ({"text": 'label == "complain"'}, "Did you mean complaint?"),
        ({"a.0.team": "nobody"}, "No team 'nobody'. Choose one of: care"),
        ({"a.0.team": ""}, "Nothing is chosen. Choose one."),
        ({"trigger": "schedule", "when.kind": "days", "when.time": "08:00"}, "No day is chosen"),
        ({"trigger": "schedule", "when.kind": "round", "when.number": "1"}, "too often"),
        (
            {"trigger": "schedule", "when.kind": "days", "when.day": "monday", "when.time": ""},
            "No time of day is given",
        ),
        ({"trigger": "no_answer", "wait.number": "soon"}, "A number is missing"),
        ({"trigger": "no_answer", "wait.number": "99", "wait.unit": "day"}, "longer than 30 days"),
        ({"at_most": "often"}, "A number is missing"),
        ({"name_id": "", "name_en": ""}, "The name is empty"),
        ({"a.0.name": "add_tags", "a.0.tags": ""}, "list of 1 to 20 tags"),
        ({"mode": "rows", "c.0.is": "author.followers", "c.0.op": ">", "c.0.v": "x"}, "number"),
        ({"trigger": "never"}, "No such trigger"),
        ({"a.0.name": "stop", "a.1.name": "hide"}, "stop is not the last action"),
    ],
)
def test_a_wrong_rule_is_refused_beside_its_place_and_kept_in_the_form(
    editor: Visitor, services: Services, typed: dict[str, str], shown: str
) -> None:
    answer = editor.post("/admin/rules/new", NEW | typed)
    assert answer.status_code == 422
    page = html.unescape(answer.text)
    assert "the rules in force go on" in page
    assert shown in page
    with services.database.read() as session:
        assert len(session.scalars(select(RuleRow.key)).all()) == len(load_default_rules().rules)


@pytest.mark.parametrize(
    ("fields", "timing"),
    [
        ({"trigger": "no_answer", "wait.number": "4", "wait.unit": "hour"}, "4 hours"),
        ({"trigger": "no_answer"}, "60 minutes"),
        ({"trigger": "schedule"}, "every day at 08:00"),
        (
            {
                "trigger": "schedule",
                "when.kind": "days",
                "when.day": ["monday", "friday"],
                "when.time": "16:30",
                "when.zone": "Asia/Makassar",
            },
            "every monday, friday at 16:30 Asia/Makassar",
        ),
        (
            {"trigger": "schedule", "when.kind": "round", "when.number": "30"},
            "every 30 minutes",
        ),
    ],
)
def test_times_are_chosen_and_not_typed_in_words(
    editor: Visitor, services: Services, fields: dict[str, Any], timing: str
) -> None:
    typed = NEW | fields | {"cap.number": "20", "cap.unit": "hour"}
    assert editor.post("/admin/rules/new", typed).status_code == 303
    rule = stored(services, "asks-for-a-refund")
    assert (rule.timing, rule.at_most) == (timing, "20 per hour")
    address = "/admin/rules/rule/asks-for-a-refund"
    shown = form_of(editor.get(address).text)
    assert editor.post(address, shown).status_code == 303
    assert stored(services, "asks-for-a-refund").version == rule.version


def test_times_of_a_rule_are_said_in_the_readers_language(
    editor: Visitor, services: Services
) -> None:
    editor.post("/language", {"language": "id", "next": "/"})
    start = {"a.0.name": "start_clock", "a.0.clock": "update", "a.0.within.number": "2"}
    timed = {"trigger": "schedule", "timing": "every weekday at 09:00 Asia/Jayapura"}
    typed = NEW | timed | start | {"a.0.within.unit": "hour", "at_most": "3 per day"}
    assert editor.post("/admin/rules/new", typed).status_code == 303
    page = html.unescape(editor.get("/admin/rules").text)
    assert "Senin sampai Jumat pukul 09:00 WIT" in page
    assert "paling banyak 3 kali per hari" in page
    assert "2 jam" in page
    assert "2 hours" not in page


def test_faults_are_told_in_indonesian_too(editor: Visitor) -> None:
    editor.post("/language", {"language": "id", "next": "/"})
    page = html.unescape(editor.post("/admin/rules/new", NEW | {"text": "lable"}).text)
    assert "syarat, baris 1, kolom 1: 'lable' tidak dikenal. Maksudnya label?" in page


def test_the_preview_says_what_would_have_matched(editor: Visitor, posts: None) -> None:
    page = html.unescape(editor.post("/admin/rules/preview", NEW).text)
    assert "Would have matched 2 of 3" in page
    assert "Customer care · Normal → Sales and B2B · Normal" in page
    assert "081234567890" not in page
    assert "refund! •••" in page


def test_the_preview_of_an_unfinished_rule_says_what_is_missing(editor: Visitor) -> None:
    page = html.unescape(editor.post("/admin/rules/preview", NEW | {"text": "certain &&"}).text)
    assert "It cannot be tried yet" in page
    assert "the end" in page


def test_somebody_faster_is_noticed_and_the_text_is_kept(
    editor: Visitor, services: Services
) -> None:
    address = "/admin/rules/rule/praise"
    typed = form_of(editor.get(address).text)
    editor.post(address, typed | {"name_en": "Applause"})
    answer = editor.post(address, typed | {"name_en": "Cheers"})
    assert answer.status_code == 409
    assert "Cheers" in answer.text
    assert stored(services, "praise").name.en == "Applause"
    again = form_of(answer.text)
    assert editor.post(address, again).status_code == 303
    assert stored(services, "praise").name.en == "Cheers"


def test_a_rule_is_switched_moved_deleted_and_restored(editor: Visitor, services: Services) -> None:
    assert editor.post("/admin/rules/rule/praise/switch", {"enabled": "0"}).status_code == 303
    assert not stored(services, "praise").enabled
    editor.post("/admin/rules/rule/praise/switch", {"enabled": "1"})
    editor.post("/admin/rules/rule/not-ours/move", {"to": "up"})
    page = editor.get("/admin/rules").text
    assert page.index("rule-not-ours") < page.index("rule-regulator")
    assert editor.post("/admin/rules/rule/praise/delete", {"seen": "1"}).status_code == 303
    page = editor.get("/admin/rules").text
    assert "Deleted rules" in page
    restored = editor.post("/admin/rules/rule/praise/restore", {"seen": "0", "version": "1"})
    assert restored.status_code == 303
    assert stored(services, "praise").version == 2
    history = editor.get("/admin/rules/rule/praise/history").text
    assert "Version 2" in history
    assert "in force" in history


def test_rules_go_out_and_in_as_yaml(editor: Visitor, services: Services) -> None:
    file = editor.get("/admin/rules/rules.yaml")
    assert file.headers["Content-Disposition"].startswith("attachment")
    upload = {"file": (io.BytesIO(file.data), "rules.yaml"), "replace": "1"}
    assert editor.post("/admin/rules/import", upload).status_code == 303
    assert f"the same: {len(load_default_rules().rules)}" in editor.get("/admin/rules").text
    bad = file.text.replace("certain &&", "certain && nonsense &&")
    answer = editor.post("/admin/rules/import", {"yaml": bad})
    assert answer.status_code == 422
    assert re.search(r"line \d+ of the file", answer.text)
    with services.database.read() as session:
        assert "rule.changed" not in session.scalars(select(AuditEntry.action)).all()


@pytest.mark.parametrize(
    "typed",
    [
        {"do": "row:c.9.9.9.9"},
        {"do": "drop:"},
        {"do": "undo:99999"},
        {"do": "nonsense"},
        {"c.0.join": "odd", "c.0.0.join": "all", "c.0.0.0.join": "any", "mode": "rows"},
        {"a.0.name": "call", "a.0.action": "", "a.0.field.x": "y"},
        {"a.0.name": "no such", "posts": "99999999999999999999999"},
        {"text": "\x00\x01", "name_en": "\x00"},
        {"text": "(" * 7_000},
        {"seen": "x" * 50},
    ],
)
def test_forged_forms_never_break_the_page(editor: Visitor, typed: dict[str, str]) -> None:
    for address in ("/admin/rules/new", "/admin/rules/preview"):
        assert editor.post(address, NEW | typed).status_code in (200, 303, 409, 422)


def test_unknown_rules_are_not_found(editor: Visitor) -> None:
    for path in ("", "/history"):
        assert editor.get(f"/admin/rules/rule/nobody{path}").status_code == 404


def test_what_is_wrong_with_the_whole_set_stands_beside_its_rule(editor: Visitor) -> None:
    everything = NEW | {"text": "true", "a.1.name": "stop"}
    editor.post("/admin/rules/new", everything)
    editor.post("/admin/rules/new", NEW | {"name_en": "Too late"})
    page = html.unescape(editor.get("/admin/rules").text)
    assert "never runs: 'asks-for-a-refund' stands before it and always stops first" in page
