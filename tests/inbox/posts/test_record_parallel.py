"""What two workers store at the same moment comes together as if one had stored it."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import func, select

from factories import make_account
from fakes import ACCOUNT_ID, T0, incoming
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services
from tanggap.sdk.types import Event, PostDeleted, PostEdited
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import EarlyEvent, Post

LATER = T0 + timedelta(minutes=1)
QUESTION = incoming("1", "kapan sampai?", thread_id="akar")
ANSWER = incoming("2", "masih belum", in_reply_to="1", posted_at=LATER)
EDIT = PostEdited(account_id=ACCOUNT_ID, external_id="1", text="sudah sampai", edited_at=LATER)
DELETION = PostDeleted(account_id=ACCOUNT_ID, external_id="1", deleted_at=LATER)


@pytest.fixture
def account(services: Services) -> Account:
    with services.database.write() as session:
        account = make_account(session, services)
        account.last_received_at = utcnow()  # as in the middle of a day: its row is left alone
        return account


def record(services: Services, account: Account, *events: Event) -> None:
    with services.database.write() as session:
        record_events(session, session.get_one(Account, account.id), events, source="webhook")


def record_at_once(services: Services, account: Account, one: Event, other: Event) -> None:
    """Let a worker record while another one has recorded and not committed yet."""
    late = Thread(target=record, args=(services, account, other))
    with services.database.write() as session:
        record_events(session, session.get_one(Account, account.id), [one], source="webhook")
        late.start()
        late.join(0.3)
    late.join(20)
    assert not late.is_alive()


@pytest.mark.parametrize(("one", "other"), [(QUESTION, ANSWER), (ANSWER, QUESTION)])
def test_answer_and_its_parent_that_come_at_once_are_one_case(
    services: Services, account: Account, one: Event, other: Event
) -> None:
    record(services, account, incoming("0"))  # nobody waits for the other's new author
    record_at_once(services, account, one, other)
    with services.database.read() as session:
        cases = select(Conversation.thread_id, Conversation.post_count).order_by(
            Conversation.thread_id
        )
        assert session.execute(cases).all() == [("0", 1), ("akar", 2)]
        assert set(session.scalars(select(Post.thread_id))) == {"0", "akar"}


@pytest.mark.parametrize("change_first", [True, False])
def test_post_and_what_befalls_it_at_once_come_together(
    services: Services, account: Account, change_first: bool
) -> None:
    for change in (EDIT, DELETION):
        pair = (change, QUESTION) if change_first else (QUESTION, change)
        record_at_once(services, account, *pair)
    with services.database.read() as session:
        post = session.scalars(select(Post)).one()
        assert (post.text, post.deleted_at) == ("sudah sampai", LATER)
        assert session.scalar(select(func.count()).select_from(EarlyEvent)) == 0
