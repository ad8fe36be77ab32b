"""The composer: counting, drafts, sending, and what stands against it."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from factories import make_post
from fakes import FakePlatform
from tanggap.inbox.services import Services
from tanggap.sdk.errors import Rejected
from tanggap.store.accounts import NEEDS_RECONNECT, Account
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.replies import Draft, ReplyRow
from tanggap.store.users import AGENT, User
from visitors import Visitor


@pytest.fixture
def seen(services: Services, case: Conversation) -> int:
    with services.database.read() as session:
        return session.scalars(select(Post.id)).one()


def send(agent: Visitor, case: Conversation, seen: int, text: str, key: str = "k1") -> TestResponse:
    return agent.post(f"/inbox/{case.id}/reply", {"text": text, "seen_post_id": seen, "key": key})


def replies(services: Services) -> list[ReplyRow]:
    with services.database.read() as session:
        return list(session.scalars(select(ReplyRow)))


def drafts(services: Services) -> list[str]:
    with services.database.read() as session:
        return list(session.scalars(select(Draft.text)))


def test_counter_counts_as_the_channel_does_with_initials(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.read() as session:
        initials = session.get_one(User, agent.user_id).initials
    answer = agent.post(f"/inbox/{case.id}/measure", {"text": "kami cek"}).json
    assert answer is not None
    assert answer["limit"] == 40
    assert answer["text"].endswith(f"^{initials}")
    assert answer["length"] == len(answer["text"])


def test_answer_arrives_on_the_platform(
    agent: Visitor, services: Services, platform: FakePlatform, case: Conversation, seen: int
) -> None:
    answer = send(agent, case, seen, "kami cek ya")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/inbox/{case.id}")
    assert platform.sent[0].text.startswith("kami cek ya")
    assert [reply.state for reply in replies(services)] == ["sent"]
    assert "kami cek ya" in agent.get(f"/inbox/{case.id}").text


def test_same_form_sent_twice_sends_one_answer(
    agent: Visitor, platform: FakePlatform, case: Conversation, seen: int
) -> None:
    for _ in range(2):
        send(agent, case, seen, "kami cek ya")
    assert len(platform.sent) == 1


def test_draft_is_kept_found_again_and_dropped_once_sent(
    agent: Visitor, services: Services, case: Conversation, seen: int
) -> None:
    values = {"text": "kami sedang", "seen_post_id": seen}
    assert agent.post(f"/inbox/{case.id}/draft", values).status_code == 200
    assert ">kami sedang</textarea>" in agent.get(f"/inbox/{case.id}").text
    send(agent, case, seen, "kami sedang cek")
    assert drafts(services) == []


def test_emptied_draft_is_dropped(
    agent: Visitor, services: Services, case: Conversation, seen: int
) -> None:
    agent.post(f"/inbox/{case.id}/draft", {"text": "x", "seen_post_id": seen})
    agent.post(f"/inbox/{case.id}/draft", {"text": " ", "seen_post_id": seen})
    assert drafts(services) == []


@pytest.mark.parametrize("made_up", [987_654, -1, 2**70])
def test_text_that_says_it_saw_a_post_that_is_not_there_is_kept(
    agent: Visitor, services: Services, case: Conversation, made_up: int
) -> None:
    values = {"text": "kami sedang", "seen_post_id": made_up}
    assert agent.post(f"/inbox/{case.id}/draft", values).status_code == 200
    assert drafts(services) == ["kami sedang"]
    assert send(agent, case, made_up, "kami sedang cek").status_code in (303, 409)


def test_draft_of_an_unknown_conversation_is_not_found(agent: Visitor) -> None:
    assert agent.post("/inbox/999/draft", {"text": "x"}).status_code == 404


def test_stale_draft_is_marked(
    agent: Visitor, services: Services, case: Conversation, seen: int
) -> None:
    agent.post(f"/inbox/{case.id}/draft", {"text": "x", "seen_post_id": seen})
    with services.database.write() as session:
        make_post(session, session.get_one(Conversation, case.id), "sudah nyala")
    assert "since you wrote this draft" in agent.get(f"/inbox/{case.id}").text


def test_answer_to_a_thread_that_moved_on_is_stopped_with_what_is_new(
    agent: Visitor, services: Services, platform: FakePlatform, case: Conversation, seen: int
) -> None:
    with services.database.write() as session:
        newest = make_post(session, session.get_one(Conversation, case.id), "sudah nyala kok")
    answer = send(agent, case, seen, "coba restart")
    assert answer.status_code == 409
    for said in ("has moved on", "sudah nyala kok</blockquote>", ">coba restart</textarea>"):
        assert said in answer.text, said
    assert f'name="seen_post_id" value="{newest.id}"' in answer.text
    assert platform.sent == []
    assert drafts(services) == ["coba restart"]
    assert send(agent, case, newest.id, "syukurlah").status_code == 303


def test_colleagues_answer_on_its_way_is_shown(
    app: Flask, agent: Visitor, services: Services, case: Conversation, seen: int
) -> None:
    budi = Visitor(app).sign_in(services, AGENT)
    with services.database.write() as session:
        session.add(
            ReplyRow(
                conversation_id=case.id,
                in_reply_to_id=seen,
                user_id=budi.user_id,
                text="ini jawaban rekan",
                idempotency_key="his",
            )
        )
    answer = send(agent, case, seen, "coba restart")
    assert answer.status_code == 409
    assert "ini jawaban rekan</blockquote>" in answer.text


@pytest.mark.parametrize(
    ("text", "said"), [("  ", "The reply is empty"), ("x" * 50, "too long for this channel")]
)
def test_unfit_answer_is_refused_and_kept(
    agent: Visitor, case: Conversation, seen: int, text: str, said: str
) -> None:
    answer = send(agent, case, seen, text)
    assert answer.status_code == 422
    assert said in answer.text
    assert f"{text}</textarea>" in answer.text


def test_script_gets_the_composer_alone(agent: Visitor, case: Conversation, seen: int) -> None:
    agent.client.environ_base["HTTP_HX_REQUEST"] = "true"
    answer = send(agent, case, seen, "kami cek ya")
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<form class="composer')
    assert answer.headers["HX-Trigger"] == "conversation-changed"


def test_composer_is_closed_with_the_reason_while_the_account_needs_reconnecting(
    agent: Visitor, services: Services, case: Conversation, seen: int
) -> None:
    with services.database.write() as session:
        session.execute(update(Account).values(state=NEEDS_RECONNECT, state_reason="expired"))
    page = agent.get(f"/inbox/{case.id}").text
    assert "The account has lost its connection" in page
    assert "disabled>" in page.split('id="send"')[1][:30]
    assert send(agent, case, seen, "halo").status_code == 422


def test_composer_is_closed_where_nothing_can_answer(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    services.registry.channels.clear()
    assert "No installed plugin can answer" in agent.get(f"/inbox/{case.id}").text


def test_composer_is_closed_once_the_post_is_deleted(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        session.execute(update(Post).values(deleted_at=utcnow()))
    assert "The customer deleted the post" in agent.get(f"/inbox/{case.id}").text


def test_failed_answer_is_sent_again_by_its_button(
    agent: Visitor, services: Services, platform: FakePlatform, case: Conversation, seen: int
) -> None:
    platform.faults.append(Rejected("Duplicate content", code="403"))
    send(agent, case, seen, "kami cek ya")
    (failed,) = replies(services)
    assert failed.state == "failed"
    assert agent.post(f"/replies/{failed.id}/retry").status_code == 303
    assert [reply.state for reply in replies(services)] == ["sent"]
    answer = agent.post(f"/replies/{failed.id}/retry")
    assert answer.status_code == 409
    assert agent.post("/replies/999/retry").status_code == 404
