"""Signs and bold rows as browsers ask for them."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from factories import make_post
from tanggap.inbox.services import Services
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.users import AGENT
from visitors import Visitor


@pytest.fixture
def colleague(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services, AGENT)


def signs(visitor: Visitor, known: str = "") -> dict[str, Any]:
    answer = visitor.client.get(f"/live?since=0&signs={known}").json
    assert answer is not None
    return dict(answer)


def test_colleague_sees_at_once_who_types_and_that_the_tab_was_closed(
    agent: Visitor, colleague: Visitor, case: Conversation
) -> None:
    agent.post("/signs", {"tab": "t1", "open": case.id, "typing": "1"})
    seen = signs(colleague)

    (one,) = seen["signs"]
    assert (one["conversation"], one["name"], one["typing"]) == (case.id, "Ayu Lestari", True)
    assert "signs" not in signs(colleague, seen["signs_mark"])
    assert signs(agent)["signs"] == []
    agent.post("/signs", {"tab": "t1", "open": ""})
    assert signs(colleague)["signs"] == []


def test_row_is_bold_until_the_person_has_read_it(
    agent: Visitor, colleague: Visitor, services: Services, case: Conversation
) -> None:
    assert "is-unread" in agent.get("/inbox").text
    with services.database.read() as session:
        newest = session.scalars(select(Post.id)).one()
    agent.post("/signs", {"tab": "t1", "open": case.id, "seen": newest})
    assert "is-unread" not in agent.get("/inbox").text
    assert "is-unread" in colleague.get("/inbox").text
    with services.database.write() as session:
        make_post(session, session.get_one(Conversation, case.id), "masih mati")
    assert "is-unread" in agent.get(f"/inbox/rows?ids={case.id}").text


def test_opening_a_case_reads_what_one_was_told_of_it(
    agent: Visitor, colleague: Visitor, case: Conversation
) -> None:
    agent.post(f"/inbox/{case.id}/assign", {"assignee": colleague.user_id, "revision": 1})
    agent.post(f"/inbox/{case.id}/notes", {"note": "pelanggan menelepon"})
    assert signs(colleague)["unread"] == 1
    colleague.post("/signs", {"tab": "t1", "open": case.id, "seen": 1})
    assert signs(colleague)["unread"] == 0
