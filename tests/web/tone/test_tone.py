"""Tone in the composer: findings while one types, what stops the sending, suggested answers."""

from __future__ import annotations

import html

import pytest
from sqlalchemy import select, update

from fakes import FakePlatform
from tanggap.inbox.services import Services
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Author, Post
from tanggap.store.replies import Draft, ReplyRow
from tanggap.store.tone import ToneRow
from tanggap.store.users import Team
from visitors import Visitor


@pytest.fixture
def seen(services: Services, case: Conversation) -> int:
    with services.database.read() as session:
        return session.scalars(select(Post.id)).one()


def set_case(services: Services, case: Conversation, **values: object) -> None:
    with services.database.write() as session:
        session.execute(update(Conversation).where(Conversation.id == case.id).values(**values))


def found(agent: Visitor, case: Conversation, text: str) -> dict[str, dict[str, object]]:
    answer = agent.post(f"/inbox/{case.id}/measure", {"text": text}).json
    assert answer is not None
    return {finding["code"]: finding for finding in answer["findings"]}


def test_findings_come_with_the_count_in_the_readers_language(
    agent: Visitor, case: Conversation
) -> None:
    finding = found(agent, case, "Hai {nama}, kartu 4111 1111 1111 1111")
    assert finding["unfilled"]["severity"] == "error"
    assert "{nama}" in str(finding["unfilled"]["message"])
    assert finding["personal_card"]["fix"] == {"start": 18, "end": 37, "text": "•••"}


def test_a_draft_with_personal_data_is_stopped_and_kept(
    agent: Visitor, services: Services, platform: FakePlatform, case: Conversation, seen: int
) -> None:
    text = "kartu 4111 1111 1111 1111"
    answer = agent.post(
        f"/inbox/{case.id}/reply", {"text": text, "seen_post_id": seen, "key": "k1"}
    )
    assert answer.status_code == 422
    assert "nomor kartu" in answer.text or "card number" in answer.text
    assert platform.sent == []
    with services.database.read() as session:
        assert session.scalars(select(Draft.text)).all() == [text]


def test_a_team_decides_what_stops_the_sending(
    agent: Visitor, services: Services, platform: FakePlatform, case: Conversation, seen: int
) -> None:
    with services.database.write() as session:
        team = session.scalars(select(Team)).first()
        assert team is not None
        team.blocking = ["promise"]
        session.get_one(Conversation, case.id).team_id = team.id
    send = {"seen_post_id": seen}
    address = f"/inbox/{case.id}/reply"
    agent.post(address, {"text": "Kami jamin selesai", "key": "k1", **send})
    assert platform.sent == []
    agent.post(address, {"text": "cek {nama} ya", "key": "k2", **send})
    assert len(platform.sent) == 1


def test_an_owners_changes_go_over_the_plugins_tone(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    text = "Halo Kak, makasih udah kabarin ya"
    assert "too_casual" not in found(agent, case, text)
    with services.database.write() as session:
        row = ToneRow(channel=case.channel, language="id", changes={"formality": "formal"})
        session.add(row)
    assert "too_casual" in found(agent, case, text)
    with services.database.write() as session:
        session.add(
            ToneRow(
                channel=case.channel,
                account_id=case.account_id,
                language="id",
                changes={"formality": "casual", "avoid": ["halo"], "unknown": 1},
            )
        )
    assert found(agent, case, text).keys() == {"avoided"}


def test_answers_are_suggested_for_the_case_and_never_sent(
    agent: Visitor, services: Services, platform: FakePlatform, case: Conversation
) -> None:
    set_case(services, case, label="complaint", language="id")
    page = agent.get(f"/inbox/{case.id}/answers").text
    assert page.count("data-answer") == 5
    assert "{deadline}" in page
    assert platform.sent == []


def test_a_customers_name_in_a_suggestion_stays_inert(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    set_case(services, case, label="praise", language="id")
    with services.database.write() as session:
        session.execute(update(Author).values(name="<b>{{ 7*7 }}</b>"))
    page = agent.get(f"/inbox/{case.id}/answers").text
    assert "<b>" not in page
    assert "49" not in page
    with services.database.write() as session:
        session.execute(update(Author).values(name="rina marlina"))
    assert "Kak Rina" in agent.get(f"/inbox/{case.id}/answers").text


def test_suggestions_do_not_repeat_what_went_out_lately(
    agent: Visitor, services: Services, case: Conversation, seen: int
) -> None:
    def first() -> str:
        page = agent.get(f"/inbox/{case.id}/answers").text
        return html.unescape(page.split('data-answer="')[1].split('"')[0])

    set_case(services, case, label="praise", language="id", channel="fake")
    suggested = first()
    with services.database.write() as session:
        session.add(
            ReplyRow(
                conversation_id=case.id,
                in_reply_to_id=seen,
                user_id=agent.user_id,
                text=f"{suggested} ^AB",
                visibility="public",
                idempotency_key="earlier",
            )
        )
    assert first() != suggested


def test_off_topic_posts_have_no_template(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    set_case(services, case, label="none")
    assert "data-answer" not in agent.get(f"/inbox/{case.id}/answers").text
