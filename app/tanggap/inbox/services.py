"""What the use cases need, opened once a process and handed to every one of them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy.orm import Session

from tanggap.classifier import Classifier
from tanggap.errors import SettingsError
from tanggap.inbox.claims import Claims
from tanggap.inbox.intake import Intake
from tanggap.inbox.serving import ServingClassifier
from tanggap.inbox.similar_index import SimilarIndex
from tanggap.inbox.suppression import DROP, KEY, erasure_key
from tanggap.plugins import registry as plugin_registry
from tanggap.plugins.calls import Calls
from tanggap.plugins.client import BoundClient
from tanggap.plugins.http import HttpClient
from tanggap.plugins.registry import Registry
from tanggap.sdk.channel import Channel, Http
from tanggap.sdk.types import Account as SdkAccount
from tanggap.sdk.types import AppCredentials, Token
from tanggap.settings import Settings
from tanggap.store.accounts import Account, ChannelApp
from tanggap.store.db import Database, open_database
from tanggap.store.secrets import Keys, Vault, load_keys
from tanggap.store.users import ROLES

_APP_SECONDS = 2.0


class AppCredentialsCache:
    """Developer apps by channel, decrypted at most every two seconds.

    Every webhook call needs one, and decrypting costs more than the rest of the request.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, AppCredentials | None]] = {}

    def get(self, channel: str) -> tuple[float, AppCredentials | None] | None:
        """Give what is known and fresh."""
        found = self._known.get(channel)
        return found if found and time.monotonic() - found[0] < _APP_SECONDS else None

    def put(self, channel: str, app: AppCredentials | None) -> None:
        """Remember an app, or that there is none."""
        self._known[channel] = (time.monotonic(), app)

    def forget(self, channel: str) -> None:
        """Drop what is known, because it was changed."""
        self._known.pop(channel, None)


@dataclass(frozen=True, slots=True)
class Services:
    """The process's connections; every part has a null twin for tests."""

    settings: Settings
    database: Database
    keys: Keys = field(repr=False)
    vault: Vault = field(repr=False)
    registry: Registry
    classifier: Classifier
    http: Http
    calls: Calls
    intake: Intake
    apps: AppCredentialsCache = field(default_factory=AppCredentialsCache)
    similar: SimilarIndex = field(default_factory=SimilarIndex)
    received: Claims = field(default_factory=Claims)

    def close(self) -> None:
        """Give the connections back."""
        self.calls.close()
        self.database.close()
        if isinstance(self.http, HttpClient):
            self.http.close()


def open_services(
    settings: Settings,
    *,
    classifier: Classifier | None = None,
    registry: Registry | None = None,
    http: Http | None = None,
) -> Services:
    """Open everything; parts that are given replace the real ones.

    Raises `SettingsError` for settings that cannot be used.
    """
    _check_roles(settings)
    keys = load_keys(settings)
    info = {KEY: erasure_key(keys), DROP: settings.erased_authors == "drop"}
    database = open_database(settings, info)

    http = http or cast("Http", HttpClient(settings))
    calls = Calls(http, processes=settings.effective_worker_processes)
    return Services(
        settings=settings,
        database=database,
        keys=keys,
        vault=Vault(keys),
        registry=registry or plugin_registry.load(safe_mode=settings.safe_mode),
        classifier=classifier or ServingClassifier(settings, database),
        http=http,
        calls=calls,
        intake=Intake(database, calls),
    )


def _check_roles(settings: Settings) -> None:
    """Refuse a role that is none: its people would be let in without a second factor."""
    for role in settings.second_factor_roles:
        if role not in ROLES:
            raise SettingsError(
                f"TANGGAP_SECOND_FACTOR_ROLES: {role!r} is no role; there are {', '.join(ROLES)}"
            )


def sdk_app(services: Services, session: Session, channel: str) -> AppCredentials | None:
    """Give the developer app of a channel as its plugin sees it, or None when there is none."""
    cached = services.apps.get(channel)
    if cached:
        return cached[1]
    row = session.get(ChannelApp, channel)
    app = AppCredentials(row.config, services.vault.open(row.sealed_secrets)) if row else None
    services.apps.put(channel, app)
    return app


def client_for(
    services: Services, channel: Channel, account: SdkAccount, account_id: int | None = None
) -> BoundClient:
    """Make the HTTP client for one call of a channel for one of its accounts."""
    return services.calls.client(channel, account.app.config, account.config, account_id=account_id)


def sdk_account(services: Services, session: Session, row: Account) -> SdkAccount:
    """Give a connected account, tokens opened, as its plugin sees it."""
    sealed = services.vault.open(row.sealed_token) if row.sealed_token else {}
    return SdkAccount(
        external_id=row.external_id,
        name=row.name,
        handle=row.handle,
        config=row.config,
        app=sdk_app(services, session, row.channel) or AppCredentials({}, {}),
        token=Token(
            access_token=sealed.get("access_token", ""),
            refresh_token=sealed.get("refresh_token"),
            expires_at=row.token_expires_at,
            scopes=tuple(sealed.get("scopes", ())),
        ),
    )
