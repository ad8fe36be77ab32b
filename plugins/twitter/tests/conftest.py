"""What the tests share: accounts, fixtures, a scripted X and a simulated one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tanggap.sdk import Account, AppCredentials, Channel, Token, WebhookRequest
from tanggap.sdk.simulator import running
from tanggap.sdk.testing import (
    Answer,
    Callback,
    FakeHttp,
    LoopbackHttp,
    Script,
    app_of,
    listening,
    sign_in,
)
from tanggap_twitter import oauth, tanggap_channels, webhook
from tanggap_twitter.simulator import SimulatedX, create

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def channel() -> Channel:
    (found,) = tanggap_channels()
    return found


@pytest.fixture
def app() -> AppCredentials:
    return AppCredentials(
        {"client_id": "demo-client"},
        {
            "client_secret": "demo-client-secret",
            "consumer_secret": "demo-consumer-secret",
            "bearer_token": "demo-bearer-token",
        },
    )


@pytest.fixture
def account(app: AppCredentials) -> Account:
    token = Token("demoAccess1", "demoRefresh1", scopes=oauth.SCOPES)
    return Account("70001", "Nusakirim", token, app, handle="nusakirim")


@pytest.fixture
def delivery() -> Callable[..., WebhookRequest]:
    """Make a webhook request of a fixture's name or of any JSON value."""

    def make(content: object, **headers: str) -> WebhookRequest:
        if isinstance(content, str):
            body = (FIXTURES / f"{content}.json").read_bytes()
        else:
            body = json.dumps(content).encode()
        return WebhookRequest("POST", headers, {}, body)

    return make


@pytest.fixture
def scripted() -> type[FakeHttp]:
    return FakeHttp


@pytest.fixture
def answer() -> type[Answer]:
    return Answer


@pytest.fixture
def http() -> Iterator[LoopbackHttp]:
    loopback = LoopbackHttp()
    yield loopback
    loopback.close()


@pytest.fixture
def x() -> Iterator[SimulatedX]:
    with running(create) as platform:
        assert isinstance(platform, SimulatedX)
        yield platform


@pytest.fixture
def simulated_app(x: SimulatedX) -> AppCredentials:
    return app_of(x)


@pytest.fixture(name="sign_in")
def sign_in_there(
    channel: Channel, simulated_app: AppCredentials, http: LoopbackHttp
) -> Callable[..., Token]:
    """Go the way of a browser: consent page, redirect back, code for token."""

    def go(**lies: str) -> Token:
        return sign_in(channel, simulated_app, http, **lies)

    return go


@pytest.fixture
def nusakirim(
    sign_in: Callable[..., Token], simulated_app: AppCredentials, http: LoopbackHttp
) -> Account:
    (account,) = oauth.list_accounts(simulated_app, sign_in(), http)
    return account


@pytest.fixture
def inbox(channel: Channel, simulated_app: AppCredentials) -> Iterator[Callback]:
    with listening(channel, simulated_app) as callback:
        yield callback


@pytest.fixture
def subscribed(nusakirim: Account, inbox: Callback, http: LoopbackHttp) -> Account:
    webhook.subscribe(nusakirim, inbox.url, http)
    return nusakirim


@pytest.fixture
def script(x: SimulatedX) -> Iterator[Script]:
    made = Script(x)
    yield made
    made.close()


@pytest.fixture
def control(script: Script) -> Callable[..., Any]:
    """Call the control routes as scripts do."""
    return script.call


@pytest.fixture
def write(script: Script) -> Callable[..., str]:
    """Have somebody write a post, and wait until the webhooks are out."""

    def go(text: str, kind: str = "mention", by: str = "rita_demo", **more: object) -> str:
        author = {"handle": by, "name": "Rita Demo", "followers": 321}
        return script.write(text, kind, **{"author": author, **more})

    return go
