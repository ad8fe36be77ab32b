"""Keys: made once, private, and needed to read what was sealed."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tanggap.errors import SettingsError
from tanggap.settings import Settings
from tanggap.store.secrets import Keys, Vault, load_keys


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "new")


def test_keys_are_made_on_first_use_and_kept(settings: Settings) -> None:
    first = load_keys(settings)
    assert load_keys(settings) == first
    mode = (settings.data_dir / "secrets.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_processes_that_start_together_agree_on_the_keys(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: load_keys(settings).secret_key, range(16)))
    assert len(found) == 1


def test_settings_stand_above_the_file(settings: Settings) -> None:
    key = Fernet.generate_key().decode()
    given = replace(settings, secret_key="given", encryption_key=key)
    assert load_keys(given).encryption_keys == (key,)
    assert not settings.data_dir.exists()


def test_sealed_values_open_with_the_old_key_after_a_rotation() -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    sealed = Vault(Keys("s", (old,))).seal({"access_token": "secret"})
    assert b"secret" not in sealed
    assert Vault(Keys("s", (new, old))).open(sealed) == {"access_token": "secret"}
    with pytest.raises(SettingsError, match="reconnect the account"):
        Vault(Keys("s", (new,))).open(sealed)


def test_key_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="TANGGAP_ENCRYPTION_KEY"):
        Vault(Keys("s", ("nonsense",)))


def test_keys_do_not_show_in_their_repr(settings: Settings) -> None:
    keys = load_keys(settings)
    assert keys.secret_key not in repr(keys)


@pytest.mark.parametrize(
    "damaged", ["", "{", "[]", "null", '{"secret_key": "s"}', '{"secret_key": 1}', '{"secret_key"']
)
def test_damaged_keys_are_never_replaced_and_the_error_says_to_restore_them(
    settings: Settings, damaged: str
) -> None:
    load_keys(settings)
    path = settings.data_dir / "secrets.json"
    path.write_text(damaged)
    with pytest.raises(SettingsError, match=r"secrets\.json is damaged: restore it"):
        load_keys(settings)
    assert path.read_text() == damaged


def test_keys_that_are_no_text_are_damaged(settings: Settings) -> None:
    load_keys(settings)
    path = settings.data_dir / "secrets.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="damaged"):
        load_keys(settings)


def test_keys_that_cannot_be_read_are_an_error_with_the_way_out(settings: Settings) -> None:
    (settings.data_dir / "secrets.json").mkdir(parents=True)
    with pytest.raises(SettingsError, match=r"secrets\.json cannot be used"):
        load_keys(settings)
