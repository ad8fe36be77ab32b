"""Connect accounts by typed values, on platforms without a consent page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError
from tanggap.inbox.accounts.channel_apps import FieldState, check_values, loaded_channel
from tanggap.inbox.accounts.connect import Choice, Connected, app_of, refused, settle
from tanggap.inbox.services import Services
from tanggap.plugins.breaker import Line
from tanggap.plugins.calls import PluginFaultError
from tanggap.plugins.registry import LoadedChannel
from tanggap.sdk.channel import Connecting
from tanggap.sdk.errors import ChannelError, InvalidConfig
from tanggap.store.accounts import account_by_id


def form_fields(
    services: Services, session: Session, channel: str, account_id: int | None = None
) -> Sequence[FieldState]:
    """List the fields to type; an account that is reconnected fills in what is not secret."""
    loaded, connecting = _part(services, channel)
    app_of(services, session, loaded)
    known: Mapping[str, str] = {}
    if account_id is not None:
        row = account_by_id(session, account_id)
        if row.channel != channel:
            raise NotFoundError(f"account {account_id} is not on {channel}")
        known = row.config
    return [
        FieldState(field, "", stored=False)
        if field.kind == "secret"
        else FieldState(field, str(known.get(field.name, field.default)), field.name in known)
        for field in connecting.fields
    ]


def submit(
    services: Services,
    channel: str,
    values: Mapping[str, str],
    *,
    user_id: int,
    account_id: int | None = None,
) -> Connected | Choice:
    """Test typed values, then connect the account they lead to, or offer a choice.

    Raises `InvalidConfig` naming the field that is wrong, and `ConnectError`. With `account_id`
    that account is reconnected and no other is connected.
    """
    loaded, connecting = _part(services, channel)
    private_hosts = services.settings.private_hosts
    config, secrets = check_values(connecting.fields, values, {}, private_hosts)
    with services.database.read() as session:
        app = app_of(services, session, loaded)
    http = services.calls.client(loaded.channel, app.config, config)
    line = Line(channel, "connecting.connect")
    try:
        found = services.calls.run(line, connecting.connect, app, {**config, **secrets}, http)
    except InvalidConfig as error:
        if error.field in {field.name for field in connecting.fields}:
            raise
        raise refused(loaded, error) from error
    except (ChannelError, PluginFaultError) as error:
        raise refused(loaded, error) from error
    return settle(services, loaded, found, account_id=account_id, user_id=user_id)


def _part(services: Services, channel: str) -> tuple[LoadedChannel, Connecting]:
    loaded = loaded_channel(services, channel)
    if loaded.channel.connecting is None:
        raise NotFoundError(f"{loaded.channel.name} is not connected by typed values")
    return loaded, loaded.channel.connecting
