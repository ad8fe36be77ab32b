"""What the use cases need, opened once a process and handed to every one of them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, cast

from sqlalchemy.orm import Session

import tanggap
from tanggap.classifier import Classifier, Verdict, load_bundle
from tanggap.plugins import registry as plugin_registry
from tanggap.plugins.http import HttpClient
from tanggap.plugins.registry import Registry
from tanggap.sdk.channel import Http
from tanggap.sdk.types import Account as SdkAccount
from tanggap.sdk.types import AppCredentials, Token
from tanggap.settings import Settings
from tanggap.store.accounts import Account, ChannelApp
from tanggap.store.db import Database, open_database
from tanggap.store.deliveries import insert_deliveries
from tanggap.store.group_commit import GroupCommit
from tanggap.store.secrets import Keys, Vault, load_keys

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
    store_delivery: GroupCommit[dict[str, Any], int | None]
    apps: AppCredentialsCache = field(default_factory=AppCredentialsCache)

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()
        if isinstance(self.http, HttpClient):
            self.http.close()


class LazyClassifier:
    """Loads the bundle when the first text comes, so that commands start fast."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._folder = folder
        self._threads = threads
        self._lock = Lock()
        self._loaded: Classifier | None = None

    def load(self) -> Classifier:
        """Load the bundle now; raises `BundleError` naming the file and the fix."""
        with self._lock:
            if self._loaded is None:
                self._loaded = load_bundle(self._folder, threads=self._threads)
            return self._loaded

    @property
    def labels(self) -> tuple[str, ...]:
        """The bundle's labels."""
        return self.load().labels

    @property
    def version(self) -> str:
        """The bundle's version."""
        return self.load().version

    @property
    def thresholds(self) -> Mapping[str, float]:
        """The confidence each label needs to do without a person."""
        return self.load().thresholds

    def classify(self, texts: Sequence[str]) -> list[Verdict]:
        """Label the texts."""
        return self.load().classify(texts)


def bundle_folder(settings: Settings) -> Path:
    """Find the bundle: the setting, else the repository's, else the copy inside the wheel."""
    if settings.model_dir:
        return Path(settings.model_dir)
    package = Path(tanggap.__file__).parent
    repository = package.parent.parent / "models" / "default"
    return repository if repository.exists() else package / "_models" / "default"


def open_services(
    settings: Settings,
    *,
    classifier: Classifier | None = None,
    registry: Registry | None = None,
    http: Http | None = None,
) -> Services:
    """Open everything; parts that are given replace the real ones."""
    keys = load_keys(settings)
    database = open_database(settings)

    def write(rows: Sequence[dict[str, Any]]) -> list[int | None]:
        with database.statement() as connection:
            return insert_deliveries(connection, rows)

    return Services(
        settings=settings,
        database=database,
        store_delivery=GroupCommit(write),
        keys=keys,
        vault=Vault(keys),
        registry=registry or plugin_registry.load(safe_mode=settings.safe_mode),
        classifier=classifier or LazyClassifier(bundle_folder(settings), settings.model_threads),
        http=http or cast("Http", HttpClient(settings)),
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
