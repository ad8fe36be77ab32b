"""Clocks of posts that are not labelled yet: told with the label, or soon without it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from factories import make_account
from fakes import incoming
from tanggap.inbox.operation import clock_sweep
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services
from tanggap.inbox.triage.triage import triage_pending
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.clocks import ClockRow

LATER = timedelta(minutes=1)


@pytest.fixture
def account(services: Services) -> Account:
    with services.database.write() as session:
        return make_account(session, services)


def receive(services: Services, account: Account, *names: str) -> None:
    with services.database.write() as session:
        posts = [incoming(name, "internet mati", posted_at=utcnow()) for name in names]
        record_events(session, session.get_one(Account, account.id), posts, source="webhook")


def started(services: Services) -> set[datetime]:
    with services.database.read() as session:
        return set(session.scalars(select(ClockRow.started_at)))


def test_clocks_start_with_the_label_at_the_time_of_the_post(
    services: Services, account: Account
) -> None:
    before = utcnow()
    receive(services, account, "p1")
    arrived = utcnow()
    assert not started(services)
    assert clock_sweep.tell_unlabelled(services) == 0
    triage_pending(services)
    assert all(before <= at <= arrived for at in started(services))
    assert started(services)


def test_clocks_of_posts_that_nobody_labels_start_all_the_same_and_once(
    services: Services, account: Account
) -> None:
    receive(services, account, "p1", "p2")
    assert clock_sweep.tell_unlabelled(services, utcnow() + LATER) == 2
    told = started(services)
    assert told
    assert clock_sweep.tell_unlabelled(services, utcnow() + LATER) == 0
    receive(services, account, "p3")
    assert clock_sweep.tell_unlabelled(services, utcnow() + LATER) == 1
    triage_pending(services)
    assert started(services) > told
