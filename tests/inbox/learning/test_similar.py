"""Similar resolved cases: what is indexed when, and what of it is shown to whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from factories import make_account, make_conversation, make_post, make_user
from queries import plan_of
from tanggap.inbox.learning import similar
from tanggap.inbox.services import Services
from tanggap.store import sight
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.case_vectors import CaseVector
from tanggap.store.conversations import OPEN, RESOLVED, Conversation
from tanggap.store.posts import Post
from tanggap.store.replies import SENT, ReplyRow
from tanggap.store.sight import Sight

ANSWER = "Mohon maaf Kak, teknisi kami datang besok pukul 9."


@pytest.fixture
def account(services: Services) -> Account:
    with services.database.write() as session:
        return make_account(session, services)


def resolved(
    services: Services,
    account: Account,
    question: str,
    answer: str = ANSWER,
    *,
    visibility: str = "public",
    minutes_ago: int = 60,
) -> int:
    """Make a resolved case with a question and our answer."""
    with services.database.write() as session:
        at = utcnow() - timedelta(minutes=minutes_ago)
        case = make_conversation(session, account, state=RESOLVED, resolved_at=at)
        make_post(session, case, question, visibility=visibility)
        if answer:
            later = case.last_post_at + timedelta(minutes=5)
            make_post(session, case, answer, from_us=True, posted_at=later, visibility=visibility)
        return case.id


def opened(services: Services, account: Account, question: str) -> int:
    with services.database.write() as session:
        case = make_conversation(session, account)
        make_post(session, case, question)
        return case.id


def found(services: Services, case_id: int, visibility: str = "public") -> list[similar.Similar]:
    services.similar.stale()
    with services.database.read() as session:
        case = session.get_one(Conversation, case_id)
        return list(similar.find_similar(services, session, case, visibility))


def test_nearest_answered_case_is_found_and_strangers_are_not(
    services: Services, account: Account
) -> None:
    near = resolved(services, account, "internet rumah saya mati dari pagi")
    resolved(services, account, "terima kasih promo ulang tahunnya seru sekali")
    resolved(services, account, "internet rumah saya mati dari kemarin", answer="")
    assert similar.is_due(services)
    assert similar.index_resolved(services) == 3
    assert not similar.is_due(services)
    case = opened(services, account, "internet rumah mati dari malam min")
    assert [(it.conversation_id, it.answer) for it in found(services, case)] == [(near, ANSWER)]


def test_work_goes_on_where_it_stopped_and_takes_anew_what_is_resolved_anew(
    services: Services, account: Account
) -> None:
    for minutes in (50, 40, 30):
        resolved(services, account, f"paket {minutes} belum sampai", minutes_ago=minutes)
    assert [similar.index_resolved(services, 2) for _ in range(3)] == [2, 1, 0]
    with services.database.write() as session:
        first = session.scalars(select(Conversation).order_by(Conversation.id).limit(1)).one()
        first.resolved_at = utcnow() - timedelta(seconds=5)
    assert [similar.index_resolved(services) for _ in range(2)] == [1, 0]


def test_case_whose_posts_are_gone_holds_nothing_up(services: Services, account: Account) -> None:
    gone = resolved(services, account, "hapus saja", minutes_ago=50)
    with services.database.write() as session:
        for post in session.scalars(select(Post).where(Post.conversation_id == gone)):
            post.deleted_at = utcnow()
    resolved(services, account, "paket belum sampai", minutes_ago=40)
    assert [similar.index_resolved(services, 1) for _ in range(3)] == [1, 1, 0]


def test_personal_data_is_covered_and_the_sign_off_is_left_out(
    services: Services, account: Account
) -> None:
    answer = "Baik Kak, kami hubungi di 081234567890 ya"
    case = resolved(services, account, "internet mati, telepon 081234567890", f"{answer} ^AL")
    with services.database.write() as session:
        user = make_user(session, initials="AL")
        posts = list(session.scalars(select(Post).where(Post.conversation_id == case)))
        reply = ReplyRow(
            conversation_id=case,
            in_reply_to_id=posts[0].id,
            user_id=user.id,
            text=posts[1].text,
            idempotency_key="k",
            state=SENT,
            post_id=posts[1].id,
        )
        session.add(reply)
    similar.index_resolved(services)
    [it] = found(services, opened(services, account, "internet mati min"))
    assert it.answer == "Baik Kak, kami hubungi di ••• ya"
    assert "0812" not in it.question


def test_private_answers_are_for_private_answers_alone(
    services: Services, account: Account
) -> None:
    resolved(services, account, "internet rumah saya mati", visibility="private")
    similar.index_resolved(services)
    case = opened(services, account, "internet rumah saya mati lagi")
    assert not found(services, case)
    assert len(found(services, case, "private")) == 1


def test_case_out_of_sight_or_open_again_is_not_shown(services: Services, account: Account) -> None:
    near = resolved(services, account, "internet rumah saya mati")
    similar.index_resolved(services)
    case = opened(services, account, "internet rumah saya mati lagi")
    assert len(found(services, case)) == 1
    with services.database.read() as session:
        opened_case = session.get_one(Conversation, case)
    with sight.limited_to(Sight(account_ids=(account.id + 1,))), services.database.read() as db:
        assert not similar.find_similar(services, db, opened_case, "public")
    with services.database.write() as session:
        session.get_one(Conversation, near).state = OPEN
    assert not found(services, case)


def test_erased_case_is_forgotten(services: Services, account: Account) -> None:
    near = resolved(services, account, "internet rumah saya mati")
    similar.index_resolved(services)
    with services.database.write() as session:
        session.delete(session.get_one(Conversation, near))
    with services.database.read() as session:
        assert session.scalar(select(CaseVector.version)) is None
    assert not found(services, opened(services, account, "internet rumah saya mati lagi"))


def test_next_cases_to_index_are_found_by_an_index(services: Services, account: Account) -> None:
    resolved(services, account, "internet rumah saya mati")
    with services.database.read() as session:
        query = similar._resolved_query(session, "words-1", 10)
        assert "ix_conversations_resolved" in plan_of(session, query)
