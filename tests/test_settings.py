"""Settings: one table, read from the environment, with errors that name the variable."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from limits import parse_many

from tanggap.errors import SettingsError
from tanggap.settings import Settings, default_text, env_name, read_settings


def test_nothing_set_means_the_defaults() -> None:
    assert read_settings({"PATH": "/bin"}) == Settings()


def test_values_are_read_by_their_kind() -> None:
    settings = read_settings(
        {
            "TANGGAP_DATA_DIR": "/srv/tanggap",
            "TANGGAP_WEB_THREADS": "4",
            "TANGGAP_SAFE_MODE": "yes",
            "TANGGAP_PRIVATE_HOSTS": "a.local, b.local:8080",
        }
    )
    assert settings.data_dir == Path("/srv/tanggap")
    assert (settings.web_threads, settings.safe_mode) == (4, True)
    assert settings.private_hosts == ("a.local", "b.local:8080")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TANGGAP_WEB_THREADS", "many"),
        ("TANGGAP_WEB_THREADS", "-1"),
        ("TANGGAP_SAFE_MODE", "perhaps"),
        ("TANGGAP_WEB_WORKERS", "0"),
        ("TANGGAP_SESSION_HOURS", "0"),
        ("TANGGAP_DATA_DIR", ""),
        ("TANGGAP_DEFAULT_LANGUAGE", "fr"),
        ("TANGGAP_LOG_LEVEL", "LOUD"),
        ("TANGGAP_LOG_FORMAT", "xml"),
        ("TANGGAP_REDIS_URL", "redis:6379"),
        ("TANGGAP_LOGIN_RATE", "10 per minut"),
        ("TANGGAP_LOGIN_RATE", ""),
    ],
)
def test_unusable_value_is_refused_with_the_variables_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({name: value})


@pytest.mark.parametrize(
    "rate", ["5/minute", "10 per minute;60 per hour", "1 per 2 hours, 9 PER DAY"]
)
def test_rate_that_is_accepted_is_one_that_the_limiter_reads(rate: str) -> None:
    assert read_settings({"TANGGAP_LOGIN_RATE": rate}).login_rate == rate
    assert parse_many(rate)


def test_unusable_value_that_is_a_secret_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({"TANGGAP_REDIS_URL": "//:hush@redis"})
    assert "TANGGAP_REDIS_URL cannot be used" in str(refused.value)
    assert "hush" not in str(refused.value)


def test_misspelt_variable_is_refused() -> None:
    with pytest.raises(SettingsError, match="TANGGAP_DATABSE_URL is not a setting"):
        read_settings({"TANGGAP_DATABSE_URL": "x"})


def test_every_setting_explains_itself_and_reads_its_own_default() -> None:
    environ = {env_name(setting): default_text(setting) for setting in fields(Settings)}
    assert read_settings(environ) == Settings()
    assert all(setting.metadata["help"].endswith(".") for setting in fields(Settings))


def test_embedded_database_stands_in_the_data_folder(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path).effective_database_url == f"sqlite:///{tmp_path}/tanggap.db"
    assert not Settings(database_url="postgresql+psycopg://h/d").embedded
