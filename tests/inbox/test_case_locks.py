"""Who holds conversations, and in which order, so that no two workers wait for each other."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest
from sqlalchemy import select, text

from factories import make_account
from fakes import T0, incoming
from tanggap.inbox.case_locks import hold_cases, hold_cases_of
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services
from tanggap.sdk import IncomingPost, PostDeleted
from tanggap.sdk.types import Event
from tanggap.store.accounts import Account
from tanggap.store.audit import Change
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.sql import skip_locked

pytestmark = pytest.mark.usefixtures("_server")


@pytest.fixture
def _server(services: Services) -> None:
    if services.database.is_sqlite:
        pytest.skip("SQLite has one writer, so nobody holds anything against another")


@pytest.fixture
def account(services: Services) -> Account:
    with services.database.write() as session:
        return make_account(session, services)


def record(services: Services, account: Account, *posts: IncomingPost) -> None:
    with services.database.write() as session:
        record_events(session, session.get_one(Account, account.id), posts, source="webhook")


def held(services: Services, account: Account, events: Sequence[Event]) -> set[str]:
    """Name the posts, one of each conversation, whose conversations these events hold."""
    database = services.database
    with database.write() as session:
        hold_cases_of(session, {account.id: events})
        with database.write() as other:
            free = set(other.scalars(skip_locked(other, select(Conversation.id))))
        rows = session.execute(select(Post.external_id, Post.conversation_id).order_by(Post.id))
        first: dict[int, str] = {}
        for name, case in rows:
            first.setdefault(case, name)
    return {name for case, name in first.items() if case not in free}


def some_threads(services: Services, account: Account) -> None:
    record(
        services,
        account,
        incoming("rita", thread_id="t", author_id="rita", posted_at=T0),
        incoming("budi", thread_id="t", author_id="budi", posted_at=T0),
        incoming("orphan", in_reply_to="late", author_id="siti", posted_at=T0),
        incoming("beside", thread_id="late", author_id="tono", posted_at=T0),
        incoming("other", thread_id="u", author_id="rita", posted_at=T0),
    )


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([incoming("new", thread_id="t", author_id="rita")], {"rita"}),
        ([incoming("new", in_reply_to="budi", author_id="maya")], {"budi"}),
        ([incoming("late", author_id="dewi")], {"orphan", "beside"}),
        ([PostDeleted(account_id="1", external_id="other", deleted_at=T0)], {"other"}),
        ([incoming("new", thread_id="nowhere", author_id="rita")], set()),
    ],
)
def test_events_hold_the_conversations_they_touch_and_no_others(
    services: Services, account: Account, events: Sequence[Event], expected: Collection[str]
) -> None:
    some_threads(services, account)
    assert held(services, account, events) == expected


def test_conversation_that_is_held_can_still_be_spoken_of(
    services: Services, account: Account
) -> None:
    """What would deadlock: both store something of a case, then both want to change it."""
    some_threads(services, account)
    database = services.database
    with database.read() as session:
        case = session.scalars(select(Conversation.id)).first()
    assert case is not None
    with database.write() as session:
        hold_cases(session, {case})
        with database.write() as other:
            other.execute(text("SET LOCAL lock_timeout = '1s'"))
            other.add(Change(conversation_id=case, kind="post"))
