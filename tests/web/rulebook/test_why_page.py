"""Why a post is where it is: rules with what they saw, and what people changed since."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask

from factories import make_account, make_app, make_conversation, make_post
from tanggap.inbox.services import Services
from tanggap.inbox.triage.triage import triage_pending
from tanggap.store.conversations import Conversation
from tanggap.store.posts import TRIAGE_PENDING
from tanggap.store.users import AGENT, SUPERVISOR
from visitors import Visitor


@pytest.fixture
def post(services: Services) -> tuple[int, int]:
    """A complaint that went through the default rules: its conversation and its post."""
    with services.database.write() as session:
        make_app(services, session)
        conversation = make_conversation(session, make_account(session, services))
        found = make_post(session, conversation, "paket saya rusak", triage=TRIAGE_PENDING)
        ids = conversation.id, found.id
    triage_pending(services)
    return ids


def address(post: tuple[int, int]) -> str:
    return f"/inbox/{post[0]}/posts/{post[1]}/why"


def shown(visitor: Visitor, post: tuple[int, int]) -> str:
    return html.unescape(visitor.get(address(post)).text)


def test_every_rule_is_shown_with_what_it_saw_and_did(
    app: Flask, services: Services, post: tuple[int, int]
) -> None:
    page = shown(Visitor(app).sign_in(services, SUPERVISOR), post)
    assert "Tags a regulator or authority" in page
    assert "Complaint by a verified or widely followed account" in page
    assert "team: Customer care" in page
    assert "author's followers" in page
    assert "/admin/rules/rule/complaint/history#version-1" in page


def test_an_agent_sees_why_and_the_rule_without_a_way_to_change_it(
    app: Flask, services: Services, post: tuple[int, int]
) -> None:
    agent = Visitor(app).sign_in(services, AGENT)
    page = shown(agent, post)
    assert "team: Customer care" in page
    panel = page.split("why-all")[1]
    assert "/history#version-1" in panel
    assert not re.search(r'"/admin/rules/rule/[\w-]+"', panel)
    assert address(post) in agent.get(f"/inbox/{post[0]}").text


def test_a_script_gets_the_panel_alone(
    app: Flask, services: Services, post: tuple[int, int]
) -> None:
    agent = Visitor(app).sign_in(services, AGENT)
    answer = agent.client.get(address(post), headers={"HX-Request": "true"})
    assert answer.text.lstrip().startswith('<div class="why-all">')


def test_what_people_changed_since_is_told(
    app: Flask, services: Services, post: tuple[int, int]
) -> None:
    agent = Visitor(app).sign_in(services, AGENT)
    agent.post(f"/inbox/{post[0]}/claim")
    agent.post(f"/inbox/{post[0]}/label", {"label": "question"})
    with services.database.read() as session:
        revision = session.get_one(Conversation, post[0]).revision
    agent.post(f"/inbox/{post[0]}/state", {"state": "resolved", "revision": str(revision)})
    page = shown(agent, post)
    assert "Ayu Lestari took the case" in page.replace("</bdi>", "").replace("<bdi>", "")
    assert "set the label Question" in page
    assert "set the state Resolved" in page


def test_a_post_of_another_conversation_is_not_found(
    app: Flask, services: Services, post: tuple[int, int]
) -> None:
    agent = Visitor(app).sign_in(services, AGENT)
    assert agent.get(f"/inbox/{post[0]}/posts/{post[1] + 99}/why").status_code == 404
    assert agent.get(f"/inbox/{post[0] + 99}/posts/{post[1]}/why").status_code == 404
