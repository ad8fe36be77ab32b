"""Practice and coaching over their pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from factories import make_post, make_user
from fakes import FakePlatform
from tanggap.inbox.services import Services
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Correction, Post, VerdictRow
from tanggap.store.practice import PracticeAnswer
from tanggap.store.replies import Draft, ReplyRow
from tanggap.store.users import AGENT, COMPLIANCE, SUPERVISOR
from visitors import Visitor


@pytest.fixture
def past(services: Services, case: Conversation) -> int:
    """The case was answered and is resolved; gives the number of its post."""
    with services.database.write() as session:
        row = session.get_one(Conversation, case.id)
        row.state, row.resolved_at, row.first_answered_at = "resolved", utcnow(), utcnow()
        post = session.scalars(select(Post)).one()
        make_post(
            session,
            row,
            "Kami bantu cek ya Kak.",
            from_us=True,
            posted_at=post.posted_at + timedelta(minutes=5),
        )
        session.add(
            VerdictRow(
                post_id=post.id,
                revision=1,
                label="complaint",
                confidence=0.9,
                certain=True,
                probabilities={},
                language="id",
                model_version="1",
            )
        )
        return post.id


def form(**values: str) -> dict[str, str]:
    return {"label": "question", "team": "none", "text": "Baik, kirim nomor KTP"} | values


def test_a_post_is_drawn_tried_and_compared(
    agent: Visitor, services: Services, past: int, platform: FakePlatform
) -> None:
    drawn = agent.get("/practice/next?focus=complaint")
    assert drawn.headers["Location"] == f"/practice/{past}?focus=complaint"
    page = agent.get(f"/practice/{past}").text
    assert "internet saya mati" in page
    assert "Kami bantu cek" not in page
    told = agent.post(f"/practice/{past}", form())
    assert told.status_code == 303
    page = agent.get(f"/practice/{past}").text
    for words in ("expected:", "Complaint", "Kami bantu cek ya Kak.", "nobody has checked it"):
        assert words in page
    assert 'class="finding error"' in page
    assert agent.get("/practice/next").headers["Location"] == "/practice"
    assert not platform.sent
    with services.database.read() as session:
        for table in (Draft, ReplyRow, Correction):
            assert session.scalar(select(func.count()).select_from(table)) == 0


@pytest.mark.parametrize(
    "values", [{"label": ""}, {"team": ""}, {"team": "x"}, {"text": " "}, {"text": "a" * 5_001}]
)
def test_what_is_not_whole_is_asked_again_with_the_text_kept(
    agent: Visitor, services: Services, past: int, values: dict[str, str]
) -> None:
    told = agent.post(f"/practice/{past}", form(**values))
    assert told.status_code == 422
    assert ("Baik, kirim" in told.text) == ("text" not in values)
    with services.database.read() as session:
        assert session.scalar(select(func.count(PracticeAnswer.id))) == 0


def test_a_team_that_is_gone_is_not_found(agent: Visitor, past: int) -> None:
    assert agent.post(f"/practice/{past}", form(team="98765")).status_code == 404
    assert agent.get("/practice/98765").status_code == 404


def test_an_open_case_is_no_practice(agent: Visitor, services: Services, past: int) -> None:
    with services.database.write() as session:
        case = session.scalars(select(Conversation)).one()
        case.first_answered_at = case.resolved_at = None
    assert agent.get(f"/practice/{past}").headers["Location"] == "/practice"
    assert agent.post(f"/practice/{past}", form()).headers["Location"] == "/practice"


def test_a_person_sees_their_own_page_and_nobody_else_s(
    app: Flask, agent: Visitor, services: Services, past: int
) -> None:
    agent.post(f"/practice/{past}", form())
    page = agent.get("/coaching/mine").text
    assert "too few" in page
    assert "0%" not in page
    other = Visitor(app).sign_in(services, AGENT)
    assert other.get(f"/coaching/{agent.user_id}").status_code == 403
    assert other.get("/coaching").status_code == 403
    auditor = Visitor(app).sign_in(services, COMPLIANCE)
    assert auditor.get(f"/coaching/{agent.user_id}").status_code == 403


def test_those_who_coach_see_people_by_name_without_shares(app: Flask, services: Services) -> None:
    supervisor = Visitor(app).sign_in(services, SUPERVISOR)
    with services.database.write() as session:
        for name in ("Zaki", "bambang", "Citra"):
            id_ = make_user(session, name).id
    page = supervisor.get("/coaching").text
    places = [page.index(f"<bdi>{name}</bdi>") for name in ("bambang", "Citra", "Zaki")]
    assert places == sorted(places)
    assert "%" not in page[places[0] : places[-1]]
    assert supervisor.get(f"/coaching/{id_}?days=30").status_code == 200
    assert supervisor.get("/coaching/98765").status_code == 404
