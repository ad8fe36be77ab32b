"""Keys, user names and addresses, right and wrong; webhooks that are added and taken away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tanggap.sdk import Account, Channel, InvalidConfig, Rejected
from tanggap.sdk.testing import (
    Answer,
    Callback,
    FakeHttp,
    LoopbackHttp,
    Script,
    make_app,
)
from tanggap_discourse.connect import categories_of, connect
from tanggap_discourse.health import check
from tanggap_discourse.webhook import subscribe, unsubscribe

VALUES = {"url": "https://forum.example.com/", "username": "@nusakirim", "api_key": "abc123"}
ME = {"current_user": {"id": 7, "username": "Nusakirim"}}


def test_user_is_named_by_forum_and_number(channel: Channel) -> None:
    http = FakeHttp(ME, {"title": "Forum Nusakirim"})
    (account,) = connect(make_app(channel), VALUES, http)
    assert account.external_id == "forum.example.com:7"
    assert account.name == "Forum Nusakirim (@Nusakirim)"
    assert account.token.access_token == "abc123"
    assert "abc123" not in str(account.config)
    assert http.calls[0]["url"] == "https://forum.example.com/session/current.json"
    assert http.calls[0]["headers"] == {"Api-Key": "abc123", "Api-Username": "nusakirim"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", ""),
        ("url", "forum.example.com"),
        ("url", "https://"),
        ("url", "ftp://forum.example.com"),
        ("username", "rita\r\nX: 1"),
        ("username", "ritä"),
        ("api_key", " "),
        ("categories", "keluhan"),
        ("categories", "4;7"),
    ],
)
def test_value_that_cannot_be_is_told_without_asking_anybody(
    channel: Channel, field: str, value: str
) -> None:
    with pytest.raises(InvalidConfig) as caught:
        connect(make_app(channel), {**VALUES, field: value}, FakeHttp())
    assert caught.value.field == field


def test_key_of_somebody_else_is_told(channel: Channel) -> None:
    other = {"current_user": {"id": 8, "username": "rita"}}
    with pytest.raises(InvalidConfig) as caught:
        connect(make_app(channel), VALUES, FakeHttp(other, {}))
    assert caught.value.field == "username"


@pytest.mark.parametrize("answer", [Answer(404), Answer(301), {"current_user": None}])
def test_address_of_something_else_is_told(channel: Channel, answer: object) -> None:
    with pytest.raises(InvalidConfig) as caught:
        connect(make_app(channel), VALUES, FakeHttp(always=answer))
    assert caught.value.field == "url"


def test_categories_are_numbers() -> None:
    assert categories_of(" 4, 7,") == [4, 7]
    assert categories_of("") == []


def test_health_notices_that_a_key_changed_hands(account: Account) -> None:
    assert check(account, FakeHttp(ME)).status == "ok"
    assert check(account, FakeHttp({"current_user": {"id": 8}})).status == "down"


def test_webhook_is_added_once_and_taken_away(
    moderator: Account,
    script: Script,
    inbox: Callback,
    http: LoopbackHttp,
) -> None:
    for _ in range(2):
        subscribe(moderator, inbox.url, http)
    script.write("Paket saya mana, Kak?")
    assert len(inbox.requests) == 2  # our own topic, and the answer below it
    assert {request.query["user"] for request in inbox.requests} == {"7"}
    unsubscribe(moderator, http)
    script.write("Halo?")
    assert len(inbox.requests) == 2


@pytest.mark.parametrize("status", [403, 404])
def test_key_that_may_not_add_webhooks_is_told_what_to_do(account: Account, status: int) -> None:
    http = FakeHttp(Answer(status, {"error_type": "invalid_access"}), ME)
    with pytest.raises(Rejected, match=r"https://inbox\.example/hooks/discourse\?user=7"):
        subscribe(account, "https://inbox.example/hooks/discourse", http)


def test_restricted_webhook_is_asked_for_the_chosen_categories(account: Account) -> None:
    chosen = replace(account, config={**account.config, "categories": "4,7"})
    http = FakeHttp({"web_hooks": []}, {})
    subscribe(chosen, "https://inbox.example/hooks/discourse", http)
    assert http.calls[1]["json"]["web_hook"]["category_ids"] == [4, 7]
