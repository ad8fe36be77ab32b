"""The tone pages: profiles in plain words, their editor, and what stops a team's sending."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from fakes import change_channel
from tanggap.inbox.operation.setup import ensure_defaults
from tanggap.inbox.services import Services
from tanggap.rules.tone import CODES
from tanggap.sdk.types import Formality, ToneProfile
from tanggap.store.audit import AuditEntry
from tanggap.store.conversations import Conversation
from tanggap.store.tone import ToneRow
from tanggap.store.users import BLOCKING, SUPERVISOR, Team
from visitors import Visitor

EDITOR = "/admin/tone/fake/id"


@pytest.fixture
def admin(app: Flask, services: Services) -> Visitor:
    tone = {"id": ToneProfile(formality=Formality.CASUAL, emoji=True, avoid=("dengan hormat",))}
    change_channel(services, tone=tone)
    return Visitor(app).sign_in(services)


@pytest.fixture
def team(services: Services) -> int:
    with services.database.write() as session:
        ensure_defaults(session)
    with services.database.read() as session:
        return session.scalars(select(Team.id).order_by(Team.id)).first() or 0


def form_of(visitor: Visitor, address: str = EDITOR) -> dict[str, Any]:
    """Read the editor's form as a browser would send it."""
    page = visitor.get(address).text
    form = page[page.index('id="tone-editor"') :]
    form = form[: form.index("</form>")]
    typed: dict[str, Any] = {}
    for area in re.finditer(r'<textarea[^>]* name="(\w+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        typed[area[1]] = html.unescape(area[2])
    for field in re.findall(r"<input[^>]*>", form):
        name = re.search(r' name="(\w+)"', field)
        value = re.search(r' value="([^"]*)"', field)
        assert name is not None
        if "checkbox" in field and " checked" not in field:
            continue
        text = html.unescape(value[1]) if value else ""
        if name[1] == "parts":
            typed.setdefault("parts", []).append(text)
        else:
            typed[name[1]] = text
    for select_ in re.findall(r"<select.*?</select>", form, re.DOTALL):
        name, chosen = re.search(r'name="(\w+)"', select_), re.search(r'"(\w+)" selected', select_)
        assert name is not None
        assert chosen is not None
        typed[name[1]] = chosen[1]
    typed.pop("csrf_token")
    return typed


def rows(services: Services) -> list[tuple[str, int | None, dict[str, Any]]]:
    with services.database.read() as session:
        found = session.scalars(select(ToneRow).order_by(ToneRow.id))
        return [(row.language, row.account_id, row.changes) for row in found]


def entries(services: Services) -> list[AuditEntry]:
    with services.database.read() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def checked(visitor: Visitor, text: str, **fields: Any) -> dict[str, Any]:
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.get(EDITOR).text)
    assert token is not None
    data = {**form_of(visitor), "text": text, "csrf_token": token[1], **fields}
    answer = visitor.client.post(
        f"{EDITOR}/check", data=data, headers={"Accept": "application/json"}
    )
    assert isinstance(answer.json, dict)
    return answer.json


def test_profiles_are_shown_in_plain_words_with_their_source(admin: Visitor) -> None:
    page = admin.get("/admin/tone").text
    for words in ("Fake", "Indonesian", "English", "as proposed", "Casual", "“dengan hormat”"):
        assert words in html.unescape(page)
    assert "changed here" not in page


def test_a_draft_is_tried_on_every_channel_at_once(admin: Visitor) -> None:
    text = "Kami jamin selesai ya Kak"
    page = admin.post("/admin/tone/try", {"text": text}).text
    assert "binds the company" in page
    assert text in page
    assert 'id="tried"' in page


def test_only_what_differs_is_stored_with_old_and_new_in_the_audit_log(
    admin: Visitor, services: Services
) -> None:
    typed = form_of(admin) | {"formality": "formal", "avoid": "dengan hormat\nBro \n bro\n"}
    typed["parts"] = [part for part in typed["parts"] if part != "praise:thank"]
    assert admin.post(EDITOR, typed).status_code == 303
    changes = {
        "formality": "formal",
        "avoid": ["dengan hormat", "Bro"],
        "parts": {"praise": []},
    }
    assert rows(services) == [("id", None, changes)]
    (entry,) = entries(services)
    assert (entry.action, entry.object_id, entry.user_id) == (
        "tone.changed",
        "fake/id",
        admin.user_id,
    )
    assert entry.detail["new"] == changes
    assert entry.detail["old"]["formality"] == "casual"
    assert entry.detail["old"]["parts"] == {"praise": ["thank"]}
    page = html.unescape(admin.get(EDITOR).text)
    assert "Proposed: Casual" in page
    assert "changed here" in admin.get("/admin/tone").text


