"""The company's developer app on each channel: its form, checks and storage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError
from tanggap.inbox.clean import in_english
from tanggap.inbox.services import Services
from tanggap.plugins.registry import LoadedChannel
from tanggap.sdk.errors import InvalidConfig
from tanggap.sdk.types import ConfigField
from tanggap.store import audit
from tanggap.store.accounts import ChannelApp

Problem = Literal["required", "choice", "url", "https"]
_MESSAGES: Mapping[Problem, str] = {
    "required": "{label} is needed",
    "choice": "{label} must be one of the values offered",
    "url": "{label} must be a whole address, such as https://example.com",
    "https": "{label} must begin with https://, unless TANGGAP_PRIVATE_HOSTS lists its host",
}


class FieldProblem(InvalidConfig):
    """A value that our own checks refuse; `problem` is a stable key for translation."""

    def __init__(self, field: ConfigField, problem: Problem) -> None:
        super().__init__(field.name, _MESSAGES[problem].format(label=in_english(field.label)))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class FieldState:
    """A field as a form shows it; a secret only says whether one is `stored`."""

    field: ConfigField
    value: str
    stored: bool


def loaded_channel(services: Services, key: str) -> LoadedChannel:
    """Give the channel of this key; raises `NotFoundError` naming what to do."""
    loaded = services.registry.channels.get(key)
    if loaded is None:
        raise NotFoundError(
            f"no plugin brings the channel {key!r}: install it, or see `tanggap doctor`"
        )
    return loaded


def form_state(services: Services, session: Session, key: str) -> list[FieldState]:
    """List the developer app's fields with what is stored, secrets left out."""
    row = session.get(ChannelApp, key)
    config = row.config if row else {}
    held = services.vault.open(row.sealed_secrets) if row else {}
    return [
        FieldState(field, "", bool(held.get(field.name)))
        if field.kind == "secret"
        else FieldState(field, str(config.get(field.name, field.default)), field.name in config)
        for field in loaded_channel(services, key).channel.app_fields
    ]


def is_configured(services: Services, session: Session, key: str) -> bool:
    """Tell whether every required field of the developer app is stored."""
    if session.get(ChannelApp, key) is None:
        return not any(field.required for field in loaded_channel(services, key).channel.app_fields)
    return all(
        state.stored or bool(state.value) or not state.field.required
        for state in form_state(services, session, key)
    )


def save_app(
    services: Services, key: str, values: Mapping[str, str], *, user_id: int | None
) -> None:
    """Check and store a developer app; a secret left empty keeps its stored value.

    Raises `InvalidConfig` naming the first field that is wrong.
    """
    fields = loaded_channel(services, key).channel.app_fields
    with services.database.write() as session:
        row = session.get(ChannelApp, key)
        held = services.vault.open(row.sealed_secrets) if row else {}
        config, secrets = check_values(fields, values, held, services.settings.private_hosts)
        if row is None:
            row = ChannelApp(channel=key)
            session.add(row)
        before, row.config = row.config or {}, config
        row.sealed_secrets = services.vault.seal(secrets)
        changed = sorted(name for name in secrets if secrets[name] != held.get(name))
        audit.record(
            session,
            "channel_app.saved",
            "channel_app",
            key,
            user_id=user_id,
            detail={"before": before, "after": {**config, "changed_secrets": changed}},
        )
    services.apps.forget(key)


def check_values(
    fields: Sequence[ConfigField],
    values: Mapping[str, str],
    held: Mapping[str, str],
    private_hosts: Sequence[str],
) -> tuple[dict[str, str], dict[str, str]]:
    """Check typed values and part them into plain and secret; an empty secret keeps its `held`.

    Raises `InvalidConfig` naming the first field that is wrong.
    """
    config: dict[str, str] = {}
    secrets: dict[str, str] = {}
    for field in fields:
        value = values.get(field.name, "").strip()
        if field.kind == "secret":
            value = value or held.get(field.name, "")
        if not value and field.required and field.kind != "bool":
            raise FieldProblem(field, "required")
        if value:
            _check_kind(field, value, private_hosts)
        target = secrets if field.kind == "secret" else config
        target[field.name] = value
    return config, secrets


def _check_kind(field: ConfigField, value: str, private_hosts: Sequence[str]) -> None:
    if field.kind == "choice" and value not in {choice for choice, _ in field.choices}:
        raise FieldProblem(field, "choice")
    if field.kind != "url":
        return
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise FieldProblem(field, "url") from error
    if parts.scheme not in ("http", "https") or not host:
        raise FieldProblem(field, "url")
    if parts.scheme == "http" and not {host, f"{host}:{port}"} & set(private_hosts):
        raise FieldProblem(field, "https")
