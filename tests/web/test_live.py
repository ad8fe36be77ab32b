"""The feed that browsers poll."""

from __future__ import annotations

from flask import Flask

from tanggap.inbox.services import Services
from tanggap.store.conversations import Conversation
from visitors import Visitor


def test_change_of_a_colleague_is_told_with_its_conversation(
    app: Flask, agent: Visitor, services: Services, case: Conversation
) -> None:
    before = agent.get("/live?since=0").json
    Visitor(app).sign_in(services).post(f"/inbox/{case.id}/claim")
    feed = agent.get("/live?since=0").json
    assert before is not None
    assert feed is not None
    assert [conversation for _, conversation in feed["changes"]] == [case.id]
    assert feed["reload"] is False


def test_cursor_that_is_none_means_the_beginning(agent: Visitor) -> None:
    for since in ("", "x", "-1", "9" * 30):
        assert agent.get(f"/live?since={since}").status_code == 200


def test_stranger_learns_nothing(app: Flask) -> None:
    answer = app.test_client().get("/live", headers={"Accept": "application/json"})
    assert answer.status_code == 401
