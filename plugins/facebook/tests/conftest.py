"""What the tests share: accounts, fixtures, a scripted Facebook and a simulated one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tanggap.sdk import (
    Account,
    AppCredentials,
    AuthorizeRequest,
    Channel,
    CodeExchange,
    Token,
    Unavailable,
    WebhookRequest,
)
from tanggap.sdk.simulator import approve, running
from tanggap_facebook import tanggap_channels
from tanggap_facebook.oauth import SCOPES
from tanggap_facebook.simulator import SimulatedFacebook, create

FIXTURES = Path(__file__).parent / "fixtures"
REDIRECT = "http://127.0.0.1/oauth/facebook"


@dataclass
class Answer:
    """A scripted answer."""

    body: object = field(default_factory=dict)
    status_code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.body if isinstance(self.body, str) else json.dumps(self.body)

    def json(self) -> object:
        return json.loads(self.text)


class ScriptedHttp:
    """Gives the answers it was told, in turn, and keeps the calls."""

    answer = Answer

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.calls: list[dict[str, Any]] = []

    def request(self, method: str, url: str, **given: Any) -> Answer:
        self.calls.append({"method": method, "url": url, **given})
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Answer) else Answer(answer)


class LoopbackHttp:
    """The core's client in small."""

    def __init__(self) -> None:
        self.client = httpx.Client(timeout=5, trust_env=False)

    def request(self, method: str, url: str, **given: Any) -> httpx.Response:
        form = given.pop("form", None)
        try:
            return self.client.request(method, url, data=form, **given)
        except httpx.ConnectError as error:
            raise Unavailable(str(error), reached=False) from error
        except httpx.HTTPError as error:
            raise Unavailable(str(error)) from error


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
def scripted() -> type[ScriptedHttp]:
    return ScriptedHttp


@pytest.fixture
def refusal() -> Callable[..., Answer]:
    """Make a refusing answer of the Graph API."""

    def make(code: int, subcode: int | None = None, status: int = 400, **headers: str) -> Answer:
        error = {"message": "demo", "type": "OAuthException", "code": code, "fbtrace_id": "Ademo"}
        if subcode is not None:
            error["error_subcode"] = subcode
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Answer({"error": error}, status, named)

    return make


@pytest.fixture
def http() -> Iterator[LoopbackHttp]:
    loopback = LoopbackHttp()
    yield loopback
    loopback.client.close()


@pytest.fixture
def facebook() -> Iterator[SimulatedFacebook]:
    with running(create) as platform:
        assert isinstance(platform, SimulatedFacebook)
        yield platform


@pytest.fixture
def simulated_app(facebook: SimulatedFacebook) -> AppCredentials:
    return AppCredentials(facebook.app_config, facebook.app_secrets)


@pytest.fixture
def connect(
    channel: Channel, simulated_app: AppCredentials, http: LoopbackHttp
) -> Callable[..., list[Account]]:
    """Log in at the simulated Facebook and list the Pages."""

    def log_in(**choice: Any) -> list[Account]:
        assert channel.oauth
        asked = AuthorizeRequest(redirect_uri=REDIRECT, state="s1")
        back = approve(channel.oauth.authorize_url(simulated_app, asked), **choice)
        query = parse_qs(urlsplit(back).query)
        assert query["state"] == ["s1"]
        given = CodeExchange(code=query["code"][0], redirect_uri=REDIRECT)
        token = channel.oauth.exchange(simulated_app, given, http)
        return list(channel.oauth.list_accounts(simulated_app, token, http))

    return log_in
