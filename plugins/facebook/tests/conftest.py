"""What the tests share: accounts, fixtures, a scripted Facebook and a simulated one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tanggap.sdk import Account, AppCredentials, Channel, Token, WebhookRequest
from tanggap.sdk.simulator import running
from tanggap.sdk.testing import Answer, FakeHttp, LoopbackHttp, app_of, sign_in
from tanggap_facebook import tanggap_channels
from tanggap_facebook.oauth import SCOPES
from tanggap_facebook.simulator import SimulatedFacebook, create

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def channel() -> Channel:
    (found,) = tanggap_channels()
    return found


@pytest.fixture
def app() -> AppCredentials:
    return AppCredentials({"app_id": "1234"}, {"app_secret": "demo-app-secret"})


@pytest.fixture
def account(app: AppCredentials) -> Account:
    return Account("5001", "Acme Demo", Token("demo-page-token", scopes=SCOPES), app)


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
def refusal() -> Callable[..., Answer]:
    """Make a refusing answer of the Graph API."""

    def make(code: int, subcode: int | None = None, status: int = 400, **headers: str) -> Answer:
        error = {"message": "demo", "type": "OAuthException", "code": code, "fbtrace_id": "Ademo"}
        if subcode is not None:
            error["error_subcode"] = subcode
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Answer(status, {"error": error}, named)

    return make


@pytest.fixture
def http() -> Iterator[LoopbackHttp]:
    loopback = LoopbackHttp()
    yield loopback
    loopback.close()


@pytest.fixture
def facebook() -> Iterator[SimulatedFacebook]:
    with running(create) as platform:
        assert isinstance(platform, SimulatedFacebook)
        yield platform


@pytest.fixture
def simulated_app(facebook: SimulatedFacebook) -> AppCredentials:
    return app_of(facebook)


@pytest.fixture
def connect(
    channel: Channel, simulated_app: AppCredentials, http: LoopbackHttp
) -> Callable[..., list[Account]]:
    """Log in at the simulated Facebook and list the Pages."""

    def log_in(**choice: Any) -> list[Account]:
        assert channel.oauth
        token = sign_in(channel, simulated_app, http, **choice)
        return list(channel.oauth.list_accounts(simulated_app, token, http))

    return log_in
