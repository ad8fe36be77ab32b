"""Programs read and work cases by the same use cases as people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from factories import make_account, make_conversation, make_post, make_user
from programs import Program
from tanggap.inbox.people.api_tokens import UnfitTokenError, Wish, create_token
from tanggap.inbox.services import Services
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation, MergedConversation
from tanggap.store.replies import ReplyRow
from tanggap.store.users import JUNIOR, SUPERVISOR, Team


def newest_post(program: Program, case: Conversation) -> int:
    found: int = program.get(f"/conversations/{case.id}").json["seen_post_id"]
    return found


def test_list_takes_the_filters_of_the_inbox_and_pages_by_cursor(
    program: Program, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        account = session.get_one(Conversation, case.id).account
        for _ in range(45):
            make_post(session, make_conversation(session, account), "halo")
    first = program.get("/conversations").json
    second = program.get(f"/conversations?after={first['next']}").json
    assert [len(first["items"]), len(second["items"]), second["next"]] == [40, 6, None]
    ids = [row["id"] for row in (*first["items"], *second["items"])]
    assert len(set(ids)) == 46
    found = program.get("/conversations?label=question&q=internet").json["items"]
    assert [row["id"] for row in found] == [case.id]
    assert found[0]["priority"] == "normal"
    assert program.get("/conversations?state=resolved").json["items"] == []


def test_case_comes_with_its_posts_and_covers_personal_data(
    program: Program, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        conversation = session.get_one(Conversation, case.id)
        make_post(session, conversation, "nomor saya 0812-3456-7890 ya")
    shown = program.get(f"/conversations/{case.id}").json
    assert [post["text"] for post in shown["posts"]] == [
        "internet saya mati",
        "nomor saya ••••-••••-••90 ya",
    ]
    assert "0812" not in program.get("/conversations?state=any").text


def test_person_who_is_limited_has_tokens_that_see_no_more(
    app: Flask, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        account = make_account(session, services, external_id="other")
        hidden = make_conversation(session, account)
        make_post(session, hidden, "tidak terlihat")
        limited = make_user(session, role=SUPERVISOR, language="en")
        limited.only_accounts = [case.account_id]
    program = Program(app, services, SUPERVISOR, ["read_cases", "work_cases"], limited.id)
    shown = program.get("/conversations?state=any").json["items"]
    assert [row["id"] for row in shown] == [case.id]
    assert program.get(f"/conversations/{hidden.id}").status_code == 404
    assert program.call("POST", f"/conversations/{hidden.id}/claim").status_code == 404
    assert [one["id"] for one in program.get("/accounts").json["items"]] == [case.account_id]
    with services.database.write() as session, pytest.raises(UnfitTokenError):
        create_token(session, limited.id, Wish("x", ["read_rules"], 1), longest=365)


def test_of_two_programs_that_claim_one_is_told_who_was_faster(
    app: Flask, services: Services, program: Program, case: Conversation
) -> None:
    other = Program(app, services)
    assert program.call("POST", f"/conversations/{case.id}/claim").json["assignee"]["id"]
    late = other.call("POST", f"/conversations/{case.id}/claim")
    assert late.status_code == 409
    assert late.json["code"] == "conflict"
    assert "Ayu Lestari" in late.json["detail"]


def test_changes_need_the_revision_that_was_looked_at(
    program: Program, services: Services, case: Conversation
) -> None:
    path = f"/conversations/{case.id}"
    revision = program.get(path).json["conversation"]["revision"]
    body = {"revision": revision, "priority": "urgent"}
    assert program.call("PUT", path + "/priority", body).json["priority"] == "urgent"
    assert program.call("PUT", path + "/priority", body).status_code == 409
    with services.database.read() as session:
        team = session.scalars(select(Team).limit(1)).one()
    moved = program.call(
        "PUT", path + "/assignment", {"revision": revision + 1, "team_id": team.id}
    )
    assert moved.json["team"]["key"] == team.key
    slept = program.call(
        "PUT",
        path + "/snooze",
        {"revision": revision + 2, "until": (utcnow() + timedelta(hours=2)).isoformat()},
    )
    assert slept.json["state"] == "snoozed"
    past = {"revision": revision + 3, "until": "2020-01-01T00:00:00Z"}
    assert program.call("PUT", path + "/snooze", past).status_code == 422
    done = program.call("PUT", path + "/state", {"revision": revision + 3, "state": "resolved"})
    assert done.json["state"] == "resolved"
    with services.database.read() as session:
        kept = session.scalars(
            select(AuditEntry.action).where(AuditEntry.user_id == program.user_id)
        ).all()
    assert {"conversation.prioritised", "conversation.assigned", "conversation.resolved"} <= set(
        kept
    )


def test_tags_notes_and_labels_are_those_of_the_desk(program: Program, case: Conversation) -> None:
    path = f"/conversations/{case.id}"
    tagged = program.call("PATCH", path + "/tags", {"add": ["Gangguan", "#vip"]})
    assert tagged.json["tags"] == ["gangguan", "vip"]
    assert program.call("PATCH", path + "/tags", {"remove": ["vip"]}).json["tags"] == ["gangguan"]
    note = program.call("POST", path + "/notes", {"text": "sudah dicek"})
    assert note.status_code == 201
    assert program.get(path).json["notes"][0]["text"] == "sudah dicek"
    gone = program.call("DELETE", f"/notes/{note.json['id']}")
    assert gone.json["text"] == ""
    assert program.call("PUT", path + "/label", {"label": "complaint"}).json["label"] == "complaint"
    post = program.get(path).json["posts"][0]
    assert (post["label"], post["label_by"]) == ("complaint", "person")
    again = program.call("PUT", f"/posts/{post['id']}/label", {"label": "praise"})
    assert again.status_code == 204
    assert program.call("PUT", path + "/label", {"label": "nonsense"}).status_code == 404


def test_answer_goes_into_the_outbox_once_for_each_key(
    program: Program, services: Services, case: Conversation
) -> None:
    seen = newest_post(program, case)
    text = "Halo Kak, kami cek ya."
    first = program.send(case.id, text, seen)
    assert first.status_code == 202, first.text
    assert first.json["reply"]["user"]["id"] == program.user_id
    again = program.send(case.id, text, seen)
    assert again.json["reply"]["id"] == first.json["reply"]["id"]
    other = program.send(case.id, "Teks lain", seen)
    assert other.status_code == 422
    with services.database.read() as session:
        assert len(session.scalars(select(ReplyRow)).all()) == 1
    shown = program.get(f"/replies/{first.json['reply']['id']}").json
    assert shown["state"] == "sent"


def test_key_of_one_person_is_not_that_of_another(
    app: Flask, services: Services, program: Program, case: Conversation
) -> None:
    other = Program(app, services)
    seen = newest_post(program, case)
    text = "Halo Kak, kami cek ya."
    first = program.send(case.id, text, seen, key="the-same-key")
    assert first.status_code == 202, first.text
    with services.database.read() as session:
        seen = session.get_one(ReplyRow, first.json["reply"]["id"]).post_id or seen
    second = other.send(case.id, text, seen, key="the-same-key")
    assert second.status_code == 202, second.text
    assert second.json["reply"]["id"] != first.json["reply"]["id"]


def test_answer_to_a_thread_that_moved_on_is_stopped_and_told_what_is_new(
    program: Program, services: Services, case: Conversation
) -> None:
    seen = newest_post(program, case)
    with services.database.write() as session:
        make_post(session, session.get_one(Conversation, case.id), "masih mati!")
    stopped = program.send(case.id, "Halo Kak", seen)
    assert stopped.status_code == 409
    assert stopped.json["code"] == "stale_thread"
    assert [post["text"] for post in stopped.json["unseen"]] == ["masih mati!"]
    assert stopped.mimetype == "application/problem+json"


def test_answer_of_a_junior_waits_for_approval(
    app: Flask, services: Services, case: Conversation
) -> None:
    junior = Program(app, services, JUNIOR)
    held = junior.send(case.id, "Halo Kak, kami cek ya.", newest_post(junior, case))
    assert held.status_code == 202
    assert held.json["reply"] is None
    assert held.json["approval_id"] > 0


def test_answer_that_the_team_does_not_let_out_says_why(
    program: Program, case: Conversation
) -> None:
    text = "Kartu 4111 1111 1111 1111 Kak"
    refused = program.send(case.id, text, newest_post(program, case))
    assert refused.status_code == 422
    assert refused.json["code"] == "reply_refused"
    assert refused.json["findings"] == ["personal_card"]


def test_drafts_are_kept_for_the_person_and_never_overwritten_unseen(
    program: Program, case: Conversation
) -> None:
    path = f"/conversations/{case.id}/draft"
    empty = program.get(path).json
    kept = program.call("PUT", path, {"text": "Halo", "base": empty["base"]}).json
    assert program.call("PUT", path, {"text": "Hai", "base": kept["base"]}).json["text"] == "Hai"
    late = program.call("PUT", path, {"text": "Hei", "base": kept["base"]})
    assert (late.status_code, late.json["draft"]["text"]) == (409, "Hai")
    assert program.call("DELETE", path).status_code == 204
    assert program.get(path).json["text"] == ""


def test_text_is_checked_and_answers_are_suggested(program: Program, case: Conversation) -> None:
    path = f"/conversations/{case.id}"
    checked = program.call("POST", path + "/check", {"text": "NIK 3174012505900001 ya"}).json
    assert checked["limit"] > 0
    assert any(one["blocks"] for one in checked["findings"])
    assert program.get(path + "/suggestions").json["items"]


def test_merged_conversation_says_where_it_went(
    program: Program, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        session.add(MergedConversation(id=9_000, into_id=case.id))
    gone = program.get("/conversations/9000")
    assert (gone.status_code, gone.json["code"], gone.json["moved_to"]) == (404, "moved", case.id)


def test_nothing_of_another_persons_draft_or_note_is_reached(
    app: Flask, services: Services, program: Program, case: Conversation
) -> None:
    other = Program(app, services)
    path = f"/conversations/{case.id}"
    program.call("PUT", path + "/draft", {"text": "rahasia"})
    assert other.get(path + "/draft").json["text"] == ""
    note = program.call("POST", path + "/notes", {"text": "catatan"}).json
    assert other.call("DELETE", f"/notes/{note['id']}").status_code == 404


def test_owner_of_a_token_is_the_one_who_acts(
    app: Flask, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        budi = make_user(session, "Budi Santoso", language="en")
    program = Program(app, services, user_id=budi.id)
    claimed = program.call("POST", f"/conversations/{case.id}/claim").json
    assert claimed["assignee"]["name"] == "Budi Santoso"
    assert program.call("POST", f"/conversations/{case.id}/release").json["assignee"] is None