def test_saving_what_is_shown_changes_nothing(admin: Visitor, services: Services) -> None:
    assert admin.post(EDITOR, form_of(admin)).status_code == 303
    assert rows(services) == []
    assert entries(services) == []


def test_an_account_follows_its_channel_but_for_its_own_changes(
    admin: Visitor, services: Services, case: Conversation
) -> None:
    own = f"{EDITOR}/{case.account_id}"
    admin.post(EDITOR, form_of(admin) | {"emoji": "5"})
    typed = form_of(admin, own)
    assert typed["emoji"] == "5"
    admin.post(own, typed | {"emoji": "0"})
    assert rows(services)[1] == ("id", case.account_id, {"emoji": 0})
    assert "On the channel: 5" in admin.get(own).text
    admin.post(EDITOR, form_of(admin) | {"links": "3"})
    assert form_of(admin, own)["links"] == "3"
    assert "changed for this account" in admin.get("/admin/tone").text
    admin.post(f"{own}/reset")
    assert form_of(admin, own)["emoji"] == "5"
    assert [entry.action for entry in entries(services)][-1] == "tone.reset"
    assert entries(services)[-1].detail == {"old": {"emoji": 0}, "new": {"emoji": 5}}


def test_going_back_to_the_proposal_by_hand_leaves_no_changes(
    admin: Visitor, services: Services
) -> None:
    admin.post(EDITOR, form_of(admin) | {"emoji": "5"})
    admin.post(EDITOR, form_of(admin) | {"emoji": "2"})
    assert rows(services) == []
    admin.post(f"{EDITOR}/reset")
    assert len(entries(services)) == 2


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("emoji", "many", "whole number from 0 to 20"),
        ("emoji", "-1", "whole number from 0 to 20"),
        ("links", "9" * 30, "whole number from 0 to 20"),
        ("formality", "royal", "Choose one of the values offered"),
        ("target", "41", "takes at most 40"),
        ("closing", "x" * 81, "longer than 80 characters"),
        ("avoid", "x" * 81, "longer than 80 characters"),
        ("avoid", "\n".join(map(str, range(201))), "more than 200 lines"),
        ("wrong_address", "KAK", "“KAK” is to be used and to be avoided"),
    ],
)
def test_a_bad_value_is_named_beside_its_field_and_what_was_typed_stays(
    admin: Visitor, services: Services, field: str, value: str, problem: str
) -> None:
    answer = admin.post(EDITOR, form_of(admin) | {field: value, "greeting": "Halo kawan"})
    page = html.unescape(answer.text)
    assert answer.status_code == 422
    beside = page[page.index(f'id="about-{field}"') :]
    assert problem in beside[: beside.index("</div>")]
    assert 'aria-invalid="true"' in page
    assert "Halo kawan" in page
    assert rows(services) == []


def test_a_colleagues_change_is_not_overwritten(admin: Visitor, services: Services) -> None:
    typed = form_of(admin)
    admin.post(EDITOR, typed | {"emoji": "5"})
    answer = admin.post(EDITOR, typed | {"emoji": "7"})
    assert answer.status_code == 409
    assert "A colleague changed this" in answer.text
    assert rows(services) == [("id", None, {"emoji": 5})]


def test_the_sample_is_held_against_the_fields_as_they_are_typed(admin: Visitor) -> None:
    text = "Makasih Kak, udah kami cek nih"
    assert checked(admin, text, first_answer="")["findings"] == []
    found = checked(admin, text, first_answer="", formality="formal", avoid="makasih")
    codes = {finding["code"] for finding in found["findings"]}
    assert codes == {"too_casual", "avoided"}
    assert found["limit"] == 40
    assert found["length"] > len(text)
    parts = checked(admin, text)["findings"]
    assert [finding["code"] for finding in parts] == ["missing_parts"]


def test_the_sample_can_be_checked_without_scripts(admin: Visitor, services: Services) -> None:
    typed = form_of(admin) | {"text": "Kami jamin", "emoji": "9"}
    page = admin.post(f"{EDITOR}/check", typed).text
    assert "binds the company" in page
    assert 'value="9"' in page
    assert rows(services) == []


def test_the_sample_begins_with_a_template_in_this_tone(admin: Visitor) -> None:
    sample = form_of(admin)["text"]
    assert "Kak Rina" in sample
    assert "{" not in sample
    admin.post(EDITOR, form_of(admin) | {"address": "Sobat", "wrong_address": "kak"})
    assert "Sobat Rina" in form_of(admin)["text"]


