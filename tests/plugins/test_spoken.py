"""What plugins say and raise: kept and shown without breaking anything, and without secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from fakes import NoHttp
from tanggap.plugins.breaker import Line
from tanggap.plugins.calls import Calls, PluginFaultError
from tanggap.sdk import (
    Account,
    AppCredentials,
    AuthExpired,
    Health,
    Refusal,
    Rejected,
    SentReply,
    Token,
    Unavailable,
)

SEND = Line("fake", "replying.send", 1)
APP = AppCredentials({"id": "public-id"}, {"secret": "app+secret/1"})
ACCOUNT = Account("1", "Toko", Token("tok-SECRET", "refresh-SECRET"), APP)


class Speechless(Exception):
    def __str__(self) -> str:
        raise ZeroDivisionError


class SpeechlessRefusal(Rejected):
    def __str__(self) -> str:
        raise ZeroDivisionError


class Unmade(Rejected):
    def __init__(self) -> None:
        """Forget the words, as who overrides it may."""


@pytest.fixture
def calls() -> Iterator[Calls]:
    made = Calls(NoHttp())
    yield made
    made.close()


def raises(error: Exception, *_given: object) -> Any:
    raise error


def test_receipt_with_half_a_character_can_be_stored(calls: Calls) -> None:
    receipt = calls.run(SEND, lambda: SentReply("s\ud800" + "9" * 300, "https://x.example/\udfff"))
    assert receipt.external_id.startswith("s\ufffd9")
    assert (len(receipt.external_id), receipt.url) == (255, "https://x.example/\ufffd")


def test_words_with_half_a_character_can_be_stored(calls: Calls) -> None:
    with pytest.raises(Rejected) as caught:
        calls.run(SEND, raises, Rejected({"id": "\ud800", "en": "no\x00"}, "4\ud80003"))
    assert caught.value.message == {"id": "\ufffd", "en": "no\ufffd"}
    assert (str(caught.value), caught.value.code) == ("no\ufffd", "4\ufffd03")
    with pytest.raises(PluginFaultError, match="KeyError: '\\\\ud800'") as fault:
        calls.run(SEND, raises, KeyError("\ud800"))
    with pytest.raises(PluginFaultError, match="ValueError: \ufffd"):
        calls.run(SEND, raises, ValueError("\ud800"))
    assert str(fault.value).encode()
    refusal = calls.run(
        Line("fake", "replying.check"), lambda: Refusal(code="\ud800", message="\ud800")
    )
    assert refusal == Refusal(code="\ufffd", message="\ufffd")
    assert calls.run(Line("fake", "health"), lambda: Health("down", "\ud800")).detail == "\ufffd"


@pytest.mark.parametrize("error", [Speechless(), SpeechlessRefusal("no"), Unmade()])
def test_error_that_has_no_words_is_the_plugins_fault(calls: Calls, error: Exception) -> None:
    with pytest.raises(PluginFaultError, match="fake failed in"):
        calls.run(SEND, raises, error)
    line = Line("fake", "replying.measure")
    (outcome,) = calls.run_each(line, raises, [(error,)])
    assert isinstance(outcome, PluginFaultError)


@pytest.mark.parametrize("error", [Rejected("no", 403), AuthExpired("no", None)])  # type: ignore[arg-type]
def test_code_that_is_no_text_is_the_plugins_fault(calls: Calls, error: Exception) -> None:
    with pytest.raises(PluginFaultError, match="expected text as c"):
        calls.run(SEND, raises, error)


@pytest.mark.parametrize("kind", [ValueError, Unavailable, Rejected])
def test_secrets_of_a_call_are_masked_in_what_it_raises(
    calls: Calls, kind: type[Exception]
) -> None:
    said = (
        "GET /me?access_token=tok-SECRET&s=app%2Bsecret%2F1 app+secret/1 refresh-SECRET public-id"
    )
    with structlog.testing.capture_logs() as lines, pytest.raises(Exception, match="GET") as caught:
        calls.run(SEND, lambda _account: raises(kind(said)), ACCOUNT)
    told = f"{caught.value} {caught.value.__cause__} {lines}"
    assert "access_token=***&s=*** *** *** public-id" in told
    for secret in ("SECRET", "app+secret", "app%2B"):
        assert secret not in told
    line = Line("fake", "webhook.parse")
    (outcome,) = calls.run_each(line, lambda _body, _app: raises(kind(said)), [(b"", APP)])
    assert "app+secret" not in str(outcome)
