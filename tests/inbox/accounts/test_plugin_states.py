"""What processes tell of plugins, and that a person's wish to try now reaches all of them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from factories import make_account, make_app
from tanggap.inbox.accounts import plugin_states
from tanggap.inbox.arrival.polling import due_accounts, poll_account
from tanggap.inbox.services import Services
from tanggap.plugins.breaker import OPENS_AFTER, Line, Paused
from tanggap.sdk import Page, Unavailable
from tanggap.store.accounts import Account
from tanggap.store.audit import AuditEntry
from tanggap.store.plugin_states import PluginState


@pytest.fixture
def account(services: Services) -> Account:
    with services.database.write() as session:
        make_app(services, session)
        return make_account(session, services)


def away(*_arguments: object) -> Page:
    raise Unavailable("the platform is away")


def fail(services: Services, account: Account, times: int = OPENS_AFTER) -> Line:
    line = Line("fake", "polling.fetch", account.id)
    for _ in range(times):
        with pytest.raises(Unavailable):
            services.calls.run(line, away)
    return line


def only(services: Services) -> PluginState:
    with services.database.read() as session:
        return session.scalars(select(PluginState)).one()


def test_failures_are_told_with_account_operation_and_reason(
    services: Services, account: Account
) -> None:
    fail(services, account, times=2)
    plugin_states.sync(services)
    state = only(services)
    assert (state.channel, state.account_id, state.operation) == (
        "fake", account.id, "polling.fetch"
    )  # fmt: skip
    assert (state.error, state.failures, state.open_until) == ("the platform is away", 2, None)
    with services.database.read() as session:
        (trouble,) = plugin_states.list_troubles(session)
    assert (trouble.account_name, trouble.open_until) == (account.name, None)


def test_success_is_told_too(services: Services, account: Account) -> None:
    line = fail(services, account, times=1)
    plugin_states.sync(services)
    services.calls.run(line, lambda: Page((), None))
    plugin_states.sync(services)
    assert (only(services).failures, only(services).total) == (0, 1)


def test_person_opens_a_line_that_was_closed_and_is_remembered(
    services: Services, account: Account
) -> None:
    line = fail(services, account)
    plugin_states.sync(services)
    with services.database.read() as session:
        assert plugin_states.list_troubles(session)[0].open_until is not None
    with pytest.raises(Paused):
        services.calls.run(line, away)
    plugin_states.ask_retry(services, only(services).id, user_id=_user(services))
    assert services.calls.run(line, lambda: Page((), None)) == Page([], None)
    with services.database.read() as session:
        assert session.scalars(select(AuditEntry.action)).all() == ["plugin.retried"]


def _user(services: Services) -> int:
    from factories import make_user

    with services.database.write() as session:
        return make_user(session).id


def test_wish_reaches_other_processes_with_their_next_sync(
    services: Services, account: Account
) -> None:
    line = fail(services, account)
    plugin_states.sync(services)
    with services.database.write() as session:
        from tanggap.store.base import utcnow

        session.get_one(PluginState, only(services).id).retry_asked_at = utcnow()
    plugin_states.sync(services)
    assert services.calls.run(line, lambda: Page((), None)).cursor is None


def test_poll_of_a_closed_line_waits_and_asks_nobody(services: Services, account: Account) -> None:
    fail(services, account)
    assert poll_account(services, account.id) == 0
    assert due_accounts(services) == []
    with services.database.read() as session:
        assert session.get_one(Account, account.id).poll_claimed_until is not None
