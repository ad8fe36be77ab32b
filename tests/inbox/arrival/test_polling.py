"""Polls: gaps that are reported, budgets that are kept, and pages that are drained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select, update

from factories import make_account, make_app, make_user
from fakes import ACCOUNT_ID, FakePlatform, change_channel, incoming
from tanggap.inbox.accounts import gaps
from tanggap.inbox.arrival import polling, read_meter
from tanggap.inbox.arrival.accept import accept
from tanggap.inbox.arrival.receive import receive_pending
from tanggap.inbox.operation.health import troubles
from tanggap.inbox.services import Services
from tanggap.sdk import AuthExpired, IncomingPost, InvalidConfig, Page, RateLimited, Unavailable
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.posts import Post
from tanggap.store.reading import BilledRead, Gap

NOW = datetime(2026, 11, 10, 8, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def account(services: Services, clock: time_machine.Traveller) -> Account:
    with services.database.write() as session:
        make_app(services, session)
        return make_account(session, services, connected_at=NOW)


def load(services: Services, account: Account) -> Account:
    with services.database.read() as session:
        return session.get_one(Account, account.id)


def gap(services: Services) -> Gap | None:
    with services.database.read() as session:
        return session.scalars(select(Gap)).one_or_none()


def run(services: Services) -> int:
    return sum(polling.poll_account(services, id_) for id_ in polling.due_accounts(services))


def page(*posts: str, cursor: str | None = None, more: bool = False, reads: int = 0) -> Page:
    ids = [f"read-{posts}-{number}" for number in range(reads)]
    return Page([incoming(name) for name in posts], cursor, more, {"post": ids})


def test_outage_of_an_hour_is_reported_with_what_was_recovered(
    services: Services, account: Account, platform: FakePlatform, clock: time_machine.Traveller
) -> None:
    run(services)
    platform.poll_faults = [Unavailable("the platform is away") for _ in range(40)]
    for _ in range(12):
        clock.shift(timedelta(minutes=5, seconds=1))
        run(services)
    platform.poll_faults.clear()
    platform.pages = [page("1", "2", cursor="a", more=True), page("2", "3", cursor="b")]
    clock.shift(timedelta(minutes=15))
    assert run(services) == 3
    found = gap(services)
    assert found is not None
    assert (found.cause, found.detail, found.recovered) == (
        "platform", "the platform is away", 3
    )  # fmt: skip
    assert found.started_at == NOW
    assert found.ended_at == utcnow()
    assert load(services, account).poll_cursor == "b"


def test_short_trouble_that_lost_nothing_is_forgotten(
    services: Services, account: Account, platform: FakePlatform, clock: time_machine.Traveller
) -> None:
    run(services)
    platform.poll_faults = [Unavailable("away")]
    clock.shift(timedelta(minutes=5))
    run(services)
    assert gap(services) is not None
    clock.shift(timedelta(minutes=5))
    run(services)
    assert gap(services) is None


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (AuthExpired("gone", "revoked"), gaps.ACCESS),
        (RateLimited(timedelta(minutes=15)), gaps.RATE_LIMIT),
        (ValueError("bug"), gaps.PLUGIN),
    ],
)
def test_gap_names_its_cause(
    services: Services, account: Account, platform: FakePlatform, fault: Exception, cause: str
) -> None:
    platform.poll_faults = [fault]
    run(services)
    found = gap(services)
    assert found is not None
    assert (found.cause, found.ended_at) == (cause, None)


def test_server_that_stood_still_is_a_gap(
    services: Services, account: Account, platform: FakePlatform, clock: time_machine.Traveller
) -> None:
    run(services)
    clock.shift(timedelta(hours=3))
    platform.pages = [page("1")]
    run(services)
    found = gap(services)
    assert found is not None
    assert (found.cause, found.started_at, found.recovered) == ("stopped", NOW, 1)


def missed(name: str, ago: timedelta, **more: object) -> IncomingPost:
    return replace(incoming(name), posted_at=utcnow() - ago, **more)  # type: ignore[arg-type]


def heard(services: Services, account: Account, ago: timedelta) -> None:
    with services.database.write() as session:
        row = session.get_one(Account, account.id)
        row.webhook_subscribed_at = utcnow() - timedelta(days=3)
        row.last_received_at = utcnow() - ago
        quiet = ago > timedelta(minutes=30)
        row.last_polled_at = utcnow() - timedelta(minutes=6 if quiet else 31)


def test_posts_that_webhooks_did_not_bring_are_a_gap_though_polls_never_failed(
    services: Services, account: Account, platform: FakePlatform, clock: time_machine.Traveller
) -> None:
    heard(services, account, ago=timedelta(hours=2))
    first = utcnow() - timedelta(minutes=14)
    platform.pages = [
        Page([missed("1", timedelta(minutes=14)), missed("2", timedelta(minutes=12))], "a")
    ]
    run(services)
    clock.shift(timedelta(minutes=6))
    platform.pages = [Page([missed("3", timedelta(minutes=12))], "b")]
    run(services)
    found = gap(services)
    assert found is not None
    assert (found.cause, found.started_at, found.ended_at) == (gaps.WEBHOOKS, first, utcnow())
    assert found.recovered == 3


@pytest.mark.parametrize(
    ("minutes", "changes"),
    [
        # it may still come by webhook
        ((120, 5), {}),
        # older than the last poll, which read everything: an import, or a longer look back
        ((120, 60), {}),
        # our own, and one that webhooks do not bring
        ((120, 12), {"author_id": ACCOUNT_ID}),
        ((120, 12), {"kind": "mention"}),
    ],
)
def test_posts_that_tell_nothing_of_webhooks_are_no_gap(
    minutes: tuple[int, int],
    changes: dict[str, str],
    services: Services,
    account: Account,
    platform: FakePlatform,
) -> None:
    webhook = services.registry.channels["fake"].channel.webhook
    assert webhook is not None
    change_channel(services, webhook=replace(webhook, brings=("comment",)))
    since, ago = (timedelta(minutes=one) for one in minutes)
    heard(services, account, ago=since)
    kind = {"kind": "comment", **changes}
    platform.pages = [Page([missed("1", ago, **kind)], "a")]
    assert run(services) == 1
    assert gap(services) is None


def test_long_backlog_goes_on_at_once_and_is_one_gap(
    services: Services, account: Account, platform: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "MAX_PAGES", 2)
    platform.pages = [page(str(n), cursor=str(n), more=n < 4) for n in range(5)]
    assert [run(services) for _ in range(4)] == [2, 2, 1, 0]


def test_retry_after_is_waited_for(
    services: Services, account: Account, platform: FakePlatform, clock: time_machine.Traveller
) -> None:
    platform.poll_faults = [RateLimited(timedelta(minutes=15))]
    run(services)
    for minutes, polls in ((14, 1), (2, 2)):
        clock.shift(timedelta(minutes=minutes))
        run(services)
        assert platform.polls == polls


def test_each_id_is_billed_once_a_day(
    services: Services, account: Account, platform: FakePlatform, clock: time_machine.Traveller
) -> None:
    for _ in range(2):
        platform.pages = [Page((), "c", read_ids={"post": ["a", "b", "a"]})]
        clock.shift(timedelta(minutes=6))
        run(services)
    with services.database.read() as session:
        meter = read_meter.read_meter(session, load(services, account))
    assert (meter.reads_today, meter.usd_today) == (2, Decimal("0.01"))
    clock.shift(timedelta(days=1))
    platform.pages = [Page((), "c", read_ids={"post": ["a"]})]
    run(services)
    with services.database.read() as session:
        meter = read_meter.read_meter(session, load(services, account))
    assert (meter.reads_today, meter.reads_month) == (1, 3)
    assert meter.projected_reads == round(3 * 30 / 11)
    assert meter.resumes_on == date(2026, 12, 1)


def set_caps(services: Services, account: Account, usd: str = "", reads: str = "") -> None:
    with services.database.write() as session:
        user_id = make_user(session).id
        read_meter.set_caps(session, account.id, usd=usd, reads=reads, user_id=user_id)


def test_reading_stops_at_the_cap_and_begins_anew_next_month(
    services: Services, account: Account, platform: FakePlatform, clock: time_machine.Traveller
) -> None:
    set_caps(services, account, reads="10")
    platform.pages = [
        page("1", cursor="a", more=True, reads=6), page("2", cursor="b", more=True, reads=6),
        page("3", cursor="c", reads=6),
    ]  # fmt: skip
    assert run(services) == 2
    for _ in range(5):
        clock.shift(timedelta(minutes=10))
        assert run(services) == 0
    assert platform.polls == 2
    found = gap(services)
    assert found is not None
    assert found.cause == gaps.BUDGET
    with services.database.read() as session:
        (trouble,) = troubles(services, session)
    assert (trouble.cause, trouble.when) == ("read_cap", datetime(2026, 12, 1, tzinfo=UTC))
    clock.move_to(datetime(2026, 12, 1, 0, 1, tzinfo=UTC))
    assert run(services) == 1


def test_webhooks_go_on_at_the_cap(
    services: Services, account: Account, platform: FakePlatform
) -> None:
    from fakes import post_event, signed

    set_caps(services, account, usd="0.01")
    platform.pages = [page("1", reads=6)]
    run(services)
    accept(services, "fake", signed([post_event("w1")]))
    receive_pending(services)
    with services.database.read() as session:
        assert set(session.scalars(select(Post.external_id))) == {"1", "w1"}


def test_warning_comes_at_80_percent_and_once(
    services: Services, account: Account, platform: FakePlatform, clock: time_machine.Traveller
) -> None:
    set_caps(services, account, reads="10")
    platform.pages = [page("1", reads=7)]
    run(services)
    with services.database.read() as session:
        assert troubles(services, session) == []
    platform.pages = [page("2", reads=1)]
    clock.shift(timedelta(minutes=6))
    run(services)
    with services.database.read() as session:
        (trouble,) = troubles(services, session)
    assert (trouble.cause, trouble.urgent) == ("read_budget", False)
    assert load(services, account).read_warned_on == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("usd", "reads", "field"),
    [("much", "", "usd"), ("0", "", "usd"), ("-1", "", "usd"), ("NaN", "", "usd"),
     ("1e99", "", "usd"), ("", "1.5", "reads"), ("", "0", "reads"), ("", "9" * 30, "reads")],
)  # fmt: skip
def test_cap_that_makes_no_sense_is_refused(
    services: Services, account: Account, usd: str, reads: str, field: str
) -> None:
    with pytest.raises(InvalidConfig) as refused:
        set_caps(services, account, usd, reads)
    assert refused.value.field == field


def test_ids_of_past_days_are_forgotten(
    services: Services, account: Account, platform: FakePlatform, clock: time_machine.Traveller
) -> None:
    platform.pages = [page("1", reads=3)]
    run(services)
    clock.shift(timedelta(days=3))
    with services.database.write() as session:
        read_meter.forget_ids(session)
        assert session.scalars(select(BilledRead)).all() == []
        session.execute(update(Account).values(state="disconnected"))
