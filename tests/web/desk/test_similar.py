"""Answers of similar cases below the templates."""

from __future__ import annotations

from datetime import timedelta

from factories import make_conversation, make_post
from tanggap.inbox.learning import similar
from tanggap.inbox.services import Services
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.conversations import RESOLVED, Conversation
from visitors import Visitor


def test_similar_case_stands_below_the_templates_with_its_answer(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        account = session.get_one(Account, case.account_id)
        ended = utcnow() - timedelta(hours=1)
        other = make_conversation(session, account, state=RESOLVED, resolved_at=ended)
        make_post(session, other, "internet saya mati sejak <b>pagi</b>")
        answered = other.last_post_at + timedelta(minutes=1)
        text = "Maaf Kak, kami perbaiki. Hubungi 081234567890."
        make_post(session, other, text, from_us=True, posted_at=answered)
    similar.index_resolved(services)
    page = agent.get(f"/inbox/{case.id}/answers?visibility=public").text
    assert 'data-answer="Maaf Kak, kami perbaiki. Hubungi •••."' in page
    assert f'href="/inbox/{other.id}?state=any"' in page
    assert "&lt;b&gt;pagi&lt;/b&gt;" in page
    assert "0812" not in page


def test_without_similar_cases_only_templates_are_shown(agent: Visitor, case: Conversation) -> None:
    assert "Answered in similar cases" not in agent.get(f"/inbox/{case.id}/answers").text
