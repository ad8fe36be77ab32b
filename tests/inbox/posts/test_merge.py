"""Two conversations that turn out to be one: nothing is lost, and the old number leads on."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from factories import make_account, make_user
from fakes import T0, incoming
from tanggap.errors import MovedError, NotFoundError
from tanggap.inbox.cases import conversations
from tanggap.inbox.desk.conversation_view import read_conversation
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.sending.drafts import load_draft, save_draft
from tanggap.inbox.services import Services
from tanggap.sdk import IncomingPost
from tanggap.store.accounts import Account
from tanggap.store.audit import Change
from tanggap.store.conversations import Conversation, PrivateLeg
from tanggap.store.posts import Post


@pytest.fixture
def account(services: Services) -> Account:
    with services.database.write() as session:
        return make_account(session, services)


def record(services: Services, account: Account, *posts: IncomingPost) -> None:
    with services.database.write() as session:
        known = session.get_one(Account, account.id)
        record_events(session, known, posts, source="webhook")


def ids(services: Services) -> list[int]:
    with services.database.read() as session:
        return list(session.scalars(select(Conversation.id).order_by(Conversation.id)))


def two(services: Services, account: Account) -> tuple[int, int]:
    """Record an answer whose parent is unknown, and another post of the same person."""
    record(services, account, incoming("child", in_reply_to="late", posted_at=T0))
    record(services, account, incoming("other", thread_id="root", posted_at=T0))
    first, second = ids(services)
    return first, second


def parent() -> IncomingPost:
    return incoming("late", thread_id="root", posted_at=T0)


def test_late_parent_makes_one_of_two_conversations(services: Services, account: Account) -> None:
    gone, kept = two(services, account)
    record(services, account, parent())
    assert ids(services) == [kept]
    with services.database.read() as session:
        assert session.get_one(Conversation, kept).post_count == 3
        assert set(session.scalars(select(Post.conversation_id))) == {kept}
        told = select(Change.conversation_id).where(Change.kind == "merged")
        assert session.scalars(told).all() == [gone]
        with pytest.raises(MovedError) as moved:
            read_conversation(session, gone)
        assert moved.value.into == kept
        with pytest.raises(NotFoundError, match="does not exist"):
            read_conversation(session, 10**15)


def test_survivor_keeps_who_worked_on_the_other_one(services: Services, account: Account) -> None:
    gone, kept = two(services, account)
    with services.database.write() as session:
        ayu = make_user(session).id
        conversations.claim(session, gone, ayu)
        session.get_one(Conversation, gone).tags = ["vip"]
        session.get_one(Conversation, gone).priority = 0
        leg = PrivateLeg(account_id=account.id, thread_id="dm", conversation_id=gone)
        session.add(leg)
        save_draft(session, conversation_id=gone, user_id=ayu, text="maaf ya", seen_post_id=None)
    record(services, account, parent())
    with services.database.read() as session:
        case = session.get_one(Conversation, kept)
        assert (case.assignee_id, case.tags, case.priority) == (ayu, ["vip"], 0)
        assert session.scalars(select(PrivateLeg.conversation_id)).all() == [kept]
        draft = load_draft(session, kept, ayu)
        assert draft is not None
        assert draft.text == "maaf ya"


def test_number_leads_on_over_several_merges(services: Services, account: Account) -> None:
    first, second = two(services, account)
    record(services, account, parent())
    record(services, account, incoming("deep", thread_id="top", posted_at=T0))
    third = ids(services)[-1]
    with services.database.write() as session:
        root = session.scalars(select(Post).where(Post.external_id == "other")).one()
        root.in_reply_to, root.thread_id = "top", "root"
    record(services, account, incoming("top", thread_id="top", posted_at=T0))
    assert ids(services) == [third]
    with services.database.read() as session:
        for old in (first, second):
            with pytest.raises(MovedError) as moved:
                read_conversation(session, old)
            assert moved.value.into == third


def test_what_is_done_to_the_old_one_is_told_where_it_went(
    services: Services, account: Account
) -> None:
    gone, kept = two(services, account)
    record(services, account, parent())
    with services.database.write() as session:
        user_id = make_user(session).id
        for act in (
            lambda: conversations.claim(session, gone, user_id),
            lambda: conversations.set_state(session, gone, user_id, 1, "resolved"),
            lambda: conversations.correct_label(session, gone, user_id, "praise"),
        ):
            with pytest.raises(MovedError) as moved:
                act()
            assert moved.value.into == kept


def test_case_that_got_the_id_of_a_merged_one_can_be_merged_as_well(
    services: Services, account: Account
) -> None:
    for who in ("ayu", "budi"):
        record(services, account, incoming(f"{who}1", author_id=who, thread_id=f"{who}-root"))
    kept = ids(services)
    for who in ("ayu", "budi"):
        late = f"{who}-late"
        record(services, account, incoming(f"{who}2", author_id=who, in_reply_to=late))
        assert len(ids(services)) == 3
        record(services, account, incoming(late, author_id=who, thread_id=f"{who}-root"))
        assert ids(services) == kept
