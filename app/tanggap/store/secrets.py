"""Keys of this installation and the vault that seals stored credentials with them."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from tanggap.errors import SettingsError
from tanggap.settings import Settings
from tanggap.store.data_folder import make_private_folder, unusable

_FILE = "secrets.json"
_RESTORE = (
    "restore it from your backup; a new key could not open the credentials that were stored with "
    "the old one"
)


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """What signs and encrypts; never logged, never shown."""

    secret_key: str
    encryption_keys: tuple[str, ...]


def load_keys(settings: Settings) -> Keys:
    """Read the keys from the settings, else from the data folder, where they are made once.

    Raises `SettingsError` when the folder's keys cannot be read or made.
    """
    given = {"secret_key": settings.secret_key, "encryption_key": settings.encryption_key}
    wanted = [name for name, value in given.items() if not value]
    keys = {**given, **(_stored(settings.data_dir, wanted) if wanted else {})}
    encryption = keys["encryption_key"]
    return Keys(
        secret_key=keys["secret_key"],
        encryption_keys=tuple(part.strip() for part in encryption.split(",") if part.strip()),
    )


def _stored(folder: Path, wanted: Sequence[str]) -> dict[str, str]:
    path = folder / _FILE
    try:
        if not path.exists():
            _write_once(path)
        loaded = json.loads(path.read_text("utf-8"))
        keys = {name: loaded[name] for name in wanted}
    except OSError as error:
        raise unusable(path, error) from error
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"{path} is damaged: {_RESTORE}") from error
    if not all(isinstance(key, str) and key for key in keys.values()):
        raise SettingsError(f"{path} is damaged: {_RESTORE}")
    return keys


def _write_once(path: Path) -> None:
    """Write new keys so that of several processes starting together only one wins."""
    make_private_folder(path.parent)
    keys = {
        "secret_key": secrets.token_urlsafe(48),
        "encryption_key": Fernet.generate_key().decode(),
    }
    draft = path.with_name(f"{_FILE}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(keys, file)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


class Vault:
    """Seal small mappings with the newest key and open them with any of the keys."""

    def __init__(self, keys: Keys) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys.encryption_keys])
        except ValueError as error:
            raise SettingsError(
                f"TANGGAP_ENCRYPTION_KEY, or {_FILE} where it is empty, holds a value that is not "
                "a Fernet key (32 bytes, URL-safe base64)"
            ) from error

    def seal(self, values: Mapping[str, Any]) -> bytes:
        """Encrypt a mapping of JSON values."""
        return self._fernet.encrypt(json.dumps(dict(values)).encode())

    def open(self, sealed: bytes) -> dict[str, Any]:
        """Decrypt it; raises `SettingsError` when none of the keys fits."""
        try:
            opened: dict[str, Any] = json.loads(self._fernet.decrypt(sealed))
        except InvalidToken as error:
            raise SettingsError(
                "stored credentials cannot be decrypted with the present key: restore the old "
                "TANGGAP_ENCRYPTION_KEY beside the new one, or reconnect the account"
            ) from error
        return opened

    def seal_bytes(self, plain: bytes) -> bytes:
        """Encrypt a file."""
        return self._fernet.encrypt(plain)

    def open_bytes(self, sealed: bytes) -> bytes:
        """Decrypt a file; raises `SettingsError` when none of the keys fits."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise SettingsError(
                "a stored file cannot be decrypted with the present key: restore the old "
                "TANGGAP_ENCRYPTION_KEY beside the new one"
            ) from error
