"""The composer and the API keep everybody from writing to who asked not to be contacted."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from factories import make_post, make_user
from programs import Program
from tanggap.inbox.cases.author_cards import save_card
from tanggap.inbox.sending import approvals
from tanggap.inbox.sending.reply import Written
from tanggap.inbox.services import Services
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.replies import ReplyRow
from tanggap.store.users import JUNIOR, SUPERVISOR
from visitors import Visitor


@pytest.fixture
def wished(services: Services, case: Conversation) -> Conversation:
    """A case whose customer asked not to be contacted."""
    with services.database.write() as session:
        writer = make_user(session).id
        words = {"tier": "", "note": ""}
        save_card(session, case.author_id, writer, revision=1, do_not_contact=True, **words)
    return case


def answer(services: Services, **values: str) -> dict[str, object]:
    with services.database.read() as session:
        seen = session.scalar(select(func.max(Post.id)))
    return {"text": "kami cek ya kak", "visibility": "public", "seen_post_id": seen, **values}


def sent(services: Services) -> list[bool]:
    with services.database.read() as session:
        return list(session.scalars(select(ReplyRow.overrides_wish)))


def test_composer_is_closed_and_says_why_and_takes_a_reason_of_who_may_give_one(
    app: Flask, services: Services, agent: Visitor, wished: Conversation
) -> None:
    path = f"/inbox/{wished.id}"
    page = agent.get(path).text
    assert "Ask a supervisor, who may write to them with a reason." in page
    assert 'class="composer closed"' in page
    assert (
        agent.post(path + "/reply", answer(services, override_reason="alasan saya")).status_code
        == 422
    )
    supervisor = Visitor(app).sign_in(services, SUPERVISOR)
    assert 'name="override_reason" required' in supervisor.get(path).text
    refused = supervisor.post(path + "/reply", answer(services, override_reason="x"))
    assert refused.status_code == 422
    assert "Write down why you write nevertheless" in refused.text
    assert "kami cek ya kak" in refused.text
    assert sent(services) == []
    words = answer(services, override_reason="ia bertanya sendiri")
    assert supervisor.post(path + "/reply", words).status_code == 303
    assert sent(services) == [True]


def test_whoever_approves_is_asked_why(
    app: Flask, services: Services, wished: Conversation
) -> None:
    with services.database.write() as session:
        junior = make_user(session, role=JUNIOR).id
        seen = make_post(session, session.get_one(Conversation, wished.id), "kapan?").id
    row = approvals.submit(
        services,
        user_id=junior,
        conversation_id=wished.id,
        written=Written("sebentar ya kak", "public", seen),
    )
    supervisor = Visitor(app).sign_in(services, SUPERVISOR)
    assert f'id="override-{row.id}"' in supervisor.get(f"/inbox/{wished.id}").text
    path = f"/approvals/{row.id}/approve"
    supervisor.post(path)
    assert sent(services) == []
    supervisor.post(path, {"override_reason": "ia bertanya sendiri"})
    assert sent(services) == [True]


def test_programs_are_refused_in_the_shape_of_all_errors(
    app: Flask, services: Services, wished: Conversation
) -> None:
    program = Program(app, services)
    path = f"/conversations/{wished.id}/replies"
    head = {"Idempotency-Key": "kunci-wish-1"}
    refused = program.call("POST", path, answer(services), headers=head)
    assert (refused.status_code, refused.json["code"]) == (422, "reply_refused")
    assert refused.json["reason"] == "do_not_contact"
    supervisor = Program(app, services, SUPERVISOR)
    assert supervisor.call("POST", path, answer(services), headers=head).status_code == 422
    body = answer(services, override_reason="ia bertanya sendiri")
    assert supervisor.call("POST", path, body, headers=head).status_code == 202
    assert sent(services) == [True]
