"""Notes in the thread, and the bell with what stands behind it."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from factories import make_post
from queries import counted
from tanggap.inbox.services import Services
from tanggap.inbox.teamwork.notes import notes_of
from tanggap.store.conversations import Conversation
from tanggap.store.notifications import Notification
from tanggap.store.users import AGENT, User
from visitors import Visitor


@pytest.fixture
def colleague(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services, AGENT)


def initials(services: Services, visitor: Visitor) -> str:
    with services.database.read() as session:
        return session.get_one(User, visitor.user_id).initials


def test_note_stands_in_the_thread_apart_from_what_customers_see(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    answer = agent.post(f"/inbox/{case.id}/notes", {"note": "cek <b>rekening</b> dulu"})
    assert answer.status_code == 303
    with services.database.write() as session:
        make_post(session, session.get_one(Conversation, case.id), "masih mati")
    page = agent.get(f"/inbox/{case.id}").text
    assert "the customer does not see it" in page
    assert "cek &lt;b&gt;rekening&lt;/b&gt; dulu" in page
    assert 'class="post note"' in page


def test_script_gets_the_empty_box_or_the_note_with_its_problem(
    agent: Visitor, case: Conversation
) -> None:
    path = f"/inbox/{case.id}/notes"
    token = agent.get("/profile").text.split('name="csrf_token" value="')[1].split('"')[0]
    headers = {"HX-Request": "true", "X-CSRFToken": token}
    done = agent.client.post(path, data={"note": "halo"}, headers=headers)
    assert (done.status_code, done.headers["HX-Trigger"]) == (200, "conversation-changed")
    assert "></textarea>" in done.text
    refused = agent.client.post(path, data={"note": " "}, headers=headers)
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text


def test_own_note_has_a_button_to_remove_it_and_a_colleagues_has_not(
    agent: Visitor, colleague: Visitor, case: Conversation
) -> None:
    agent.post(f"/inbox/{case.id}/notes", {"note": "salah tulis"})
    assert "/notes/1/remove" not in colleague.get(f"/inbox/{case.id}").text
    assert colleague.post("/notes/1/remove").status_code == 404
    assert agent.post("/notes/1/remove").status_code == 303
    page = agent.get(f"/inbox/{case.id}").text
    assert "This note was removed" in page
    assert "salah tulis" not in page


def test_mentioned_colleague_hears_of_it_and_the_line_leads_there(
    agent: Visitor, colleague: Visitor, services: Services, case: Conversation
) -> None:
    called = initials(services, colleague)
    agent.post(f"/inbox/{case.id}/notes", {"note": f"tolong lihat @{called}"})
    live = colleague.client.get("/live?since=0").json
    assert live is not None
    assert live["unread"] == 1
    page = colleague.get("/notifications").text
    assert "Ayu Lestari mentions you" in page
    assert "is-unread" in page
    with services.database.read() as session:
        line = session.scalars(select(Notification.id)).one()
    assert agent.get(f"/notifications/{line}").status_code == 404
    led = colleague.get(f"/notifications/{line}")
    assert led.headers["Location"].startswith(f"/inbox/{case.id}")
    assert "is-unread" not in colleague.get("/notifications").text


def test_everything_is_marked_read_at_once(
    agent: Visitor, colleague: Visitor, services: Services, case: Conversation
) -> None:
    called = initials(services, colleague)
    for number in range(3):
        agent.post(f"/inbox/{case.id}/notes", {"note": f"{number} @{called}"})
    assert (
        '<span class="bell-count" id="bell-count" role="status">3<'
        in colleague.get("/notifications").text
    )
    colleague.post("/notifications/read")
    assert "is-unread" not in colleague.get("/notifications").text


def test_page_of_notifications_teaches_when_it_is_empty(agent: Visitor) -> None:
    assert "Nobody has called you yet" in agent.get("/notifications").text


def test_notifications_take_the_same_queries_however_many_there_are(
    agent: Visitor, colleague: Visitor, services: Services, case: Conversation
) -> None:
    called = initials(services, colleague)
    counts = []
    for _ in range(2):
        for number in range(3):
            agent.post(f"/inbox/{case.id}/notes", {"note": f"{number} @{called}"})
        with counted(services.database) as statements:
            colleague.get("/notifications")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_notes_cost_one_query_however_many_there_are(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    for _ in range(3):
        agent.post(f"/inbox/{case.id}/notes", {"note": "halo"})
    with services.database.read() as session, counted(services.database) as statements:
        assert len(notes_of(session, case.id)) == 3
    assert len(statements) == 1


def test_begun_note_is_kept_for_its_writer_until_it_is_saved(
    agent: Visitor, colleague: Visitor, case: Conversation
) -> None:
    path = f"/inbox/{case.id}/note-draft"
    assert agent.post(path, {"note": "belum <b>selesai</b>"}).status_code == 204
    assert agent.post(path, {"note": "belum <b>selesai</b> juga"}).status_code == 204
    assert "belum &lt;b&gt;selesai&lt;/b&gt; juga</textarea>" in agent.get(f"/inbox/{case.id}").text
    assert "belum" not in colleague.get(f"/inbox/{case.id}").text
    agent.post(f"/inbox/{case.id}/notes", {"note": "sudah selesai"})
    assert "belum" not in agent.get(f"/inbox/{case.id}").text


def test_draft_of_a_note_in_no_case_is_not_kept(agent: Visitor) -> None:
    assert agent.post("/inbox/999999/note-draft", {"note": "x"}).status_code == 404
