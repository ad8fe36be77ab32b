"""What an operator sets for one connected account, where its channel has such fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tanggap.inbox.accounts.channel_apps import FieldState, check_values
from tanggap.inbox.services import Services
from tanggap.sdk.types import ConfigField
from tanggap.store import audit
from tanggap.store.accounts import Account, account_by_id


def form_state(services: Services, account: Account) -> Sequence[FieldState]:
    """List the fields of an account with what is set."""
    return [
        FieldState(field, str(account.config.get(field.name, field.default)), stored=False)
        for field in account_fields(services, account.channel)
    ]


def account_fields(services: Services, channel_key: str) -> Sequence[ConfigField]:
    """List what can be set; a secret has no place among plain settings and is left out."""
    channel = services.registry.channel(channel_key)
    fields = channel.account_fields if channel is not None else ()
    return [field for field in fields if field.kind != "secret"]


def save(
    services: Services, account_id: int, values: Mapping[str, str], *, user_id: int
) -> Account:
    """Check and store what was set; raises `InvalidConfig` naming the first wrong field."""
    with services.database.write() as session:
        account = account_by_id(session, account_id)
        fields = account_fields(services, account.channel)
        config, _ = check_values(fields, values, {}, services.settings.private_hosts)
        detail = {"before": {name: account.config.get(name) for name in config}, "after": config}
        account.config = {**account.config, **config}
        audit.record(
            session, "account.settings", "account", account_id, user_id=user_id, detail=detail
        )
        return account


def kept_settings(services: Services, account: Account) -> dict[str, str]:
    """Give what is to stay when an account is connected again."""
    names = {field.name for field in account_fields(services, account.channel)}
    return {name: value for name, value in account.config.items() if name in names}