def test_hostile_words_stay_words(admin: Visitor, services: Services) -> None:
    hostile = "<script>(.*)+$\x00"
    admin.post(EDITOR, form_of(admin) | {"avoid": hostile})
    assert rows(services)[0][2] == {"avoid": ["<script>(.*)+$\ufffd"]}
    for address in ("/admin/tone", EDITOR):
        assert "<script>(" not in admin.get(address).text


def test_a_team_chooses_what_stops_its_sending(
    admin: Visitor, services: Services, team: int
) -> None:
    address = f"/admin/tone/teams/{team}"
    page = admin.get(address).text
    assert page.count('name="code"') == len(CODES)
    for known in CODES.values():
        assert known.name["en"] in html.unescape(page)
    admin.post(address, {"code": ["promise", "shouting", "unknown", "too_long"]})
    with services.database.read() as session:
        stored = session.get_one(Team, team)
        assert stored.blocking == ["promise", "shouting"]
        key = stored.key
    (entry,) = entries(services)
    assert (entry.action, entry.object_id) == ("team.blocking_changed", key)
    assert entry.detail == {"old": list(BLOCKING), "new": ["promise", "shouting"]}
    admin.post(address, {"code": ["promise", "shouting"]})
    assert len(entries(services)) == 1
    assert "Capitals that read as shouting" in admin.get("/admin/tone").text


def test_agents_see_what_an_account_likes_to_say(
    admin: Visitor, services: Services, agent: Visitor, case: Conversation
) -> None:
    admin.post(EDITOR, form_of(admin) | {"closing": "Salam hangat", "use": "bersama\nsigap"})
    page = agent.get(f"/inbox/{case.id}/answers").text
    assert "“Salam hangat”" in page
    assert "“bersama”, “sigap”" in page


def test_supervisors_change_the_tone_and_agents_do_not_see_it(
    admin: Visitor, app: Flask, services: Services, agent: Visitor, team: int
) -> None:
    supervisor = Visitor(app).sign_in(services, SUPERVISOR)
    supervisor.post(EDITOR, form_of(supervisor) | {"emoji": "5"})
    assert len(rows(services)) == 1
    stop = f"/admin/tone/teams/{team}"
    for address in ("/admin/tone", EDITOR, stop):
        assert agent.get(address).status_code == 403
    for address in ("/admin/tone/try", EDITOR, f"{EDITOR}/check", f"{EDITOR}/reset", stop):
        assert agent.post(address).status_code == 403
    assert 'href="/admin/tone"' in supervisor.get("/inbox").text
    assert 'href="/admin/tone"' not in agent.get("/inbox").text
    assert len(rows(services)) == 1


def test_there_is_no_profile_of_what_is_not_there(
    admin: Visitor, services: Services, case: Conversation
) -> None:
    change_channel(services)
    for address in (
        "/admin/tone/nowhere/id",
        "/admin/tone/fake/fr",
        f"/admin/tone/fake/id/{case.account_id + 1}",
        "/admin/tone/teams/999",
    ):
        assert admin.get(address).status_code == 404


def test_pages_are_in_indonesian_too(admin: Visitor, team: int) -> None:
    admin.post("/language", {"language": "id"})
    assert "Coba draf" in admin.get("/admin/tone").text
    assert "Contoh jawaban" in admin.get(EDITOR).text
    assert "Janji yang mengikat perusahaan" in admin.get(f"/admin/tone/teams/{team}").text


def test_phrases_that_a_brand_guide_forbids_stop_the_sending(
    admin: Visitor, services: Services, team: int, case: Conversation
) -> None:
    typed = {"code": list(BLOCKING), "forbidden": "pasti untung\n  Pasti  untung \nkompetitor X"}
    assert admin.post(f"/admin/tone/teams/{team}", typed).status_code == 303
    with services.database.write() as session:
        assert session.get_one(Team, team).forbidden == ["pasti untung", "kompetitor X"]
        session.get_one(Conversation, case.id).team_id = team
    assert "pasti untung" in admin.get(f"/admin/tone/teams/{team}").text
    answer = admin.post(f"/inbox/{case.id}/measure", {"text": "Tenang, Pasti untung kok."})
    assert answer.json is not None
    assert "forbidden" in [finding["code"] for finding in answer.json["findings"]]
    assert [entry.action for entry in entries(services)] == ["team.forbidden_changed"]


def test_a_forbidden_phrase_that_is_too_long_is_refused(admin: Visitor, team: int) -> None:
    answer = admin.post(f"/admin/tone/teams/{team}", {"forbidden": "x" * 200})
    assert answer.status_code == 422
    assert "x" * 200 in answer.text
