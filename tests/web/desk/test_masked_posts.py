"""Personal data in public posts: masked everywhere, revealed by right and with a trace."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from factories import make_post
from tanggap.inbox.services import Services
from tanggap.store.audit import AuditEntry
from tanggap.store.conversations import Conversation
from tanggap.store.notifications import Notification
from tanggap.store.posts import Post, PostRevision
from tanggap.store.users import JUNIOR
from visitors import Visitor

PHONE = "0812-3456-7890"
NIK = "3171011708900002"
SQLITE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


@pytest.fixture
def post(services: Services, case: Conversation, agent: Visitor) -> Post:
    with services.database.write() as session:
        row = session.get_one(Conversation, case.id)
        made = make_post(session, row, f"tolong hubungi {PHONE}, NIK {NIK}")
        session.add(PostRevision(post_id=made.id, revision=1, text=f"dulu {PHONE}"))
        made.revision, made.edited_at = 2, made.posted_at
        session.add(
            Notification(
                user_id=agent.user_id, kind="rule", conversation_id=case.id, text=made.text
            )
        )
        return made


def test_personal_data_is_masked_wherever_posts_are_shown(
    agent: Visitor, case: Conversation, post: Post
) -> None:
    paths = (
        f"/inbox/{case.id}",
        "/inbox",
        "/inbox?q=hubungi",
        f"/inbox?q={PHONE}",
        f"/inbox?q={NIK}",
        f"/inbox/rows?ids={case.id}",
        "/notifications",
        f"/inbox/{case.id}/posts/{post.id}/actions",
        f"/inbox/{case.id}/posts/{post.id}/why",
        "/bulk",
    )
    for path in paths:
        page = re.sub(r'<[^>]*(?:name="q"|[?&;]q=|data-query)[^>]*>', "", agent.get(path).text)
        assert PHONE not in page, path
        assert NIK not in page, path
    assert "••••-••••-••90" in agent.get(f"/inbox/{case.id}").text
    assert "Personal data in public" in agent.get("/inbox").text


def test_search_by_the_whole_number_finds_the_case(
    agent: Visitor, case: Conversation, post: Post
) -> None:
    assert f'id="row-{case.id}"' in agent.get(f"/inbox?q={NIK}").text


def test_reveal_shows_the_post_and_is_logged(
    agent: Visitor, services: Services, case: Conversation, post: Post
) -> None:
    assert PHONE in agent.post(f"/inbox/{case.id}/posts/{post.id}/reveal").text
    with services.database.read() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "post.revealed")
        ).one()
    assert (entry.object_id, entry.user_id) == (str(post.id), agent.user_id)
    assert PHONE not in str(entry.detail)


@SQLITE
def test_reveal_is_a_right_and_ends_at_the_case(
    app: Flask, agent: Visitor, services: Services, case: Conversation, post: Post
) -> None:
    junior = Visitor(app).sign_in(services, JUNIOR)
    assert junior.post(f"/inbox/{case.id}/posts/{post.id}/reveal").status_code == 403
    assert "reveal" not in junior.get(f"/inbox/{case.id}").text
    assert agent.post(f"/inbox/{case.id + 1}/posts/{post.id}/reveal").status_code == 404
    assert agent.post(f"/inbox/{case.id}/posts/{post.id + 1}/reveal").status_code == 404


@SQLITE
def test_private_messages_are_read_as_they_are(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        row = session.get_one(Conversation, case.id)
        make_post(session, row, f"ini nomor saya {PHONE}", visibility="private", kind="message")
    assert PHONE in agent.get(f"/inbox/{case.id}").text


@SQLITE
def test_post_with_personal_data_is_hidden_with_one_click(
    agent: Visitor, case: Conversation, post: Post
) -> None:
    page = agent.get(f"/inbox/{case.id}").text
    address = f"/inbox/{case.id}/posts/{post.id}/moderate"
    assert address in page
    agent.post(address, {"action": "hide"})
    assert "hidden on the platform" in agent.get(f"/inbox/{case.id}").text
