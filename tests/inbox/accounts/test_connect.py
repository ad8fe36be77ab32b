"""Accounts come and go through the consent page, and nothing is lost on the way."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from sqlalchemy import select

from factories import make_account, make_app, make_user
from fakes import ACCOUNT_ID, T0, FakePlatform
from tanggap.errors import NotFoundError
from tanggap.inbox.accounts import channel_apps, connect
from tanggap.inbox.accounts.connect import Choice, Connected, ConnectError
from tanggap.inbox.services import Services, sdk_account
from tanggap.sdk.errors import InvalidConfig
from tanggap.store.accounts import (
    ACTIVE,
    DISCONNECTED,
    NEEDS_RECONNECT,
    Account,
    ChannelApp,
    ConnectAttempt,
)
from tanggap.store.audit import AuditEntry


@pytest.fixture
def user_id(services: Services) -> int:
    with services.database.write() as session:
        make_app(services, session)
        return make_user(session).id


def state_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["state"][0]


def go(services: Services, user_id: int, code: str, account_id: int | None = None) -> object:
    url = connect.begin(services, "fake", user_id=user_id, account_id=account_id)
    return connect.finish(services, "fake", state=state_of(url), code=code, user_id=user_id)


def account_rows(services: Services) -> list[Account]:
    with services.database.read() as session:
        return list(session.scalars(select(Account).order_by(Account.id)))


def test_single_account_is_connected_tested_and_subscribed(
    services: Services, platform: FakePlatform, user_id: int
) -> None:
    result = go(services, user_id, "acme")
    assert isinstance(result, Connected)
    (row,) = account_rows(services)
    assert (row.external_id, row.name, row.state, row.handle) == ("acme", "Acme", ACTIVE, "acme")
    assert row.webhook_subscribed_at is not None
    assert platform.subscribed == ["http://127.0.0.1:8000/hooks/fake"]
    with services.database.read() as session:
        assert sdk_account(services, session, row).token.access_token == "token-for-acme"
        actions = list(session.scalars(select(AuditEntry.action)))
    assert "account.connected" in actions


def test_token_is_stored_sealed_and_never_in_the_audit_log(
    services: Services, user_id: int
) -> None:
    go(services, user_id, "acme")
    (row,) = account_rows(services)
    assert row.sealed_token is not None
    assert b"token-for" not in row.sealed_token
    with services.database.read() as session:
        assert "token-for" not in str(
            [entry.detail for entry in session.scalars(select(AuditEntry))]
        )


def test_several_accounts_are_offered_and_only_ticked_ones_connected(
    services: Services, user_id: int
) -> None:
    choice = go(services, user_id, "one+two+three")
    assert isinstance(choice, Choice)
    assert [account.external_id for account in choice.candidates] == ["one", "two", "three"]
    assert account_rows(services) == []
    connect.choose(
        services,
        "fake",
        ticket=choice.ticket,
        external_ids=["one", "three", "never offered"],
        user_id=user_id,
    )
    assert [row.external_id for row in account_rows(services)] == ["one", "three"]


def test_a_ticket_of_one_step_does_not_open_the_other(services: Services, user_id: int) -> None:
    url = connect.begin(services, "fake", user_id=user_id)
    with pytest.raises(ConnectError) as raised:
        connect.choose(services, "fake", ticket=state_of(url), external_ids=["x"], user_id=user_id)
    assert raised.value.reason == "trip_over"


def test_state_works_once(services: Services, user_id: int) -> None:
    url = connect.begin(services, "fake", user_id=user_id)
    connect.finish(services, "fake", state=state_of(url), code="acme", user_id=user_id)
    with pytest.raises(ConnectError) as raised:
        connect.finish(services, "fake", state=state_of(url), code="acme", user_id=user_id)
    assert raised.value.reason == "trip_over"


def test_state_of_another_person_is_refused(services: Services, user_id: int) -> None:
    with services.database.write() as session:
        other = make_user(session).id
    url = connect.begin(services, "fake", user_id=user_id)
    with pytest.raises(ConnectError):
        connect.finish(services, "fake", state=state_of(url), code="acme", user_id=other)
    assert account_rows(services) == []


def test_state_is_refused_after_a_quarter_of_an_hour(services: Services, user_id: int) -> None:
    with time_machine.travel(T0, tick=False) as clock:
        url = connect.begin(services, "fake", user_id=user_id)
        clock.shift(15 * 60 + 1)
        with pytest.raises(ConnectError):
            connect.finish(services, "fake", state=state_of(url), code="acme", user_id=user_id)


@pytest.mark.parametrize("state", ["", "\x00", "\ud800", "x" * 10_000])
def test_strange_state_is_refused_and_not_an_error(
    services: Services, user_id: int, state: str
) -> None:
    with pytest.raises(ConnectError):
        connect.finish(services, "fake", state=state, code="acme", user_id=user_id)


def test_only_the_hash_of_the_state_is_stored(services: Services, user_id: int) -> None:
    state = state_of(connect.begin(services, "fake", user_id=user_id))
    with services.database.read() as session:
        attempt = session.scalars(select(ConnectAttempt)).one()
    assert state not in attempt.state_hash
    assert state.encode() not in attempt.sealed


def test_reconnecting_keeps_the_row_and_its_cursor(services: Services, user_id: int) -> None:
    with services.database.write() as session:
        row = make_account(
            session,
            services,
            external_id="acme",
            state=NEEDS_RECONNECT,
            state_cause="expired",
            poll_cursor="page-7",
            last_polled_at=T0,
        )
    result = go(services, user_id, "acme+other", account_id=row.id)
    assert isinstance(result, Connected)
    assert list(result.account_ids) == [row.id]
    (again,) = account_rows(services)
    assert (again.id, again.state, again.state_cause) == (row.id, ACTIVE, "")
    assert again.poll_cursor == "page-7"
    assert again.last_polled_at is None, "what was missed is asked for at once"


def test_reconnecting_with_the_wrong_login_names_both_and_changes_nothing(
    services: Services, user_id: int
) -> None:
    with services.database.write() as session:
        row = make_account(session, services, state=NEEDS_RECONNECT, name="Contoh Peduli")
    with pytest.raises(ConnectError, match=r"signed you in for Acme, not for Contoh Peduli"):
        go(services, user_id, "acme", account_id=row.id)
    (again,) = account_rows(services)
    assert again.state == NEEDS_RECONNECT


def test_connecting_a_known_account_again_makes_no_second_row(
    services: Services, user_id: int
) -> None:
    go(services, user_id, "acme")
    go(services, user_id, "acme")
    assert len(account_rows(services)) == 1


def test_credentials_that_do_not_work_are_not_saved(
    services: Services, platform: FakePlatform, user_id: int
) -> None:
    platform.health_status = "down"
    with pytest.raises(ConnectError) as raised:
        go(services, user_id, "acme")
    assert raised.value.reason == "account_refused"
    assert account_rows(services) == []


def test_account_without_webhooks_is_connected_with_a_warning(
    services: Services, platform: FakePlatform, user_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = services.registry.channels["fake"]
    webhook = loaded.channel.webhook
    assert webhook is not None

    def refuse(*_: object) -> None:
        raise InvalidConfig("app", "the app has no webhook product")

    channel = replace(loaded.channel, webhook=replace(webhook, subscribe=refuse))
    services.registry.channels["fake"] = replace(loaded, channel=channel)
    result = go(services, user_id, "acme")
    assert isinstance(result, Connected)
    assert "the app has no webhook product" in result.warnings[0]
    (row,) = account_rows(services)
    assert row.webhook_subscribed_at is None
    assert row.health_status == "degraded"


def test_bug_of_a_plugin_is_a_message_with_its_name(services: Services, user_id: int) -> None:
    loaded = services.registry.channels["fake"]

    def broken(*_: object) -> None:
        raise KeyError("access_token")

    oauth = loaded.channel.oauth
    assert oauth is not None
    channel = replace(loaded.channel, oauth=replace(oauth, exchange=broken))
    services.registry.channels["fake"] = replace(loaded, channel=channel)
    with pytest.raises(ConnectError, match=r"plugin fake failed in oauth\.exchange"):
        go(services, user_id, "acme")


def test_disconnecting_wipes_the_token_and_keeps_the_row(services: Services, user_id: int) -> None:
    go(services, user_id, "acme")
    (row,) = account_rows(services)
    connect.disconnect(services, row.id, user_id=user_id)
    (row,) = account_rows(services)
    assert row.state == DISCONNECTED
    assert row.sealed_token is None
    assert row.webhook_subscribed_at is None


def test_connecting_needs_a_filled_in_developer_app(services: Services) -> None:
    with services.database.write() as session:
        user_id = make_user(session).id
    with pytest.raises(ConnectError) as raised:
        connect.begin(services, "fake", user_id=user_id)
    assert raised.value.reason == "app_missing"


def test_channel_without_a_plugin_is_named(services: Services) -> None:
    with pytest.raises(NotFoundError, match="'nowhere'"):
        connect.begin(services, "nowhere", user_id=1)


def test_secret_left_empty_keeps_the_stored_one_and_is_never_sent_back(
    services: Services, user_id: int
) -> None:
    channel_apps.save_app(
        services, "fake", {"client_id": "new", "client_secret": ""}, user_id=user_id
    )
    with services.database.read() as session:
        states = {s.field.name: s for s in channel_apps.form_state(services, session, "fake")}
        row = session.get_one(ChannelApp, "fake")
    assert states["client_id"].value == "new"
    assert (states["client_secret"].value, states["client_secret"].stored) == ("", True)
    assert services.vault.open(row.sealed_secrets)["client_secret"]


def test_missing_field_is_named(services: Services, user_id: int) -> None:
    with pytest.raises(InvalidConfig) as raised:
        channel_apps.save_app(services, "fake", {"client_id": "  "}, user_id=user_id)
    assert raised.value.field == "client_id"


def test_account_of_the_factories_can_be_reconnected(services: Services, user_id: int) -> None:
    with services.database.write() as session:
        row = make_account(session, services)
    result = go(services, user_id, ACCOUNT_ID, account_id=row.id)
    assert isinstance(result, Connected)
