"""What the tests share: an account, webhooks, a scripted forum and a simulated one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tanggap.sdk import Account, Channel, WebhookRequest
from tanggap.sdk.simulator import running
from tanggap.sdk.testing import (
    Callback,
    LoopbackHttp,
    Script,
    app_of,
    connect,
    listening,
    make_account,
)
from tanggap_discourse import tanggap_channels
from tanggap_discourse.simulator import SimulatedDiscourse, create

FIXTURES = Path(__file__).parent / "fixtures"
FORUM = "https://forum.example.com"


@pytest.fixture
def channel() -> Channel:
    (found,) = tanggap_channels()
    return found


@pytest.fixture
def account(channel: Channel) -> Account:
    config = {"url": FORUM, "username": "nusakirim", "categories": ""}
    return make_account(channel, "forum.example.com:7", config=config)


@pytest.fixture
def delivery() -> Callable[..., WebhookRequest]:
    """Make a webhook of an event from a fixture's post with some fields changed."""

    def make(fixture: str, event: str = "post_created", **changed: object) -> WebhookRequest:
        post = json.loads((FIXTURES / f"{fixture}.json").read_text("utf-8"))["post"]
        headers = {"x-discourse-event": event, "x-discourse-instance": FORUM}
        body = json.dumps({"post": {**post, **changed}}).encode()
        return WebhookRequest("POST", headers, {"user": "7"}, body)

    return make


@pytest.fixture
def http() -> Iterator[LoopbackHttp]:
    loopback = LoopbackHttp()
    yield loopback
    loopback.close()


@pytest.fixture
def forum() -> Iterator[SimulatedDiscourse]:
    with running(create) as platform:
        assert isinstance(platform, SimulatedDiscourse)
        yield platform


@pytest.fixture
def script(forum: SimulatedDiscourse) -> Iterator[Script]:
    made = Script(forum)
    yield made
    made.close()


@pytest.fixture
def moderator(channel: Channel, forum: SimulatedDiscourse, http: LoopbackHttp) -> Account:
    (found,) = connect(channel, forum, http)
    return found


@pytest.fixture
def inbox(channel: Channel, forum: SimulatedDiscourse) -> Iterator[Callback]:
    with listening(channel, app_of(forum)) as callback:
        yield callback
