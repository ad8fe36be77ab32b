"""The seconds in which an answer can be called off, as pages show them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from fakes import FakePlatform
from tanggap.app import create_app
from tanggap.inbox.sending import outbox
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.replies import ReplyRow
from tanggap.store.users import AGENT
from visitors import Visitor


@pytest.fixture
def app(services: Services) -> Flask:
    """The application with ten seconds to change one's mind."""
    patient = replace(services, settings=replace(services.settings, undo_seconds=10))
    queue = open_queue(patient.settings, patient.keys, immediate=True)
    return create_app(tasks=Tasks(patient, queue))


@pytest.fixture
def sent(agent: Visitor, services: Services, case: Conversation) -> ReplyRow:
    with services.database.read() as session:
        seen = session.scalars(select(Post.id)).one()
    values = {"text": "kami cek ya", "seen_post_id": seen, "key": "k1"}
    assert agent.post(f"/inbox/{case.id}/reply", values).status_code == 303
    with services.database.read() as session:
        return session.scalars(select(ReplyRow)).one()


def test_answer_waits_with_a_button_by_key(
    agent: Visitor, platform: FakePlatform, case: Conversation, sent: ReplyRow
) -> None:
    page = agent.get(f"/inbox/{case.id}").text
    assert f'formaction="/replies/{sent.id}/undo"' in page
    assert 'data-key="z"' in page
    assert re.search(r'data-left="([1-9]|10)"', page)
    assert platform.sent == []


def test_undone_text_stands_in_the_composer_again(
    agent: Visitor, case: Conversation, sent: ReplyRow
) -> None:
    answer = agent.post(f"/replies/{sent.id}/undo")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/inbox/{case.id}")
    page = agent.get(f"/inbox/{case.id}").text
    assert ">kami cek ya</textarea>" in page
    assert "Waiting to be sent" not in page
    assert f"/replies/{sent.id}/undo" not in page


def test_second_undo_and_undo_of_a_colleagues_answer_are_refused(
    app: Flask, agent: Visitor, services: Services, sent: ReplyRow
) -> None:
    colleague = Visitor(app).sign_in(services, AGENT)
    assert colleague.post(f"/replies/{sent.id}/undo").status_code == 404
    assert agent.post(f"/replies/{sent.id}/undo").status_code == 303
    refused = agent.post(f"/replies/{sent.id}/undo")
    assert refused.status_code == 409
    assert "cannot be called off" in refused.text


def test_closed_browser_neither_hinders_nor_doubles_the_sending(
    services: Services, platform: FakePlatform, sent: ReplyRow
) -> None:
    outbox.work_on(services, sent.id)
    assert platform.sent == []
    with services.database.write() as session:
        row = session.get_one(ReplyRow, sent.id)
        row.next_try_at = row.created_at
    for _ in range(2):
        outbox.work_on(services, sent.id)
    assert len(platform.sent) == 1


def test_two_windows_with_different_drafts_are_told(
    agent: Visitor, case: Conversation, sent: ReplyRow
) -> None:
    path = f"/inbox/{case.id}/draft"
    first = agent.post(path, {"text": "dari laptop", "base": ""})
    assert first.status_code == 200
    refused = agent.post(path, {"text": "dari ponsel", "base": "x"})
    assert refused.status_code == 409
    assert refused.json is not None
    assert refused.json["text"] == "dari laptop"
    own = {"text": "dari laptop lagi", "base": "x", "on_the_way": ["dari", "dari laptop"]}
    assert agent.post(path, own).status_code == 200
    agent.post(path, {"text": "dari ponsel", "base": "x", "closing": "1"})
    assert "dari laptop lagi\n\ndari ponsel</textarea>" in agent.get(f"/inbox/{case.id}").text
