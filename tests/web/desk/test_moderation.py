"""Buttons on posts: what is offered, pressed and shown."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from fakes import FakePlatform
from tanggap.inbox.services import Services
from tanggap.sdk.errors import Rejected
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.users import SUPERVISOR
from visitors import Visitor


@pytest.fixture
def post(services: Services, case: Conversation) -> Post:
    with services.database.read() as session:
        return session.scalars(select(Post)).one()


def place(case: Conversation, post: Post, to: str) -> str:
    return f"/inbox/{case.id}/posts/{post.id}/{to}"


def test_menu_offers_what_the_person_and_the_platform_may(
    agent: Visitor, case: Conversation, post: Post, platform: FakePlatform
) -> None:
    platform.forbidden = {"like"}
    page = agent.get(place(case, post, "actions")).text
    assert re.findall(r'name="action" value="(\w+)"', page) == ["hide"]


def test_supervisor_deletes_after_a_second_look(
    app: Flask, services: Services, case: Conversation, post: Post, platform: FakePlatform
) -> None:
    boss = Visitor(app).sign_in(services, SUPERVISOR)
    page = boss.get(place(case, post, "actions")).text
    assert page.index("<summary") < page.index('value="delete"')
    assert boss.post(place(case, post, "moderate"), {"action": "delete"}).status_code == 303
    assert platform.acted == [("delete", post.external_id)]
    assert "deleted on the platform" in boss.get(f"/inbox/{case.id}").text


def test_hidden_post_says_so(
    agent: Visitor, case: Conversation, post: Post, platform: FakePlatform
) -> None:
    agent.post(place(case, post, "moderate"), {"action": "hide"})
    page = agent.get(f"/inbox/{case.id}").text
    assert "hidden on the platform" in page
    assert 'value="show"' in agent.get(place(case, post, "actions")).text


def test_refusal_stands_at_the_post(
    agent: Visitor, case: Conversation, post: Post, platform: FakePlatform
) -> None:
    platform.action_faults = [Rejected("only its <author> may")]
    agent.post(place(case, post, "moderate"), {"action": "hide"})
    page = agent.get(f"/inbox/{case.id}").text
    assert "Hide did not work" in page
    assert "only its &lt;author&gt; may" in page


@pytest.mark.parametrize("action", ["", "explode", "show"])
def test_nonsense_changes_nothing(
    agent: Visitor, case: Conversation, post: Post, platform: FakePlatform, action: str
) -> None:
    assert agent.post(place(case, post, "moderate"), {"action": action}).status_code in (303, 404)
    assert platform.acted == []


def test_post_of_another_conversation_is_not_found(
    agent: Visitor, case: Conversation, post: Post
) -> None:
    assert agent.get(f"/inbox/{case.id + 1}/posts/{post.id}/actions").status_code == 404


def test_agent_who_tries_to_delete_is_refused(
    agent: Visitor, case: Conversation, post: Post, platform: FakePlatform
) -> None:
    refused = agent.post(place(case, post, "moderate"), {"action": "delete"})
    assert refused.status_code == 403
    assert platform.acted == []
