"""Hostile text in every place that shows text of strangers is shown inert."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy import select, update

from factories import make_post
from fakes import T0
from hostile import MARKS, ODD, XSS
from tanggap.inbox.sending.drafts import save_draft
from tanggap.inbox.services import Services
from tanggap.store.accounts import Account
from tanggap.store.approvals import Approval
from tanggap.store.conversations import Conversation
from tanggap.store.notes import Note
from tanggap.store.notifications import Notification
from tanggap.store.posts import Author, PostRevision
from tanggap.store.replies import ReplyRow
from tanggap.store.saved_views import SavedView
from tanggap.store.snoozes import Snooze
from tanggap.store.users import User
from visitors import Visitor


def spread(services: Services, case: Conversation, text: str) -> None:
    """Put a text wherever a stranger's text can stand."""
    with services.database.write() as session:
        session.execute(update(Author).values(name=text[:255], handle=text[:255]))
        session.execute(update(Account).values(name=text[:255], state_reason=text))
        session.execute(update(User).values(name=text[:255]))
        conversation = session.get_one(Conversation, case.id)
        conversation.tags = [text[:40]]
        parent = make_post(session, conversation, text, conversation_id=None)
        post = make_post(session, conversation, text, parent_id=parent.id, url=f"javascript:{text}")
        post.edited_at = T0
        post.attachments = [{"kind": "link", "url": "https://x.example/", "description": text}]
        session.add(PostRevision(post_id=post.id, revision=1, text=text))
        conversation.snippet = text[:160]
        user_id = session.scalars(select(User.id)).one()
        session.add(
            ReplyRow(
                conversation_id=case.id,
                in_reply_to_id=post.id,
                user_id=user_id,
                text=text,
                idempotency_key="k",
                state="failed",
                error=text,
            )
        )
        session.add_all(
            (
                Note(conversation_id=case.id, user_id=user_id, text=text),
                Snooze(conversation_id=case.id, user_id=user_id, words=text, woken_at=T0),
                SavedView(user_id=user_id, name=text[:80], query={"q": text[:80]}),
                Approval(conversation_id=case.id, user_id=user_id, text=text, seen_post_id=post.id),
                Notification(
                    conversation_id=case.id, user_id=user_id, kind="mention", text=text[:160]
                ),
            )
        )
        save_draft(
            session, conversation_id=case.id, user_id=user_id, text=text, seen_post_id=post.id
        )


def pages(agent: Visitor, case: Conversation) -> list[str]:
    paths = (
        f"/inbox/{case.id}",
        "/inbox",
        f"/inbox/rows?ids={case.id}",
        "/notifications",
        "/views",
        "/profile",
    )
    answers = [agent.get(path) for path in paths]
    assert [answer.status_code for answer in answers] == [200] * len(paths)
    return [answer.text for answer in answers]


@pytest.mark.parametrize("text", XSS)
def test_markup_of_strangers_is_shown_as_text(
    agent: Visitor, services: Services, case: Conversation, text: str
) -> None:
    spread(services, case, text)
    for page in pages(agent, case):
        assert text not in page
        assert "<img" not in page
        assert "<iframe" not in page
        assert "javascript:" not in page.replace("&lt;a href=javascript:", "")


@pytest.mark.parametrize("text", MARKS)
def test_template_syntax_of_strangers_is_shown_as_text(
    agent: Visitor, services: Services, case: Conversation, text: str
) -> None:
    spread(services, case, text)
    for page in pages(agent, case)[:3]:
        assert str(escape(text)) in page


@pytest.mark.parametrize("text", ODD)
def test_odd_characters_and_endless_texts_are_shown(
    agent: Visitor, services: Services, case: Conversation, text: str
) -> None:
    spread(services, case, text)
    assert pages(agent, case)


class Unprotected(HTMLParser):
    """Find a text where its direction would reach its neighbours."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.open: list[tuple[str, bool]] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"input", "link", "meta", "br", "use"}:
            self.open.append((tag, tag in {"bdi", "title"} or ("dir", "auto") in attrs))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.text in data and not any(safe for _, safe in self.open):
            self.found.append(" ".join(tag for tag, _ in self.open[-3:]))


def test_text_of_strangers_cannot_turn_the_direction_of_its_neighbours(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    text = "\u202eevil"
    with services.database.write() as session:
        staff = session.scalars(select(User.name)).all()
    spread(services, case, text)
    with services.database.write() as session:
        session.execute(update(User).values(name=staff[0]))
    for page in pages(agent, case)[:3]:
        reader = Unprotected(text)
        reader.feed(page)
        assert not reader.found


@pytest.mark.parametrize("text", [*XSS, *MARKS])
def test_search_text_is_shown_inert(app: Flask, agent: Visitor, text: str) -> None:
    answer = agent.client.get("/inbox", query_string={"q": text, "channel": text[:60]})
    assert answer.status_code == 200
    assert text not in answer.text or text == escape(text)
