from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest

from tanggap.sdk import SDK_VERSION, Account, Capability, Channel


def test_channel_has_every_part_of_a_platform_with_oauth(channel: Channel) -> None:
    assert channel.key == "facebook"
    assert channel.sdk_version == SDK_VERSION
    assert channel.capabilities == set(Capability) - {Capability.CONNECTING}


def test_client_calls_the_graph_api_alone(channel: Channel) -> None:
    assert channel.hosts == ("graph.facebook.com",)


def test_everything_can_be_done_to_a_post_that_facebook_knows(channel: Channel) -> None:
    assert channel.moderating is not None
    part = channel.moderating
    assert None not in (part.hide, part.show, part.like, part.unlike, part.delete, part.allows)


def test_words_for_people_are_in_both_languages(channel: Channel) -> None:
    for field in channel.app_fields:
        for words in (field.label, field.help):
            assert isinstance(words, str) or set(words) == {"en", "id"}, field.name
        assert field.help, field.name


def test_secrets_are_declared_secret(channel: Channel) -> None:
    secrets = {field.name for field in channel.app_fields if field.kind == "secret"}
    assert secrets == {"app_secret", "verify_token"}


def test_defaults_are_the_real_platform(channel: Channel) -> None:
    defaults = {field.name: field.default for field in channel.app_fields}
    assert defaults["api_url"] == "https://graph.facebook.com"
    assert defaults["oauth_url"] == "https://www.facebook.com"
    assert defaults["api_version"] == "v26.0"


def test_only_id_and_secret_of_the_app_must_be_typed(channel: Channel) -> None:
    assert [field.name for field in channel.app_fields if field.required] == [
        "app_id",
        "app_secret",
    ]


def test_badge_is_for_messages_answered_within_a_quarter_of_an_hour(channel: Channel) -> None:
    badge = channel.responsiveness
    assert badge is not None
    assert (badge.share, badge.within, badge.window) == (
        *(0.9, timedelta(minutes=15), timedelta(days=7)),
    )
    assert tuple(badge.to) == ("private",)
    assert isinstance(badge.badge, dict)
    assert set(badge.badge) == {"id", "en"}


@pytest.mark.parametrize("language", ["id", "en"])
def test_tone_is_casual_in_both_languages(channel: Channel, language: str) -> None:
    assert channel.tone is not None
    assert channel.tone[language].formality == "casual"
    assert channel.tone[language].emoji
    assert channel.tone[language].sign_off[language]


def test_no_secret_shows_in_repr(account: Account) -> None:
    assert "demo-page-token" not in repr(account)
    assert "demo-app-secret" not in repr(account)


def test_import_is_light() -> None:
    heavy = "flask, sqlalchemy, huey, onnxruntime, werkzeug, httpx, jinja2, numpy"
    code = (
        "import sys, tanggap_facebook\n"
        f"print([m for m in '{heavy}'.split(', ') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
