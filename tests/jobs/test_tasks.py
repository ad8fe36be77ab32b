"""Jobs: one wake-up leads from the stored delivery to the routed conversation and back out."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from factories import make_account, make_app, make_user
from fakes import ACCOUNT_ID, FakePlatform, incoming, post_event, signed
from tanggap.inbox.arrival.accept import accept
from tanggap.inbox.arrival.polling import poll_account
from tanggap.inbox.sending.reply import queue_reply
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.sdk import AuthExpired, Page, Token, Unavailable
from tanggap.store.accounts import ACTIVE, NEEDS_RECONNECT, Account
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.replies import SENT, ReplyRow


@pytest.fixture
def account(services: Services) -> Account:
    with services.database.write() as session:
        make_app(services, session)
        return make_account(session, services)


@pytest.fixture
def tasks(services: Services, account: Account) -> Tasks:
    return Tasks(services, open_queue(services.settings, services.keys, immediate=True))


def labels(services: Services) -> list[str | None]:
    with services.database.read() as session:
        return list(session.scalars(select(Conversation.label).order_by(Conversation.id)))


def test_delivery_is_received_and_triaged_in_one_go(services: Services, tasks: Tasks) -> None:
    accept(services, "fake", signed([post_event("1", "aplikasi error", thread="1")]))
    tasks.wake_receive()
    assert labels(services) == ["complaint"]


def test_sweep_finds_what_the_queue_lost(services: Services, tasks: Tasks) -> None:
    accept(services, "fake", signed([post_event("1", "aplikasi error", thread="1")]))
    tasks.sweep()
    assert labels(services) == ["complaint"]


def test_sweep_takes_over_the_batch_of_a_dead_worker(services: Services, tasks: Tasks) -> None:
    accept(services, "fake", signed([post_event("1", "aplikasi error", thread="1")]))
    tasks.wake_receive()
    with services.database.write() as session:
        session.execute(update(Conversation).values(label=None))
        session.execute(
            update(Post).values(triage="pending", triage_claimed_until=utcnow() - timedelta(1))
        )
    tasks.sweep()
    assert labels(services) == ["complaint"]


def test_sweep_sends_the_replies_that_are_due(
    services: Services, tasks: Tasks, platform: FakePlatform
) -> None:
    accept(services, "fake", signed([post_event("1", "aplikasi error")]))
    tasks.wake_receive()
    with services.database.write() as session:
        user = make_user(session)
        case = session.scalars(select(Conversation)).one()
        post = session.scalars(select(Post)).one()
    queue_reply(
        services,
        user_id=user.id,
        conversation_id=case.id,
        text="kami cek",
        visibility="public",
        seen_post_id=post.id,
        idempotency_key="k",
    )
    tasks.sweep()
    tasks.sweep()
    assert len(platform.sent) == 1
    with services.database.read() as session:
        assert session.scalars(select(ReplyRow)).one().state == SENT


def test_poll_drains_its_pages_and_keeps_the_cursor(
    services: Services, tasks: Tasks, platform: FakePlatform, account: Account
) -> None:
    platform.pages = [
        Page((incoming("1", "aplikasi error", thread_id="1"),), "c1", more=True),
        Page((incoming("1"), incoming("2", "mantap", thread_id="2")), "c2"),
    ]
    tasks.sweep()
    assert labels(services) == ["complaint", "praise"]
    with services.database.read() as session:
        row = session.get_one(Account, account.id)
        assert (row.poll_cursor, row.last_received_at) == ("c2", None)
        assert row.last_polled_at is not None
    platform.pages = [Page((incoming("3"),), "c3")]
    tasks.sweep()
    assert len(labels(services)) == 2


def test_poll_rests_while_webhooks_are_alive(
    services: Services, tasks: Tasks, platform: FakePlatform, account: Account
) -> None:
    with services.database.write() as session:
        row = session.get_one(Account, account.id)
        row.webhook_subscribed_at = row.last_received_at = utcnow()
        row.last_polled_at = utcnow() - timedelta(minutes=10)
    platform.pages = [Page((incoming("1"),), "c1")]
    tasks.sweep()
    assert labels(services) == []


def with_oauth(services: Services, **values: object) -> None:
    loaded = services.registry.channels["fake"]
    assert loaded.channel.oauth is not None
    oauth = replace(loaded.channel.oauth, **values)  # type: ignore[arg-type]
    services.registry.channels["fake"] = replace(
        loaded, channel=replace(loaded.channel, oauth=oauth)
    )


def test_token_is_refreshed_before_it_ends(
    services: Services, tasks: Tasks, account: Account
) -> None:
    later = utcnow() + timedelta(hours=2)
    with_oauth(services, refresh=lambda _account, _http: Token("new", "next", later))
    with services.database.write() as session:
        session.get_one(Account, account.id).token_expires_at = utcnow() + timedelta(minutes=5)
    tasks.sweep()
    with services.database.read() as session:
        row = session.get_one(Account, account.id)
        assert row.token_expires_at == later
        assert row.sealed_token is not None
        assert services.vault.open(row.sealed_token)["refresh_token"] == "next"


def test_token_that_ended_while_all_was_down_is_refreshed_before_the_first_poll(
    services: Services, tasks: Tasks, platform: FakePlatform, account: Account
) -> None:
    later = utcnow() + timedelta(hours=2)
    with_oauth(services, refresh=lambda _account, _http: Token("new", "next", later))
    with services.database.write() as session:
        row = session.get_one(Account, account.id)
        row.token_expires_at = utcnow() - timedelta(hours=3)
        row.last_polled_at = None
    platform.pages = [Page((incoming("1"),), "c1")]
    assert poll_account(services, account.id) == 1
    with services.database.read() as session:
        assert session.get_one(Account, account.id).token_expires_at == later


def test_an_account_waits_while_its_ended_token_cannot_be_refreshed_yet(
    services: Services, platform: FakePlatform, account: Account
) -> None:
    def away(_account: object, _http: object) -> Token:
        raise Unavailable("the platform is down", reached=False)

    with_oauth(services, refresh=away)
    with services.database.write() as session:
        session.get_one(Account, account.id).token_expires_at = utcnow() - timedelta(hours=3)
    platform.pages = [Page((incoming("1"),), "c1")]
    assert poll_account(services, account.id) == 0
    with services.database.read() as session:
        assert session.get_one(Account, account.id).state == ACTIVE


def test_token_without_one_to_renew_it_with_is_left_alone(
    services: Services, tasks: Tasks, account: Account
) -> None:
    asked: list[object] = []
    with_oauth(services, refresh=lambda *given: asked.append(given))
    with services.database.write() as session:
        row = session.get_one(Account, account.id)
        row.sealed_token = services.vault.seal({"access_token": "token", "refresh_token": None})
        row.token_expires_at = utcnow() + timedelta(minutes=5)
    tasks.sweep()
    assert asked == []


def test_refresh_that_is_refused_asks_for_a_reconnect(
    services: Services, tasks: Tasks, account: Account
) -> None:
    def refused(_account: object, _http: object) -> Token:
        raise AuthExpired("the grant was withdrawn", "revoked")

    with_oauth(services, refresh=refused)
    with services.database.write() as session:
        session.get_one(Account, account.id).token_expires_at = utcnow()
    tasks.sweep()
    with services.database.read() as session:
        row = session.get_one(Account, account.id)
    assert (row.state, row.state_cause, row.external_id) == (NEEDS_RECONNECT, "revoked", ACCOUNT_ID)


def test_queue_that_is_away_keeps_nobody_from_what_is_stored_already(
    services: Services, account: Account
) -> None:
    tasks = Tasks(services, open_queue(services.settings, services.keys))
    with sqlite3.connect(services.settings.data_dir / "queue.db") as queue:
        for table in ("task", "schedule"):
            queue.execute(f"DROP TABLE {table}")
    tasks.work_on_reply(1)
    tasks.work_on_reply(1, utcnow())
    tasks.moderate(1)
    tasks.erase(1)
    tasks.tell_endpoints()
    tasks.fetch_previews()
    tasks.sweep()
    tasks.huey.storage.close()
