"""Save accounts that a platform handed over, after their credentials were tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tanggap.inbox.accounts import account_settings, gaps
from tanggap.inbox.accounts.connect_trips import ConnectError
from tanggap.inbox.accounts.tokens import seal_token
from tanggap.inbox.clean import MAX_NAME
from tanggap.inbox.services import Services, client_for, sdk_account
from tanggap.plugins.breaker import Line
from tanggap.plugins.calls import PluginFaultError
from tanggap.plugins.registry import LoadedChannel
from tanggap.sdk.errors import AuthExpired, ChannelError
from tanggap.sdk.health import Health
from tanggap.sdk.types import Account as SdkAccount
from tanggap.sdk.words import Words
from tanggap.store import accounts, audit
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.storable import storable

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Connected:
    """Accounts that were connected; `warnings` say what does not work yet."""

    account_ids: Sequence[int]
    warnings: Sequence[str] = ()


def webhook_url(services: Services, channel: str) -> str:
    """Give the address at which the platform delivers."""
    return f"{services.settings.public_url.rstrip('/')}/hooks/{channel}"


def connect_accounts(
    services: Services, loaded: LoadedChannel, picked: Sequence[SdkAccount], user_id: int
) -> Connected:
    """Test each account's credentials, save it, and ask for its webhooks.

    An account is saved before its webhooks are asked for, since the platform may deliver at once.
    """
    ids: list[int] = []
    warnings: list[str] = []
    refused: ConnectError | None = None
    for account in picked:
        try:
            health = _tested(services, loaded, account)
        except ConnectError as error:
            refused = error
            warnings.append(str(error))
            continue
        account_id = _save(services, loaded.channel.key, account, health, user_id)
        ids.append(account_id)
        warnings.extend(filter(None, [_subscribe(services, loaded, account_id, account)]))
    if refused and not ids:
        raise refused
    return Connected(ids, warnings)


def audit_account(session: Session, action: str, row: Account, user_id: int) -> None:
    """Write down who did what to an account."""
    detail = {"channel": row.channel, "external_id": row.external_id, "name": row.name}
    audit.record(session, action, "account", row.id, user_id=user_id, detail=detail)


def _tested(services: Services, loaded: LoadedChannel, account: SdkAccount) -> Health:
    try:
        health = _health(services, loaded, account)
    except (ChannelError, PluginFaultError) as error:
        raise _refused(account, str(error)) from error
    if health.status == "down":
        raise _refused(account, Words(health.detail))
    return health


def _health(services: Services, loaded: LoadedChannel, account: SdkAccount) -> Health:
    http = client_for(services, loaded.channel, account)
    return services.calls.run(
        Line(loaded.channel.key, "health"), loaded.channel.health, account, http
    )


def _refused(account: SdkAccount, detail: str) -> ConnectError:
    return ConnectError(
        "account_refused",
        "{name} was not connected: {detail}",
        name=account.name,
        detail=detail,
    )


def _save(
    services: Services, channel: str, account: SdkAccount, health: Health, user_id: int
) -> int:
    try:
        return _upsert(services, channel, account, health, user_id)
    except IntegrityError:
        # Somebody else connected the same account a moment ago; now its row is there.
        return _upsert(services, channel, account, health, user_id)


def _upsert(
    services: Services, channel: str, account: SdkAccount, health: Health, user_id: int
) -> int:
    with services.database.write() as session:
        row = session.scalar(
            select(Account).where(
                Account.channel == channel, Account.external_id == account.external_id
            )
        )
        known = row is not None
        if row is None:
            row = Account(channel=channel, external_id=account.external_id)
            session.add(row)
        row.name = storable(account.name, MAX_NAME)
        row.handle = storable(account.handle, MAX_NAME)
        # What the operator set for the account outlives its connection.
        kept = account_settings.kept_settings(services, row) if known else {}
        row.config = {**account.config, **kept}
        if known and row.state != accounts.ACTIVE:
            cause = gaps.ACCESS if row.state == accounts.NEEDS_RECONNECT else gaps.DISCONNECTED
            gaps.open_gap(session, row, cause, row.state_reason, since=row.last_polled_at)
        row.state = accounts.ACTIVE
        row.state_cause = row.state_reason = ""
        row.connected_by_id = user_id
        # Whatever came while the account was away is asked for at once.
        row.last_polled_at = row.poll_claimed_until = None
        row.health_status, row.health_detail = health.status, Words(health.detail)
        row.health_checked_at = utcnow()
        row.sealed_token = seal_token(services, account.token)
        row.token_expires_at = account.token.expires_at
        session.flush()
        audit_account(
            session, "account.reconnected" if known else "account.connected", row, user_id
        )
        return row.id


def _subscribe(
    services: Services, loaded: LoadedChannel, account_id: int, account: SdkAccount
) -> str:
    """Ask for webhooks; returns a warning, empty when all is well."""
    webhook, warning = loaded.channel.webhook, ""
    if webhook is None or webhook.subscribe is None:
        return warning
    url = webhook_url(services, loaded.channel.key)
    try:
        line = Line(loaded.channel.key, "webhook.subscribe", account_id)
        http = client_for(services, loaded.channel, account, account_id)
        services.calls.run(line, webhook.subscribe, account, url, http)
        # A platform that was asked before this may have said that webhooks are missing.
        health = _health(services, loaded, account)
    except (ChannelError, PluginFaultError) as error:
        warning = f"{account.name} is connected, but sends no webhooks yet: {error}"
        health = Health("degraded", warning)
    with services.database.write() as session:
        row = accounts.account_by_id(session, account_id)
        row.webhook_subscribed_at = None if warning else utcnow()
        row.health_status, row.health_detail = health.status, Words(health.detail)
    return warning


def unsubscribe(services: Services, account_id: int) -> str:
    """Take an account's webhooks back while its token still works; returns a warning, if any."""
    with services.database.read() as session:
        row = accounts.account_by_id(session, account_id)
        channel = services.registry.channel(row.channel)
        webhook = channel.webhook if channel is not None else None
        if channel is None or webhook is None or webhook.unsubscribe is None:
            return ""
        if row.sealed_token is None or row.webhook_subscribed_at is None:
            return ""
        account = sdk_account(services, session, row)
    line = Line(row.channel, "webhook.unsubscribe", account_id)
    http = client_for(services, channel, account, account_id)
    try:
        services.calls.run(line, webhook.unsubscribe, account, http)
    except (ChannelError, PluginFaultError) as error:
        log.warning("webhooks not taken back", account=account_id, reason=str(error))
        return f"{row.name} is disconnected, but the platform may go on sending webhooks: {error}"
    return ""


def revoke(services: Services, account_id: int) -> str:
    """Make an account's token worthless where the platform lets us; returns a warning, if any."""
    with services.database.read() as session:
        row = accounts.account_by_id(session, account_id)
        channel = services.registry.channel(row.channel)
        oauth = channel.oauth if channel is not None else None
        if channel is None or oauth is None or oauth.revoke is None or row.sealed_token is None:
            return ""
        account = sdk_account(services, session, row)
    line = Line(row.channel, "oauth.revoke", account_id)
    http = client_for(services, channel, account, account_id)
    try:
        services.calls.run(line, oauth.revoke, account, http)
    except AuthExpired:
        return ""
    except (ChannelError, PluginFaultError) as error:
        log.warning("token not revoked", account=account_id, reason=str(error))
        return f"{row.name} is disconnected, but the platform may still know its token: {error}"
    return ""
