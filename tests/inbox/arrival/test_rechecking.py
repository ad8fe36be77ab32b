"""Posts that were deleted without a word: they are looked up, at a price, and their texts go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select, update

from factories import make_account, make_app, make_user
from fakes import ACCOUNT_ID, change_channel, incoming, post_event, signed
from tanggap.inbox.arrival import read_meter, rechecking
from tanggap.inbox.arrival.accept import accept
from tanggap.inbox.arrival.receive import receive_pending
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.privacy.retention import purge_due
from tanggap.inbox.services import Services
from tanggap.sdk import (
    Account as SdkAccount,
)
from tanggap.sdk import (
    AuthExpired,
    Http,
    IncomingPost,
    Page,
    PostDeleted,
    PostKind,
    RateLimited,
    Rechecking,
    Retention,
)
from tanggap.store.accounts import NEEDS_RECONNECT, Account
from tanggap.store.base import utcnow
from tanggap.store.deliveries import Delivery
from tanggap.store.posts import Post

NOW = datetime(2026, 11, 10, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Lookup:
    """A platform that knows which posts are gone, and what was asked of it."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self.asked: list[list[str]] = []
        self.error: Exception | None = None
        self.wanted = True

    def __call__(self, account: SdkAccount, posts: Mapping[str, PostKind], http: Http) -> Page:
        self.asked.append(sorted(posts))
        if self.error is not None:
            raise self.error
        events = [
            PostDeleted(account_id=account.external_id, external_id=one, deleted_at=utcnow())
            for one in posts
            if one in self.gone
        ]
        return Page([*events, incoming("stranger")], None, read_ids={"post": tuple(posts)})


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def lookup(services: Services) -> Lookup:
    found = Lookup()
    part = Rechecking(look_up=found, ages=(DAY, 7 * DAY), batch=2, wanted=lambda _app: found.wanted)
    change_channel(services, rechecking=part)
    return found


@pytest.fixture
def account(services: Services, clock: time_machine.Traveller) -> Account:
    with services.database.write() as session:
        make_app(services, session)
        return make_account(session, services)


def record(services: Services, account: Account, *posts: IncomingPost) -> None:
    with services.database.write() as session:
        record_events(session, session.get_one(Account, account.id), posts, source="webhook")


def run(services: Services) -> int:
    due = rechecking.due_accounts(services)
    return sum(rechecking.recheck_account(services, id_) for id_ in due)


def deleted(services: Services) -> set[str]:
    with services.database.read() as session:
        return set(session.scalars(select(Post.external_id).where(Post.deleted_at.is_not(None))))


def test_each_post_is_looked_up_once_at_every_age_and_those_gone_are_marked(
    services: Services, account: Account, lookup: Lookup, clock: time_machine.Traveller
) -> None:
    record(services, account, incoming("1"), incoming("2"), incoming("3"))
    run(services)
    assert lookup.asked == []
    lookup.gone = {"2"}
    clock.shift(DAY)
    for _ in range(3):
        clock.shift(timedelta(minutes=11))
        run(services)
    assert lookup.asked == [["1", "2"], ["3"]]
    assert deleted(services) == {"2"}
    clock.shift(6 * DAY)
    run(services)
    assert lookup.asked[2:] == [["1", "3"]]
    with services.database.read() as session:
        assert "stranger" not in session.scalars(select(Post.external_id)).all()


def test_our_own_and_private_posts_are_not_asked_for(
    services: Services, account: Account, lookup: Lookup, clock: time_machine.Traveller
) -> None:
    ours = incoming("ours", author_id=ACCOUNT_ID)
    private = incoming("private", kind="message", visibility="private")
    record(services, account, incoming("theirs"), ours, private)
    clock.shift(DAY + timedelta(minutes=1))
    run(services)
    assert lookup.asked == [["theirs"]]


def test_posts_that_came_long_before_are_left_for_their_next_age(
    services: Services, account: Account, lookup: Lookup, clock: time_machine.Traveller
) -> None:
    record(services, account, incoming("1"))
    clock.shift(5 * DAY)
    run(services)
    assert lookup.asked == []
    clock.shift(2 * DAY)
    run(services)
    assert lookup.asked == [["1"]]


def test_looking_costs_what_reading_costs_and_stops_at_the_cap(
    services: Services, account: Account, lookup: Lookup, clock: time_machine.Traveller
) -> None:
    with services.database.write() as session:
        user_id = make_user(session).id
        read_meter.set_caps(session, account.id, usd="0.01", reads="", user_id=user_id)
    record(services, account, *(incoming(str(number)) for number in range(5)))
    clock.shift(DAY + timedelta(minutes=1))
    run(services)
    assert lookup.asked == [["0", "1"]]
    with services.database.read() as session:
        row = session.get_one(Account, account.id)
        assert read_meter.read_meter(session, row).usd_month == Decimal("0.01")


def test_operator_who_does_not_want_it_pays_nothing(
    services: Services, account: Account, lookup: Lookup, clock: time_machine.Traveller
) -> None:
    lookup.wanted = False
    record(services, account, incoming("1"))
    clock.shift(DAY + timedelta(minutes=1))
    run(services)
    assert lookup.asked == []


def test_trouble_is_met_again_later_and_no_post_is_skipped(
    services: Services, account: Account, lookup: Lookup, clock: time_machine.Traveller
) -> None:
    record(services, account, incoming("1"))
    lookup.error = RateLimited(timedelta(hours=1))
    clock.shift(DAY + timedelta(minutes=1))
    for minutes, asked in ((0, 1), (30, 1), (31, 2)):
        clock.shift(timedelta(minutes=minutes))
        run(services)
        assert len(lookup.asked) == asked
    lookup.error = AuthExpired("withdrawn", "revoked")
    clock.shift(timedelta(hours=2))
    run(services)
    with services.database.read() as session:
        assert session.get_one(Account, account.id).state == NEEDS_RECONNECT


def test_text_of_what_its_author_deleted_goes_in_time(
    services: Services, account: Account, clock: time_machine.Traveller
) -> None:
    change_channel(services, retention=Retention(deleted=DAY, source="https://x.example"))
    for name in ("1", "2"):
        accept(services, "fake", signed([post_event(name)]))
        receive_pending(services)
    with services.database.write() as session:
        session.execute(update(Post).where(Post.external_id == "1").values(deleted_at=utcnow()))
    for hours, texts in ((23, 2), (2, 1)):
        clock.shift(timedelta(hours=hours))
        purge_due(services)
        with services.database.read() as session:
            kept = session.scalars(select(Post.text).where(Post.text != "")).all()
            raw = [body for body in session.scalars(select(Delivery.body)) if body]
            assert (len(kept), len(raw)) == (texts, texts)
