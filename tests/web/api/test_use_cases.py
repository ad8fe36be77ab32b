"""What programs do with cases beyond the single act: one way through each subject."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from factories import make_conversation, make_post, make_user
from photos import picture
from programs import Program, team_ids
from tanggap.inbox.services import Services
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.replies import ReplyAttachment, ReplyRow
from tanggap.store.users import JUNIOR, SUPERVISOR

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


def test_cases_are_merged_split_and_put_apart_again(
    program: Program, services: Services, case: Conversation, path: str
) -> None:
    with services.database.write() as session:
        row = session.get_one(Conversation, case.id)
        other = make_conversation(session, row.account, author=row.author)
        make_post(session, other, "dan modemnya juga rusak")
    assert [one["id"] for one in program.get(path + "/mergeable").json["items"]] == [other.id]
    body = {"revision": program.revision(path), "other_id": other.id}
    merged = program.call("POST", path + "/merge", body)
    assert merged.status_code == 200, merged.text
    assert program.get(f"/conversations/{other.id}").json["moved_to"] == case.id
    assert program.call("POST", path + "/merge", body).status_code in (404, 409)
    assert [one["kind"] for one in program.get(path + "/beside").json["joins"]] == ["merge"]
    assert program.call("POST", f"/joins/{merged.json['id']}/undo").json["undone_by"]
    assert program.get(f"/conversations/{other.id}").status_code == 200
    posts = program.get(path).json["posts"]
    alone = {"revision": program.revision(path), "post_ids": [posts[0]["id"]]}
    assert program.call("POST", path + "/split", alone).status_code == 422


def test_case_goes_private_and_is_concluded_or_waived(
    program: Program, services: Services, case: Conversation, path: str
) -> None:
    step = program.call("POST", path + "/steps", {"what": "acknowledgement", "minutes": 60})
    assert step.json["purpose"] == "acknowledgement"
    assert step.json["promised_until"]
    seen = program.get(path).json["seen_post_id"]
    sent = program.send(
        case.id,
        "Kami cek ya Kak.",
        seen,
        purpose=step.json["purpose"],
        promised_until=step.json["promised_until"],
    )
    assert sent.status_code == 202, sent.text
    with services.database.write() as session:
        assert session.get_one(ReplyRow, sent.json["reply"]["id"]).purpose == "acknowledgement"
        session.get_one(Conversation, case.id).handover = "private"
    now = program.revision(path)
    owed = program.call("POST", path + "/solved", {"revision": now})
    assert (owed.status_code, owed.json["handover"]) == (200, "owed")
    now = owed.json["revision"]
    assert (
        program.call("PUT", path + "/state", {"revision": now, "state": "resolved"}).json["code"]
        == "conflict"
    )
    short = {"revision": now, "reason": "x"}
    assert program.call("POST", path + "/waived", short).status_code == 422
    done = program.call("POST", path + "/waived", {"revision": now, "reason": "diminta diam"})
    assert (done.json["handover"], done.json["state"]) == ("closed", "resolved")
    assert program.get(path + "/beside").json["handover"]["reason"] == "diminta diam"


def test_another_team_is_asked_answers_and_clocks_rest_meanwhile(
    program: Program, services: Services, path: str
) -> None:
    team = team_ids(services)[0]
    asked = program.call(
        "POST", path + "/consultations", {"team_id": team, "question": "Ada gangguan?"}
    )
    assert asked.status_code == 201, asked.text
    again = program.call("POST", path + "/consultations", {"team_id": team, "question": "Lagi?"})
    assert again.status_code == 409
    one = f"/consultations/{asked.json['id']}"
    assert program.get(one).json["posts"][0]["text"] == "internet saya mati"
    assert len(program.get("/consultations?of=all").json["items"]) == 1
    answered = program.call("POST", one + "/answer", {"text": "Ya, sampai sore."})
    assert answered.json["answered_by"]["id"] == program.user_id
    assert program.call("POST", one + "/withdraw").status_code == 409
    assert program.call("POST", path + "/clocks/pause", {"reason": "menunggu"}).status_code == 200
    assert program.call("POST", path + "/clocks/resume").status_code == 200


def test_customer_is_asked_in_a_form_and_promised_a_call(
    app: Flask, services: Services, program: Program, admin: Program, path: str
) -> None:
    question = {"key": "order", "label_id": "Nomor pesanan", "label_en": "Order number"}
    written = {"name_id": "Pesanan", "name_en": "Order", "questions": [question]}
    form = admin.call("POST", "/forms", written)
    assert form.status_code == 201, form.text
    changed = {**written, "name_en": "Orders", "seen": form.json["version"]}
    key = form.json["key"]
    assert admin.call("PUT", f"/forms/{key}", changed).json["name_en"] == "Orders"
    assert admin.call("PUT", f"/forms/{key}", {**changed, "seen": 7}).status_code == 409
    public = program.call("POST", path + "/form-requests", {"form": key})
    assert public.status_code in (201, 422)
    assert program.get(path + "/form-requests").status_code == 200
    day = (utcnow() + timedelta(days=2)).date().isoformat()
    window = {"day": day, "start": "09:00", "end": "10:00"}
    call = program.call("POST", path + "/call-backs", {**window, "phone": "0812-3456-7890"})
    assert call.status_code == 201, call.text
    assert "3456" not in call.text
    bad = program.call("POST", path + "/call-backs", {**window, "phone": "abc"})
    assert (bad.status_code, bad.json["code"]) == (422, "refused")
    one = f"/call-backs/{call.json['id']}"
    moved = program.call("PUT", one, {**window, "end": "11:00"})
    assert moved.json["ends_at"] > call.json["ends_at"]
    ended = program.call("POST", one + "/end", {"outcome": "no_answer", "again": window})
    assert (ended.json["attempt"], ended.json["state"]) == (2, "planned")
    assert program.call("POST", one + "/end", {"outcome": "reached"}).status_code == 409


def test_answer_that_waits_is_returned_then_approved_by_somebody_else(
    app: Flask, services: Services, case: Conversation, path: str
) -> None:
    junior, lead = Program(app, services, JUNIOR), Program(app, services, SUPERVISOR)
    seen = junior.get(path).json["seen_post_id"]
    held = junior.send(case.id, "Halo Kak, kami cek ya.", seen).json["approval_id"]
    assert [one["id"] for one in lead.get("/approvals").json["items"]] == [held]
    assert junior.call("POST", f"/approvals/{held}/approve", {}).status_code == 403
    back = lead.call("POST", f"/approvals/{held}/return", {"words": "lebih ramah"})
    assert back.json["words"] == "lebih ramah"
    assert lead.call("POST", f"/approvals/{held}/approve", {}).status_code == 409
    second = junior.send(case.id, "Halo Kak Rina, kami cek ya.", seen, key="another-key")
    sent = lead.call("POST", f"/approvals/{second.json['approval_id']}/approve", {})
    assert (sent.status_code, sent.json["user"]["id"]) == (202, junior.user_id)


def test_picture_goes_along_with_an_answer(
    program: Program, services: Services, case: Conversation, path: str
) -> None:
    drawn = base64.b64encode(picture()).decode()
    laid = program.call("POST", path + "/attachments", {"content": drawn, "description": "bukti"})
    assert (laid.status_code, laid.json["description"]) == (201, "bukti"), laid.text
    odd = program.call("POST", path + "/attachments", {"content": "bm8gcGljdHVyZQ=="})
    assert (odd.status_code, odd.json["code"]) == (422, "refused")
    assert program.call("POST", path + "/attachments", {"content": "%%%%"}).status_code == 422
    other = program.call("POST", path + "/attachments", {"content": drawn}).json["id"]
    assert program.call("DELETE", f"{path}/attachments/{other}").status_code == 204
    seen = program.get(path).json["seen_post_id"]
    sent = program.send(case.id, "Ini buktinya Kak", seen, attachment_ids=[laid.json["id"]])
    assert sent.status_code == 202, sent.text
    with services.database.read() as session:
        kept = session.get_one(ReplyAttachment, laid.json["id"])
    assert kept.reply_id == sent.json["reply"]["id"]
    assert program.get(path + "/attachments").json == {"items": []}


def test_many_cases_change_at_once_and_what_moved_meanwhile_is_named(
    program: Program, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        account = session.get_one(Conversation, case.id).account
        others = [make_conversation(session, account).id for _ in range(2)]
    cases = [{"id": id_, "revision": 1} for id_ in (case.id, *others)]
    cases[1]["revision"] = 99
    done = program.call("POST", "/bulk", {"action": "resolve", "cases": cases}).json
    assert done["done"] == [case.id, others[1]]
    assert [one["id"] for one in done["failed"]] == [others[0]]
    tagged = {"action": "tag", "tag": "#Massal", "cases": cases[:1]}
    assert program.call("POST", "/bulk", tagged).json["done"] == [case.id]
    assert program.get(f"/conversations/{case.id}").json["conversation"]["tags"] == ["massal"]


def test_limited_person_who_passes_a_case_on_is_told_that_it_left(
    app: Flask, services: Services, path: str
) -> None:
    first, second = team_ids(services)[:2]
    with services.database.write() as session:
        limited = make_user(session, role=SUPERVISOR, language="en")
        limited.only_teams = [first]
        session.scalars(select(Conversation)).one().team_id = first
    program = Program(app, services, scopes=["read_cases", "work_cases"], user_id=limited.id)
    body = {"revision": program.revision(path), "team_id": second}
    assert program.call("PUT", path + "/assignment", body).status_code == 204
    assert program.get(path).status_code == 404


def test_desk_of_a_person_holds_views_notes_lines_and_the_next_case(
    app: Flask, services: Services, program: Program, case: Conversation, path: str
) -> None:
    other = Program(app, services)
    view = program.call("POST", "/views", {"name": "Keluhan", "query": {"label": "complaint"}})
    assert (view.status_code, view.json["query"]) == (201, {"label": "complaint"})
    assert other.call("DELETE", f"/views/{view.json['id']}").status_code == 404
    assert program.call("DELETE", f"/views/{view.json['id']}").status_code == 204
    assert program.get("/next-conversation").json["id"] == case.id
    program.call("POST", path + "/claim")
    note = {"user_id": other.user_id, "text": "tolong lanjut", "cases": [{"id": case.id}]}
    assert program.call("POST", "/shift-notes", {**note, "give": True}).status_code == 204
    waiting = other.get("/shift-notes").json["waiting"]
    assert [one["cases"][0]["id"] for one in waiting] == [case.id]
    confirm = f"/shift-notes/{waiting[0]['id']}/confirm"
    assert program.call("POST", confirm).status_code == 404
    assert other.call("POST", confirm).status_code == 204
    kinds = [line["kind"] for line in other.get("/notifications").json["items"]]
    assert "shift_note" in kinds
    assert other.call("POST", "/notifications/read", {}).status_code == 204
    assert all(line["read_at"] for line in other.get("/notifications").json["items"])
    assert other.call("PUT", "/me/presence", {"away": True}).status_code == 204


def test_card_of_a_customer_is_written_and_never_over_a_colleague(
    program: Program, case: Conversation
) -> None:
    path = f"/authors/{case.author_id}/card"
    card = program.get(path).json
    change = {"tier": "emas", "note": "suka pagi", "do_not_contact": True}
    saved = program.call("PUT", path, {**change, "revision": card["revision"]})
    assert (saved.json["tier"], saved.json["not_to_be_contacted"]) == ("emas", True)
    assert program.call("PUT", path, {**change, "revision": 99}).status_code == 409
    seen = program.get(f"/conversations/{case.id}").json["seen_post_id"]
    assert program.send(case.id, "Halo Kak", seen).json["reason"] == "do_not_contact"


def test_acts_of_programs_stand_in_the_audit_log_as_those_of_their_person(
    services: Services, program: Program, path: str
) -> None:
    program.call("POST", path + "/clocks/pause", {"reason": "libur"})
    with services.database.read() as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.user_id == program.user_id))
        assert any(one.object_type == "conversation" for one in noted)
