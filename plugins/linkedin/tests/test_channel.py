from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest

from tanggap.sdk import SDK_VERSION, Account, Capability, Channel


def test_channel_has_every_part_of_a_platform_with_oauth(channel: Channel) -> None:
    assert channel.key == "linkedin"
    assert channel.sdk_version == SDK_VERSION
    assert channel.capabilities == set(Capability) - {
        Capability.CONNECTING,
        Capability.PROFILES,
        Capability.RECHECKING,
    }


def test_client_calls_the_api_and_the_place_of_tokens(channel: Channel) -> None:
    assert channel.hosts == ("api.linkedin.com", "www.linkedin.com")


def test_nothing_can_be_hidden_here(channel: Channel) -> None:
    assert channel.moderating is not None
    part = channel.moderating
    assert (part.hide, part.show) == (None, None)
    assert None not in (part.like, part.unlike, part.delete, part.allows)


def test_members_data_is_kept_as_long_as_linkedin_lets_us(channel: Channel) -> None:
    assert channel.retention is not None
    assert channel.retention.posts == timedelta(hours=48)
    assert channel.retention.authors == timedelta(hours=24)
    assert channel.retention.source.startswith("https://learn.microsoft.com/")


def test_words_for_people_are_in_both_languages(channel: Channel) -> None:
    for field in channel.app_fields:
        for words in (field.label, field.help):
            assert isinstance(words, str) or set(words) == {"en", "id"}, field.name
        assert field.help, field.name


def test_secret_is_declared_secret(channel: Channel) -> None:
    secrets = {field.name for field in channel.app_fields if field.kind == "secret"}
    assert secrets == {"client_secret"}


def test_defaults_are_the_real_platform(channel: Channel) -> None:
    defaults = {field.name: field.default for field in channel.app_fields}
    assert defaults["api_url"] == "https://api.linkedin.com"
    assert defaults["oauth_url"] == "https://www.linkedin.com"
    assert defaults["api_version"] == "202609"


@pytest.mark.parametrize("language", ["id", "en"])
def test_tone_is_formal_in_both_languages(channel: Channel, language: str) -> None:
    assert channel.tone is not None
    assert channel.tone[language].formality == "formal"
    assert channel.tone[language].sign_off[language]


def test_no_secret_shows_in_repr(account: Account) -> None:
    assert "demoLi1" not in repr(account)
    assert "demo-client-secret" not in repr(account)


def test_import_is_light() -> None:
    heavy = "flask, sqlalchemy, huey, onnxruntime, werkzeug, httpx, jinja2, numpy"
    code = (
        "import sys, tanggap_linkedin\n"
        f"print([m for m in '{heavy}'.split(', ') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
