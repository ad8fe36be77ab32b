"""What programs set up: rules, answers, people, webhooks, privacy and the company."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from factories import make_user
from programs import Program, team_ids
from tanggap.inbox.services import Services
from tanggap.store.conversations import Conversation
from tanggap.store.users import SUPERVISOR

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)

RULE = """key: hadiah
name: {id: Hadiah, en: Prizes}
condition: label == "complaint"
actions:
  - add_tags: [hadiah]
"""


def test_rules_are_checked_saved_switched_and_restored(admin: Program) -> None:
    wrong = admin.call("POST", "/rules/check", {"definition": RULE.replace("label", "lable")})
    assert (wrong.status_code, wrong.json["code"]) == (422, "invalid")
    assert admin.call("POST", "/rules/check", {"definition": RULE}).status_code == 204
    made = admin.call("POST", "/rules", {"definition": RULE})
    assert made.status_code == 201, made.text
    changed = {"definition": RULE.replace("complaint", "praise"), "seen": made.json["version"]}
    second = admin.call("PUT", "/rules/hadiah", changed).json
    assert admin.call("PUT", "/rules/hadiah", changed).status_code == 409
    assert not admin.call("PUT", "/rules/hadiah/switch", {"enabled": False}).json["enabled"]
    back = {"version": made.json["version"], "seen": second["version"]}
    restored = admin.call("POST", "/rules/hadiah/restore", back).json
    assert "complaint" in restored["condition"]
    assert len(admin.get("/rules/hadiah/versions").json["items"]) == 3
    gone = admin.call("DELETE", f"/rules/hadiah?seen={restored['version']}")
    assert gone.status_code == 204
    names = {"name_id": "Orang penting", "name_en": "Important people"}
    kept = admin.call("PUT", "/lists/penting", {**names, "entries": ["@rina", " "]})
    assert kept.json["entries"] == ["@rina"]
    assert admin.call("DELETE", "/lists/penting").status_code == 204


def test_templates_and_macros_are_written_and_used(admin: Program, path: str) -> None:
    text = {"step": "acknowledge", "formality": "casual", "texts": ["Halo {{ name }}, kami cek."]}
    made = admin.call("POST", "/templates", {**text, "name": "Cek dulu", "language": "id"})
    assert made.status_code == 201, made.text
    one = f"/templates/id/{made.json['key']}"
    bad = admin.call("PUT", one, {**text, "texts": ["{{ name"], "seen": 1})
    assert (bad.status_code, bad.json["errors"][0]["field"]) == (422, "t.0")
    off = admin.call("PUT", one, {**text, "seen": made.json["revision"], "enabled": False})
    assert not off.json["enabled"]
    assert admin.call("DELETE", f"{one}?seen={off.json['revision']}").status_code == 204
    macro = admin.call("POST", "/macros", {"name": "Parkir", "text": "halo", "state": "waiting"})
    assert macro.status_code == 201, macro.text
    assert admin.get(path + "/macros").json["items"][0]["text"] == "halo"
    run = admin.call(
        "POST", f"{path}/macros/{macro.json['id']}", {"revision": admin.revision(path)}
    )
    assert run.json["state"] == "waiting"
    assert admin.get(path + "/similar").status_code == 200
    assert admin.call("DELETE", f"/macros/{macro.json['id']}").status_code == 204


def test_people_are_invited_planned_limited_and_let_go(
    app: Flask, services: Services, admin: Program
) -> None:
    team = team_ids(services)[0]
    asked = {"email": "baru@contoh.example", "role": "agent", "only_teams": [team]}
    invited = admin.call("POST", "/invitations", asked)
    assert (invited.status_code, invited.json["only_teams"]) == (201, [team])
    assert "/invitation" in invited.json["link"]
    assert admin.call("DELETE", f"/invitations/{invited.json['id']}").status_code == 204
    with services.database.write() as session:
        user_id = make_user(session, "Budi Santoso").id
    one = f"/people/{user_id}"
    work = {"team_ids": [team], "capacity": 5, "languages": ["id"]}
    assert admin.call("PUT", one + "/work", work).json["member"]["capacity"] == 5
    week = {"days": ["08:00-12:00, 13:00-17:00", *[""] * 6]}
    assert admin.call("PUT", one + "/shifts", week).json["days"][0] == [
        "08:00-12:00",
        "13:00-17:00",
    ]
    wrong = admin.call("PUT", one + "/shifts", {"days": ["nanti", *[""] * 6]})
    assert wrong.json["errors"][0]["field"] == "days.0"
    away = {"first_day": "2030-01-01", "last_day": "2030-01-02", "note": "cuti"}
    absences = admin.call("POST", one + "/absences", away).json["absences"]
    assert absences[0]["note"] == "cuti"
    assert admin.call("PUT", one + "/role", {"role": "supervisor"}).json["role"] == "supervisor"
    assert admin.call("PUT", one + "/limits", {"only_teams": [team]}).status_code == 200
    assert not admin.call("POST", one + "/deactivate").json["active"]
    assert admin.call("POST", one + "/reactivate").json["active"]
    assert admin.get("/staff").json["people"]
    new = admin.call("POST", "/teams", {"key": "malam", "name_id": "Malam", "name_en": "Night"})
    assert new.status_code == 201, new.text


def test_what_does_not_fit_is_said_as_on_the_pages_in_the_person_s_language(
    app: Flask, services: Services, path: str
) -> None:
    with services.database.write() as session:
        ayu = make_user(session, "Ayu Wulandari", role=SUPERVISOR, language="id")
    program = Program(app, services, SUPERVISOR, user_id=ayu.id)
    window = {"day": "2001-01-01", "start": "09:00", "end": "10:00"}
    past = program.call("POST", path + "/call-backs", {**window, "phone": "0812-3456-7890"})
    assert (past.status_code, past.json["errors"][0]["field"]) == (422, "day")
    odd = program.call("POST", path + "/call-backs", {**window, "day": "2099-01-01", "phone": "12"})
    said = [past.json["detail"], odd.json["detail"]]
    said.append(program.call("POST", "/shift-notes", {"text": "halo"}).json["detail"])
    said.append(program.call("POST", "/macros", {"name": "Kosong"}).json["detail"])
    english = re.compile(r"\b(the|a|write|is|this|macro does|choose)\b", re.IGNORECASE)
    assert [words for words in said if english.search(words)] == []


def test_webhook_is_set_up_tested_paused_and_taken_away(admin: Program) -> None:
    wish = {"name": "Gudang", "url": "https://10.0.0.1/", "events": ["case.opened"]}
    refused = admin.call("POST", "/webhooks", wish)
    assert refused.json["errors"][0]["field"] == "url"
    made = admin.call("POST", "/webhooks", {**wish, "url": "https://93.184.215.14/hook"})
    assert made.status_code == 201, made.text
    assert made.json["secret"].startswith("whsec_")
    one = f"/webhooks/{made.json['webhook']['id']}"
    assert admin.call("POST", one + "/secret").json["secret"] != made.json["secret"]
    assert admin.call("POST", one + "/pause").json["paused_for"] == "person"
    assert admin.call("POST", one + "/test").status_code == 204
    messages = admin.get(one + "/messages").json["items"]
    assert [row["type"] for row in messages] == ["webhook.test"]
    tries = admin.get(f"/webhook-messages/{messages[0]['id']}").json
    assert tries["message"]["state"] == "pending"
    assert admin.get("/webhooks").json["items"][0]["waiting"] == 1
    assert admin.call("DELETE", one).status_code == 204


def test_person_is_counted_exported_and_erased_only_by_the_typed_words(
    admin: Program, services: Services, case: Conversation
) -> None:
    with services.database.read() as session:
        phrase = session.get_one(Conversation, case.id).author.handle
    one = f"/privacy/people/{case.author_id}"
    shown = admin.get(one).json
    assert shown["counts"]
    assert "phrase" not in shown
    made = admin.call("POST", one + "/exports")
    assert made.status_code == 201, made.text
    assert admin.get("/privacy/exports").json["items"][0]["id"] == made.json["id"]
    wrong = admin.call("POST", one + "/erasures", {"typed": "ya"})
    assert wrong.status_code == 409
    assert phrase not in wrong.text
    erased = admin.call("POST", one + "/erasures", {"typed": phrase, "reason": "diminta"})
    assert erased.status_code == 202, erased.text
    done = admin.get(f"/privacy/erasures/{erased.json['id']}").json
    assert re.fullmatch("[0-9a-f]{64}", done["digest"])


def test_company_says_how_soon_when_and_how_it_answers(
    admin: Program, services: Services, case: Conversation
) -> None:
    target = {"clock": "first_answer", "minutes": 30}
    wish = {"name": "Cepat", "label": "complaint", "targets": [target], "warn_percent": 50}
    made = admin.call("POST", "/policies", wish)
    assert (made.status_code, made.json["where"]) == (201, {"label": "complaint"}), made.text
    nowhere = admin.call("POST", "/policies", {"name": "Semua", "targets": [target]})
    assert nowhere.json["errors"][0]["field"] == "where"
    one = f"/policies/{made.json['id']}"
    assert admin.call("PUT", one, {**wish, "version": "lain"}).status_code == 409
    again = admin.call("PUT", one, {**wish, "name": "Segera", "version": made.json["version"]})
    assert again.json["name"] == "Segera"
    assert admin.call("DELETE", one).status_code == 204
    hours = admin.get("/hours").json
    week = {**hours, "week": [[[480, 1_020]], *[[]] * 6]}
    del week["own"]
    saved = admin.call("PUT", "/hours", week)
    assert (saved.status_code, saved.json["week"][0]) == (200, [[480, 1_020]]), saved.text
    assert admin.call("PUT", "/hours", week).status_code == 409
    week |= {"version": saved.json["version"], "added": {"besok": "libur"}}
    assert admin.call("PUT", "/hours", week).status_code == 422
    card = admin.call("PUT", "/company", {"name": "Contoh Net", "colour": "#123456"})
    assert admin.get("/company").json == card.json
    caps = f"/accounts/{case.account_id}/caps"
    assert admin.call("PUT", caps, {"usd": "25.50", "reads": 1_000}).status_code == 204
    assert admin.get("/plugins/troubles").json == {"items": []}
    tone = admin.get("/tone/fake/id").json
    change = {"fields": {"emoji": "3"}, "parts": tone["parts"], "version": tone["version"]}
    assert admin.call("PUT", "/tone/fake/id", change).json["fields"]["emoji"] == "3"
    wrong = admin.call("PUT", "/tone/fake/id", {**change, "fields": {"emoji": "banyak"}})
    assert wrong.json["errors"][0]["field"] == "emoji"
    team = team_ids(services)[0]
    forbids = {"blocking": [], "forbidden": ["mohon bersabar"]}
    assert admin.call("PUT", f"/teams/{team}/tone", forbids).status_code == 200
