"""Connecting by typed values: tested before saved, secrets sealed, reconnected in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from sqlalchemy import select

from factories import make_account, make_user
from fakes import FakePlatform, change_channel
from tanggap.inbox.accounts.connect import Choice, Connected, ConnectError, choose, disconnect
from tanggap.inbox.accounts.connect_form import form_fields, submit
from tanggap.inbox.services import Services, sdk_account
from tanggap.sdk import (
    Account,
    AppCredentials,
    AuthExpired,
    ConfigField,
    Connecting,
    Http,
    InvalidConfig,
    Token,
    Unavailable,
)
from tanggap.store.accounts import ACTIVE, DISCONNECTED, NEEDS_RECONNECT
from tanggap.store.accounts import Account as Row
from tanggap.store.base import utcnow
from tanggap.store.reading import Gap

FIELDS = (
    ConfigField("url", {"en": "Address", "id": "Alamat"}, "url"),
    ConfigField("key", "Key", "secret"),
)
VALUES = {"url": "https://forum.example", "key": "s3cret"}


class Forum:
    """A platform that is connected by an address and a key."""

    def __init__(self) -> None:
        self.names = ["forum"]
        self.fault: Exception | None = None

    def connect(
        self, app: AppCredentials, values: Mapping[str, str], http: Http
    ) -> Sequence[Account]:
        if self.fault is not None:
            raise self.fault
        config = {"url": values["url"]}
        return [Account(n, n.title(), Token(values["key"]), app, config=config) for n in self.names]


@pytest.fixture
def forum(services: Services) -> Forum:
    made = Forum()
    connecting = Connecting(fields=FIELDS, connect=made.connect)
    change_channel(services, oauth=None, app_fields=(), connecting=connecting)
    return made


@pytest.fixture
def user(services: Services) -> int:
    with services.database.write() as session:
        return make_user(session).id


def accounts(services: Services) -> list[Row]:
    with services.database.read() as session:
        return list(session.scalars(select(Row)))


def test_account_is_connected_and_its_key_is_sealed(
    services: Services, forum: Forum, user: int
) -> None:
    result = submit(services, "fake", VALUES, user_id=user)
    assert isinstance(result, Connected)
    (row,) = accounts(services)
    assert (row.name, row.state, row.config) == ("Forum", ACTIVE, {"url": "https://forum.example"})
    assert b"s3cret" not in (row.sealed_token or b"")
    with services.database.read() as session:
        assert sdk_account(services, session, row).token.access_token == "s3cret"


@pytest.mark.parametrize(
    ("values", "field"),
    [({}, "url"), ({"url": "nonsense", "key": "k"}, "url"), ({"url": "https://x.example"}, "key")],
)
def test_value_that_cannot_be_is_named_before_anybody_is_asked(
    services: Services, forum: Forum, user: int, values: dict[str, str], field: str
) -> None:
    forum.fault = AssertionError("asked")
    with pytest.raises(InvalidConfig) as refused:
        submit(services, "fake", values, user_id=user)
    assert refused.value.field == field


def test_value_the_platform_refuses_is_named(services: Services, forum: Forum, user: int) -> None:
    forum.fault = InvalidConfig("key", "this key is not known there")
    with pytest.raises(InvalidConfig) as refused:
        submit(services, "fake", VALUES, user_id=user)
    assert refused.value.field == "key"
    assert accounts(services) == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (AuthExpired("no", "missing_scope"), "refused_missing_scope"),
        (AuthExpired("no", "app_not_approved"), "refused_app_not_approved"),
        (Unavailable("away"), "refused"),
        (InvalidConfig("nobody-knows", "?"), "refused"),
        (ZeroDivisionError(), "refused"),
    ],
)
def test_other_trouble_names_its_cause(
    services: Services, forum: Forum, user: int, fault: Exception, reason: str
) -> None:
    forum.fault = fault
    with pytest.raises(ConnectError) as refused:
        submit(services, "fake", VALUES, user_id=user)
    assert refused.value.reason == reason


def test_of_several_accounts_a_person_chooses(services: Services, forum: Forum, user: int) -> None:
    forum.names = ["a", "b"]
    choice = submit(services, "fake", VALUES, user_id=user)
    assert isinstance(choice, Choice)
    choose(services, "fake", ticket=choice.ticket, external_ids=["b"], user_id=user)
    assert [row.external_id for row in accounts(services)] == ["b"]


def test_reconnecting_keeps_id_history_and_cursor_and_never_shows_the_key(
    services: Services, forum: Forum, user: int
) -> None:
    with services.database.write() as session:
        known = make_account(
            session, services, external_id="forum", state=NEEDS_RECONNECT, poll_cursor="7",
            last_polled_at=utcnow(), config={"url": "https://old.example"},
        ).id  # fmt: skip
    with services.database.read() as session:
        url, key = form_fields(services, session, "fake", known)
    assert (url.value, key.value, key.stored) == ("https://old.example", "", False)
    submit(services, "fake", VALUES, user_id=user, account_id=known)
    (row,) = accounts(services)
    assert (row.id, row.state, row.poll_cursor) == (known, ACTIVE, "7")
    with services.database.read() as session:
        assert session.scalars(select(Gap.cause)).all() == ["access"]


def test_reconnecting_as_somebody_else_is_refused(
    services: Services, forum: Forum, user: int
) -> None:
    with services.database.write() as session:
        known = make_account(session, services, external_id="other").id
    with pytest.raises(ConnectError) as refused:
        submit(services, "fake", VALUES, user_id=user, account_id=known)
    assert refused.value.reason == "wrong_account"


def test_disconnecting_takes_webhooks_back(
    services: Services, user: int, platform: FakePlatform
) -> None:
    with services.database.write() as session:
        account = make_account(session, services, webhook_subscribed_at=utcnow())
    assert disconnect(services, account.id, user_id=user) == ""
    assert platform.unsubscribed == [account.external_id]
    (row,) = accounts(services)
    assert (row.state, row.sealed_token) == (DISCONNECTED, None)


def test_account_is_disconnected_even_if_webhooks_cannot_be_taken_back(
    services: Services, user: int
) -> None:
    def away(*_arguments: object) -> None:
        raise Unavailable("away")

    webhook = services.registry.channels["fake"].channel.webhook
    object.__setattr__(webhook, "unsubscribe", away)
    with services.database.write() as session:
        account = make_account(session, services, webhook_subscribed_at=utcnow())
    assert "may go on sending" in disconnect(services, account.id, user_id=user)
    assert accounts(services)[0].state == DISCONNECTED
