"""Merging, splitting, asking another team and handing over, as pages."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from factories import make_account, make_author, make_conversation, make_post
from tanggap.inbox.services import Services
from tanggap.store.accounts import Account
from tanggap.store.consultations import Consultation
from tanggap.store.conversations import Conversation
from tanggap.store.joins import CaseJoin
from tanggap.store.posts import Author, Post
from tanggap.store.shift_notes import ShiftNote
from tanggap.store.users import AGENT, READ_ONLY, Team, TeamMember
from visitors import Visitor


@pytest.fixture
def colleague(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services, AGENT)


@pytest.fixture
def other(services: Services, case: Conversation) -> int:
    """Another case of the same customer."""
    with services.database.write() as session:
        made = make_conversation(
            session,
            session.get_one(Account, case.account_id),
            session.get_one(Author, case.author_id),
        )
        make_post(session, made, "dan tagihan saya salah")
        return made.id


def join_id(services: Services) -> int:
    with services.database.read() as session:
        return session.scalars(select(CaseJoin.id)).one()


def test_case_is_merged_from_its_page_and_the_timeline_undoes_it(
    agent: Visitor, services: Services, case: Conversation, other: int
) -> None:
    page = agent.get(f"/inbox/{case.id}/join").text
    assert "dan tagihan saya salah" in page
    form = {"revision": case.revision, "other": other}
    assert agent.post(f"/inbox/{case.id}/merge", form).status_code == 303
    assert agent.get(f"/inbox/{other}").headers["Location"].endswith(f"/inbox/{case.id}")
    merged = agent.get(f"/inbox/{case.id}").text
    assert f"merged case {other} into this one, 1 post" in merged
    assert agent.post(f"/joins/{join_id(services)}/undo").status_code == 303
    assert agent.get(f"/inbox/{other}").status_code == 200
    assert "undone by" in agent.get(f"/inbox/{case.id}").text


def test_ticked_posts_become_a_case_of_their_own(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        extra = make_post(session, session.get_one(Conversation, case.id), "oh ya, soal paket").id
    answer = agent.post(f"/inbox/{case.id}/split", {"revision": case.revision, "post": extra})
    assert answer.status_code == 303
    with services.database.read() as session:
        new = session.get_one(Post, extra).conversation_id
    assert answer.headers["Location"].endswith(f"/inbox/{new}")
    refused = agent.post(f"/inbox/{case.id}/split", {"revision": 99, "post": extra})
    assert refused.status_code == 409
    assert "colleague changed this" in refused.text


def test_somebody_elses_case_is_not_offered_and_not_taken(
    agent: Visitor, services: Services, case: Conversation, other: int
) -> None:
    with services.database.write() as session:
        session.get_one(Conversation, other).author_id = make_author(session).id
    assert "dan tagihan" not in agent.get(f"/inbox/{case.id}/join").text
    form = {"revision": case.revision, "other": other}
    assert agent.post(f"/inbox/{case.id}/merge", form).status_code == 409


def test_question_stands_in_the_teams_list_and_its_answer_in_the_case(
    agent: Visitor, colleague: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        team = session.scalars(select(Team.id).where(Team.key == "compliance")).one()
        session.add(TeamMember(team_id=team, user_id=colleague.user_id))
    form = {"team": team, "within": "4h", "question": "<b>Boleh</b> ganti rugi?"}
    assert agent.post(f"/inbox/{case.id}/consult", form).status_code == 303
    listed = colleague.get("/consultations").text
    assert "&lt;b&gt;Boleh&lt;/b&gt; ganti rugi?" in listed
    assert "No question waits" in agent.get("/consultations").text
    with services.database.read() as session:
        asked = session.scalars(select(Consultation.id)).one()
    answer = {"answer": "Boleh sampai 500 ribu", "from": "list"}
    assert colleague.post(f"/consultations/{asked}/answer", answer).status_code == 303
    assert "Boleh sampai 500 ribu" in agent.get(f"/inbox/{case.id}").text
    again = colleague.post(f"/consultations/{asked}/answer", answer)
    assert again.status_code == 409


def test_shift_note_is_on_top_until_it_is_confirmed(
    agent: Visitor, colleague: Visitor, services: Services, case: Conversation
) -> None:
    agent.post(f"/inbox/{case.id}/claim")
    assert "internet saya mati" in agent.get("/shift-notes").text
    form = {
        "to": f"person:{colleague.user_id}",
        "text": "hati-hati <i>ya</i>",
        "case": case.id,
        f"note-{case.id}": "janji telepon jam 5",
        "give": "on",
    }
    assert agent.post("/shift-notes", form).status_code == 303
    top = colleague.get("/inbox").text
    assert "hati-hati &lt;i&gt;ya&lt;/i&gt;" in top
    assert "janji telepon jam 5" in top
    with services.database.read() as session:
        note = session.scalars(select(ShiftNote.id)).one()
        assert session.get_one(Conversation, case.id).assignee_id == colleague.user_id
    assert agent.post(f"/shift-notes/{note}/confirm").status_code == 404
    assert colleague.post(f"/shift-notes/{note}/confirm").status_code == 303
    assert "hati-hati" not in colleague.get("/inbox").text
    assert "read by" in agent.get("/shift-notes").text


def test_shift_note_to_nobody_keeps_what_was_typed(agent: Visitor) -> None:
    refused = agent.post("/shift-notes", {"to": "", "text": "sudah saya tulis"})
    assert refused.status_code == 422
    assert "sudah saya tulis" in refused.text


def test_readers_may_not_merge_or_ask(app: Flask, services: Services, case: Conversation) -> None:
    reader = Visitor(app).sign_in(services, READ_ONLY)
    assert reader.get(f"/inbox/{case.id}/join").status_code == 403
    assert reader.post(f"/inbox/{case.id}/consult", {"question": "x"}).status_code == 403
    assert "Merge or split" not in reader.get(f"/inbox/{case.id}").text


def test_account_of_another_channel_has_no_case_to_merge(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        account = make_account(session, services, external_id="second")
        author = session.get_one(Author, case.author_id)
        make_post(session, make_conversation(session, account, author), "di halaman lain")
    assert "di halaman lain" not in agent.get(f"/inbox/{case.id}/join").text
