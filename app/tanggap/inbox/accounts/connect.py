"""Connect, reconnect and disconnect accounts through the platform's own consent page."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError
from tanggap.inbox.accounts.channel_apps import is_configured, loaded_channel
from tanggap.inbox.accounts.connect_saving import (
    Connected,
    audit_account,
    connect_accounts,
    revoke,
    unsubscribe,
)
from tanggap.inbox.accounts.connect_trips import ConnectError, Trip, freeze, redeem, remember, thaw
from tanggap.inbox.clean import usable_id
from tanggap.inbox.services import Services, sdk_app
from tanggap.plugins.breaker import Line
from tanggap.plugins.calls import PluginFaultError
from tanggap.plugins.registry import LoadedChannel
from tanggap.sdk.channel import AuthorizeRequest, CodeExchange, OAuth2
from tanggap.sdk.errors import AuthExpired, ChannelError
from tanggap.sdk.types import Account as SdkAccount
from tanggap.sdk.types import AppCredentials
from tanggap.store import accounts
from tanggap.store.accounts import Account

__all__ = ["Choice", "ConnectError", "Connected", "begin", "choose", "disconnect", "finish"]


@dataclass(frozen=True, slots=True)
class Choice:
    """Several accounts came back: a person ticks some, and `ticket` goes with the form."""

    ticket: str
    candidates: Sequence[SdkAccount]


def callback_url(services: Services, channel: str) -> str:
    """Give the address to which the platform sends the browser back."""
    return f"{services.settings.public_url.rstrip('/')}/admin/accounts/{channel}/callback"


def begin(services: Services, channel: str, *, user_id: int, account_id: int | None = None) -> str:
    """Start a connection and return the address of the platform's consent page.

    With `account_id` that account is reconnected and no other is connected. Raises
    `ConnectError` when the developer app is not filled in.
    """
    loaded, oauth = _oauth(services, channel)
    verifier = secrets.token_urlsafe(48)
    redirect_uri = callback_url(services, channel)
    with services.database.write() as session:
        app = app_of(services, session, loaded)
        if account_id is not None:
            _account_of(session, channel, account_id)
        state = remember(
            services,
            session,
            Trip(
                step="consent",
                channel=channel,
                user_id=user_id,
                account_id=account_id,
                values={"verifier": verifier, "redirect_uri": redirect_uri},
            ),
        )
    request = AuthorizeRequest(
        redirect_uri=redirect_uri,
        state=state,
        code_challenge=_challenge(verifier) if oauth.pkce else None,
    )
    line = Line(loaded.channel.key, "oauth.authorize_url")
    return services.calls.run(line, oauth.authorize_url, app, request)


def finish(
    services: Services, channel: str, *, state: str, code: str, user_id: int
) -> Connected | Choice:
    """Come back from the consent page: exchange the code, then connect or offer a choice."""
    loaded, oauth = _oauth(services, channel)
    trip = redeem(services, "consent", channel, state, user_id)
    with services.database.read() as session:
        app = app_of(services, session, loaded)
    answer = CodeExchange(
        code=code,
        redirect_uri=trip.values["redirect_uri"],
        code_verifier=trip.values["verifier"] if oauth.pkce else None,
    )
    found = _found_accounts(services, loaded, oauth, app, answer)
    return settle(services, loaded, found, account_id=trip.account_id, user_id=user_id)


def settle(
    services: Services,
    loaded: LoadedChannel,
    found: Sequence[SdkAccount],
    *,
    account_id: int | None,
    user_id: int,
) -> Connected | Choice:
    """Reconnect the wanted one of the accounts found, connect the only one, or offer a choice."""
    usable = [account for account in found if usable_id(account.external_id)]
    if not usable:
        raise ConnectError(
            "no_account",
            "{channel} offered no account: sign in there as somebody who manages one",
            channel=loaded.channel.name,
        )
    if account_id is not None:
        return _reconnect(services, loaded, account_id, usable, user_id)
    if len(usable) == 1:
        return connect_accounts(services, loaded, usable, user_id)
    chosen_later = Trip(
        step="choice",
        channel=loaded.channel.key,
        user_id=user_id,
        values={"candidates": freeze(usable)},
    )
    with services.database.write() as session:
        return Choice(remember(services, session, chosen_later), usable)


def choose(
    services: Services, channel: str, *, ticket: str, external_ids: Sequence[str], user_id: int
) -> Connected:
    """Connect the accounts a person ticked."""
    loaded = loaded_channel(services, channel)
    trip = redeem(services, "choice", channel, ticket, user_id)
    with services.database.read() as session:
        app = app_of(services, session, loaded)
    offered = thaw(trip.values["candidates"], app)
    picked = [account for account in offered if account.external_id in external_ids]
    if not picked:
        raise ConnectError(
            "none_ticked", "no account was ticked, so none was connected: start again"
        )
    return connect_accounts(services, loaded, picked, user_id)


def disconnect(services: Services, account_id: int, *, user_id: int) -> str:
    """Stop an account and wipe its token; conversations and posts stay.

    Returns a warning when its webhooks could not be taken back, or its token not be made
    worthless, else nothing.
    """
    warnings = [unsubscribe(services, account_id), revoke(services, account_id)]
    with services.database.write() as session:
        row = accounts.account_by_id(session, account_id)
        row.state = accounts.DISCONNECTED
        row.state_cause = row.state_reason = ""
        row.sealed_token = row.token_expires_at = row.webhook_subscribed_at = None
        audit_account(session, "account.disconnected", row, user_id)
    return " ".join(filter(None, warnings))


def _oauth(services: Services, channel: str) -> tuple[LoadedChannel, OAuth2]:
    loaded = loaded_channel(services, channel)
    if loaded.channel.oauth is None:
        raise NotFoundError(f"{loaded.channel.name} has no accounts to connect")
    return loaded, loaded.channel.oauth


def app_of(services: Services, session: Session, loaded: LoadedChannel) -> AppCredentials:
    """Give the developer app, or raise `ConnectError` when it is not filled in."""
    services.apps.forget(loaded.channel.key)
    app = sdk_app(services, session, loaded.channel.key)
    if not is_configured(services, session, loaded.channel.key):
        raise ConnectError(
            "app_missing",
            "fill in the developer app of {channel} first",
            channel=loaded.channel.name,
        )
    return app or AppCredentials({}, {})


def _account_of(session: Session, channel: str, account_id: int) -> Account:
    row = accounts.account_by_id(session, account_id)
    if row.channel != channel:
        raise NotFoundError(f"account {account_id} is not on {channel}")
    return row


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _found_accounts(
    services: Services,
    loaded: LoadedChannel,
    oauth: OAuth2,
    app: AppCredentials,
    answer: CodeExchange,
) -> Sequence[SdkAccount]:
    key, run = loaded.channel.key, services.calls.run
    exchange_http = services.calls.client(loaded.channel, app.config)
    list_http = services.calls.client(loaded.channel, app.config)
    try:
        token = run(Line(key, "oauth.exchange"), oauth.exchange, app, answer, exchange_http)
        line = Line(key, "oauth.list_accounts")
        found = run(line, oauth.list_accounts, app, token, list_http)
    except (ChannelError, PluginFaultError) as error:
        raise refused(loaded, error) from error
    return found


def refused(loaded: LoadedChannel, error: Exception) -> ConnectError:
    """Say why a platform connected nothing, with the cause where it names one."""
    reason = f"refused_{error.cause}" if isinstance(error, AuthExpired) else "refused"
    return ConnectError(reason, "{detail}", channel=loaded.channel.name, detail=str(error))


def _reconnect(
    services: Services,
    loaded: LoadedChannel,
    account_id: int,
    found: Sequence[SdkAccount],
    user_id: int,
) -> Connected:
    with services.database.read() as session:
        row = _account_of(session, loaded.channel.key, account_id)
    same = [account for account in found if account.external_id == row.external_id]
    if not same:
        raise ConnectError(
            "wrong_account",
            "{channel} signed you in for {offered}, not for {name}: sign in there as somebody "
            "who manages {name}, then reconnect",
            channel=loaded.channel.name,
            offered=", ".join(account.name for account in found),
            name=row.name,
        )
    return connect_accounts(services, loaded, same, user_id)
