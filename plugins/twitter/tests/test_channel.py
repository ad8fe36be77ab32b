from __future__ import annotations

import subprocess
import sys

import pytest

from tanggap.sdk import SDK_VERSION, Account, Capability, Channel
from tanggap_twitter.limits import weighted_length


def test_channel_has_all_parts_but_typed_accounts(channel: Channel) -> None:
    assert channel.key == "twitter"
    assert channel.sdk_version == SDK_VERSION
    assert channel.capabilities == set(Capability) - {Capability.CONNECTING, Capability.PROFILES}


def test_secrets_are_declared_secret(channel: Channel) -> None:
    secrets = {field.name for field in channel.app_fields if field.kind == "secret"}
    assert secrets == {"client_secret", "consumer_secret", "bearer_token"}


def test_defaults_are_the_real_platform(channel: Channel) -> None:
    defaults = {field.name: field.default for field in channel.app_fields}
    assert defaults["api_url"] == "https://api.x.com"
    assert defaults["site_url"] == "https://x.com"


def test_limits_are_those_of_x(channel: Channel) -> None:
    assert channel.replying is not None
    assert channel.replying.max_length == 280
    assert channel.replying.private_max_length == 10_000
    assert channel.replying.measure is weighted_length


@pytest.mark.parametrize("language", ["id", "en"])
def test_tone_is_casual_in_both_languages(channel: Channel, language: str) -> None:
    assert channel.tone is not None
    assert channel.tone[language].formality == "casual"
    assert channel.tone[language].emoji


def test_no_secret_shows_in_repr(account: Account) -> None:
    shown = repr(account)
    secrets = ("demoAccess1", "demoRefresh1", *account.app.secrets.values())
    assert not [secret for secret in secrets if secret in shown]


def test_import_is_light() -> None:
    heavy = "flask, sqlalchemy, huey, onnxruntime, werkzeug, httpx, jinja2, numpy"
    code = (
        "import sys, tanggap_twitter\n"
        f"print([m for m in '{heavy}'.split(', ') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
