"""What the tests share: accounts, fixtures, a scripted X and a simulated one."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from werkzeug.wrappers import Request, Response

from tanggap.sdk import (
    Account,
    AppCredentials,
    AuthorizeRequest,
    Channel,
    CodeExchange,
    Event,
    IncomingPost,
    InvalidSignature,
    Token,
    Unavailable,
    WebhookRequest,
)
from tanggap.sdk.simulator import approve, running
from tanggap_twitter import oauth, tanggap_channels, webhook
from tanggap_twitter.simulator import SimulatedX, create

FIXTURES = Path(__file__).parent / "fixtures"
REDIRECT = "http://127.0.0.1/admin/accounts/twitter/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-long"


@dataclass
class Answer:
    """A scripted answer."""

    status_code: int = 200
    body: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.body if isinstance(self.body, str) else json.dumps(self.body)

    def json(self) -> object:
        return json.loads(self.text)


class ScriptedHttp:
    """Gives the answers it was told, in turn, and keeps the calls."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.calls: list[dict[str, Any]] = []

    def request(self, method: str, url: str, **given: Any) -> Answer:
        self.calls.append({"method": method, "url": url, **given})
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


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


class Inbox:
    """Our callback URL in small: answers the challenge, verifies, parses, keeps."""

    key = "inbox"

    def __init__(self, channel: Channel, app: AppCredentials) -> None:
        self.webhook = channel.webhook
        self.app = app
        self.events: list[Event] = []
        self.refused = 0
        self.base_url = ""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.answer(Request(environ))(environ, start_response)

    def answer(self, call: Request) -> Response:
        headers = {name.lower(): value for name, value in call.headers.items()}
        query = dict(parse_qsl(call.query_string.decode()))
        request = WebhookRequest(call.method, headers, query, call.get_data())
        assert self.webhook is not None
        assert self.webhook.challenge is not None
        if call.method == "GET":
            challenged = self.webhook.challenge(request, self.app)
            if challenged is None:
                return Response(status=404)
            return Response(challenged[1], content_type=challenged[0])
        try:
            self.webhook.verify(request, self.app)
        except InvalidSignature:
            self.refused += 1
            return Response(status=403)
        self.events.extend(self.webhook.parse(request))
        return Response(status=200)

    def posts(self) -> list[IncomingPost]:
        return [event for event in self.events if isinstance(event, IncomingPost)]

    def close(self) -> None:
        """Let go of nothing."""


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
def scripted() -> type[ScriptedHttp]:
    return ScriptedHttp


@pytest.fixture
def answer() -> type[Answer]:
    return Answer


@pytest.fixture
def http() -> Iterator[LoopbackHttp]:
    loopback = LoopbackHttp()
    yield loopback
    loopback.client.close()


@pytest.fixture
def x() -> Iterator[SimulatedX]:
    with running(create) as platform:
        assert isinstance(platform, SimulatedX)
        yield platform


@pytest.fixture
def simulated_app(x: SimulatedX) -> AppCredentials:
    return AppCredentials(x.app_config, x.app_secrets)


@pytest.fixture
def sign_in(
    channel: Channel, simulated_app: AppCredentials, http: LoopbackHttp
) -> Callable[..., Token]:
    """Go the way of a browser: consent page, redirect back, code for token."""

    def go(verifier: str = VERIFIER, redirect_uri: str = REDIRECT) -> Token:
        assert channel.oauth
        digest = hashlib.sha256(VERIFIER.encode()).digest()
        asked = AuthorizeRequest(
            redirect_uri=REDIRECT,
            state="s1",
            code_challenge=base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        )
        back = approve(channel.oauth.authorize_url(simulated_app, asked))
        query = parse_qs(urlsplit(back).query)
        assert query["state"] == ["s1"]
        given = CodeExchange(
            code=query["code"][0], redirect_uri=redirect_uri, code_verifier=verifier
        )
        return channel.oauth.exchange(simulated_app, given, http)

    return go


@pytest.fixture
def nusakirim(
    sign_in: Callable[..., Token], simulated_app: AppCredentials, http: LoopbackHttp
) -> Account:
    (account,) = oauth.list_accounts(simulated_app, sign_in(), http)
    return account


@pytest.fixture
def inbox(channel: Channel, simulated_app: AppCredentials) -> Iterator[Inbox]:
    made = Inbox(channel, simulated_app)

    def make(base_url: str) -> Any:
        made.base_url = base_url
        return made

    with running(make):
        yield made


@pytest.fixture
def subscribed(nusakirim: Account, inbox: Inbox, http: LoopbackHttp) -> Account:
    webhook.subscribe(nusakirim, inbox.base_url, http)
    return nusakirim


@pytest.fixture
def control(x: SimulatedX, http: LoopbackHttp) -> Callable[..., Any]:
    """Call the control routes as scripts do."""

    def call(method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        answered = http.request(method, f"{x.base_url}/_control/{path}", json=body)
        assert answered.status_code < 300, answered.text
        return answered.json() if answered.text else None

    return call


@pytest.fixture
def write(control: Callable[..., Any]) -> Callable[..., str]:
    """Have somebody write a post, and wait until the webhooks are out."""

    def go(text: str, kind: str = "mention", by: str = "rita_demo", **more: object) -> str:
        script = {"author": {"handle": by, "name": "Rita Demo", "followers": 321}, **more}
        created = control("POST", "posts", {**script, "text": text, "kind": kind})
        control("POST", "flush")
        return str(created["id"])

    return go
