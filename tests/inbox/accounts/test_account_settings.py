"""What is set for one account, kept through reconnecting, and told to its channel."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from factories import make_account, make_app, make_conversation, make_user
from fakes import FakePlatform, change_channel
from tanggap.inbox.accounts import account_settings, connect
from tanggap.inbox.sending.measuring import measure
from tanggap.inbox.services import Services
from tanggap.sdk import Account as SdkAccount
from tanggap.sdk import ConfigField, Http, InvalidConfig, Unavailable
from tanggap.store.accounts import Account
from tanggap.store.conversations import Conversation
from tanggap.store.users import User

FIELDS = (
    ConfigField(
        "length",
        "Length",
        kind="choice",
        required=False,
        choices=(("", "short"), ("long", {"en": "long", "id": "panjang"})),
    ),
    ConfigField("hidden", "A secret has no place here", kind="secret", required=False),
)


def go(services: Services, user_id: int, account_id: int | None = None) -> None:
    url = connect.begin(services, "fake", user_id=user_id, account_id=account_id)
    (state,) = parse_qs(urlsplit(url).query)["state"]
    connect.finish(services, "fake", state=state, code="acme", user_id=user_id)


@pytest.fixture
def account(services: Services, platform: FakePlatform) -> Account:
    def limit(account: SdkAccount, visibility: str) -> int:
        return 1000 if account.config.get("length") == "long" else 40

    replying = platform.channel().replying
    assert replying is not None
    change_channel(services, account_fields=FIELDS, replying=replace(replying, limit=limit))
    with services.database.write() as session:
        make_app(services, session)
        return make_account(session, services, config={"page": "7"})


def test_value_is_checked_stored_beside_what_the_channel_keeps_and_audited(
    services: Services, account: Account
) -> None:
    with services.database.write() as session:
        user_id = make_user(session).id
    assert [state.field.name for state in account_settings.form_state(services, account)] == [
        "length"
    ]
    with pytest.raises(InvalidConfig):
        account_settings.save(services, account.id, {"length": "endless"}, user_id=user_id)
    values = {"length": "long", "hidden": "s", "page": "8"}
    account_settings.save(services, account.id, values, user_id=user_id)
    with services.database.read() as session:
        assert session.get_one(Account, account.id).config == {"page": "7", "length": "long"}


def test_limit_follows_what_was_set(services: Services, account: Account) -> None:
    with services.database.write() as session:
        conversation = make_conversation(session, session.get_one(Account, account.id))
        user = make_user(session)
        ids = conversation.id, user.id
    for expected in (40, 1000):
        with services.database.read() as session:
            conversation = session.get_one(Conversation, ids[0])
            found = measure(services, conversation, session.get_one(User, ids[1]), "a", "public")
        assert found.limit == expected
        account_settings.save(services, account.id, {"length": "long"}, user_id=ids[1])


def test_settings_outlive_reconnecting(services: Services, platform: FakePlatform) -> None:
    change_channel(services, account_fields=FIELDS)
    with services.database.write() as session:
        make_app(services, session)
        user_id = make_user(session).id
    go(services, user_id)
    with services.database.read() as session:
        account_id = session.scalars(select(Account.id)).one()
    account_settings.save(services, account_id, {"length": "long"}, user_id=user_id)
    go(services, user_id, account_id)
    with services.database.read() as session:
        assert session.get_one(Account, account_id).config["length"] == "long"


@pytest.mark.parametrize("away", [False, True])
def test_token_is_withdrawn_on_disconnecting_or_a_warning_says_that_it_was_not(
    away: bool, services: Services, account: Account
) -> None:
    withdrawn: list[str] = []

    def revoke(account: SdkAccount, http: Http) -> None:
        if away:
            raise Unavailable("the platform is away")
        withdrawn.append(account.token.access_token)

    oauth = services.registry.channels["fake"].channel.oauth
    assert oauth is not None
    change_channel(services, oauth=replace(oauth, revoke=revoke))
    with services.database.write() as session:
        user_id = make_user(session).id
    warning = connect.disconnect(services, account.id, user_id=user_id)
    assert (withdrawn, "may still know its token" in warning) == ([] if away else ["token"], away)
    with services.database.read() as session:
        assert session.get_one(Account, account.id).sealed_token is None
