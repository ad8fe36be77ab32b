"""What the tests share: accounts, fixtures, a scripted LinkedIn and a simulated one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tanggap.sdk import Account, AppCredentials, Channel, IncomingPost, Token, WebhookRequest
from tanggap.sdk.simulator import running
from tanggap.sdk.testing import (
    Answer,
    Callback,
    FakeHttp,
    LoopbackHttp,
    Script,
    app_of,
    connect,
    listening,
)
from tanggap_linkedin import tanggap_channels, webhook
from tanggap_linkedin.simulator import SimulatedLinkedIn, create

FIXTURES = Path(__file__).parent / "fixtures"
ORG = "urn:li:organization:5001"


@pytest.fixture
def channel() -> Channel:
    (found,) = tanggap_channels()
    return found


@pytest.fixture
def app() -> AppCredentials:
    return AppCredentials(
        {"client_id": "demo-client", "application_id": "246810"},
        {"client_secret": "demo-client-secret"},
    )


@pytest.fixture
def account(app: AppCredentials) -> Account:
    return Account(
        external_id=ORG,
        name="Nusakirim",
        token=Token("demoLi1", "demoLiR1"),
        app=app,
        config={"member": "urn:li:person:AdminDemo1"},
    )


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
def linkedin() -> Iterator[SimulatedLinkedIn]:
    with running(create) as platform:
        assert isinstance(platform, SimulatedLinkedIn)
        yield platform


@pytest.fixture
def simulated_app(linkedin: SimulatedLinkedIn) -> AppCredentials:
    return app_of(linkedin)


@pytest.fixture(name="connect")
def connect_there(
    channel: Channel, linkedin: SimulatedLinkedIn, http: LoopbackHttp
) -> Callable[[], list[Account]]:
    """Sign in at the simulated LinkedIn and list the pages."""
    return lambda: connect(channel, linkedin, http)


@pytest.fixture
def nusakirim(connect: Callable[[], list[Account]]) -> Account:
    return connect()[0]


@pytest.fixture
def inbox(channel: Channel, simulated_app: AppCredentials) -> Iterator[Callback]:
    with listening(channel, simulated_app) as callback:
        yield callback


@pytest.fixture
def subscribed(nusakirim: Account, inbox: Callback, http: LoopbackHttp) -> Account:
    webhook.subscribe(nusakirim, inbox.url, http)
    return nusakirim


@pytest.fixture
def script(linkedin: SimulatedLinkedIn) -> Iterator[Script]:
    made = Script(linkedin)
    yield made
    made.close()


@pytest.fixture
def control(script: Script) -> Callable[..., Any]:
    """Call the control routes as scripts do."""
    return script.call


@pytest.fixture
def post(script: Script) -> Callable[..., str]:
    def write(
        text: str, kind: str, parent: str | None = None, by: str = "rina.k", **more: object
    ) -> str:
        below = {"in_reply_to": parent} if parent else {}
        author = {"handle": by, "name": "Rina"}
        return script.write(text, kind, **{"author": author, **below, **more})

    return write


@pytest.fixture
def mention(subscribed: Account, inbox: Callback, post: Callable[..., str]) -> IncomingPost:
    """Have somebody mention the page, and give what came in."""
    post("Kecewa dengan Nusakirim", "mention", key="m1")
    return inbox.last_post()
