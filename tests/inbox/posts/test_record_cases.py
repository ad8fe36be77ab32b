"""New cases are written once, and as a look at their posts would have it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from factories import make_account
from fakes import ACCOUNT_ID, T0, incoming
from queries import counted
from tanggap.inbox.posts import threads
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services
from tanggap.sdk.types import Event, PostEdited
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post

LATER = T0 + timedelta(minutes=1)
STORMS: dict[str, Sequence[Event]] = {
    "one post each": [incoming("p2"), incoming("p1", author_id="u2")],
    "the newest first": [
        incoming("p9", "baru", posted_at=LATER),
        incoming("p1", "lama", in_reply_to="p9", thread_id="p9"),
    ],
    "written in the same second": [
        incoming("p2", "dua", thread_id="t"),
        incoming("p1", "satu", thread_id="t"),
    ],
    "from the future": [
        incoming("p1", "nanti", thread_id="t", posted_at=utcnow() + timedelta(days=1)),
        incoming("p2", "kini", thread_id="t"),
    ],
    "answered in the same batch": [
        incoming("p1"),
        incoming("p2", author_id=ACCOUNT_ID, in_reply_to="p1", posted_at=LATER, kind="reply"),
    ],
    "partly private": [
        incoming("p1", thread_id="t"),
        incoming("p2", thread_id="t", visibility="private", posted_at=LATER),
    ],
    "edited before it came": [
        PostEdited(account_id=ACCOUNT_ID, external_id="p1", text="yang benar", edited_at=LATER),
        incoming("p1", "yang salah"),
    ],
    "under a post that is in the batch": [
        incoming("p1", posted_at=LATER, in_reply_to="p0"),
        incoming("p0"),
    ],
}


@pytest.fixture
def account(services: Services) -> Account:
    with services.database.write() as session:
        return make_account(session, services)


def record(services: Services, account: Account, events: Sequence[Event]) -> None:
    with services.database.write() as session:
        record_events(session, session.get_one(Account, account.id), events, source="webhook")


def cases(services: Services) -> list[dict[str, Any]]:
    with services.database.read() as session:
        found = session.scalars(select(Conversation).order_by(Conversation.id))
        names = Conversation.__table__.c.keys()
        return [{name: getattr(one, name) for name in names} for one in found]


@pytest.mark.parametrize("storm", STORMS)
def test_new_case_stands_as_its_posts_have_it(
    services: Services, account: Account, storm: str
) -> None:
    for event in STORMS[storm]:
        if isinstance(event, PostEdited):
            record(services, account, [event])
    record(services, account, [one for one in STORMS[storm] if not isinstance(one, PostEdited)])
    written = cases(services)
    assert written
    with services.database.write() as session:
        threads.refresh(session, {one["id"] for one in written}, set())
    assert cases(services) == written


def test_storm_of_new_cases_is_written_once(services: Services, account: Account) -> None:
    storm = [incoming(f"p{number}", author_id=f"u{number}") for number in range(20)]
    with counted(services.database) as statements:
        record(services, account, storm)
    assert not [one for one in statements if one.startswith("UPDATE conversations")]
    assert [one["post_count"] for one in cases(services)] == [1] * 20


def test_further_post_counts_in_the_case_that_was_opened_before(
    services: Services, account: Account
) -> None:
    record(services, account, [incoming("p1", "pertama", thread_id="t")])
    record(services, account, [incoming("p2", "kedua", thread_id="t", posted_at=LATER)])
    (case,) = cases(services)
    with services.database.read() as session:
        newest = session.scalars(select(Post.id).where(Post.external_id == "p2")).one()
    assert (case["post_count"], case["snippet"]) == (2, "kedua")
    assert case["last_inbound_id"] == newest
