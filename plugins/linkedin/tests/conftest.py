"""What the tests share: accounts, fixtures, a scripted LinkedIn and a simulated one."""

from __future__ import annotations

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
from tanggap_linkedin import tanggap_channels, webhook
from tanggap_linkedin.simulator import SimulatedLinkedIn, create

FIXTURES = Path(__file__).parent / "fixtures"
ORG = "urn:li:organization:5001"
REDIRECT = "http://127.0.0.1/oauth/linkedin"


@dataclass
class Answer:
    """A scripted answer, or a recorded call."""

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
        self.refused = self.failed = 0
        self.status = 200
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
            assert challenged is not None
            return Response(challenged[1], content_type=challenged[0])
        try:
            self.webhook.verify(request, self.app)
        except InvalidSignature:
            self.refused += 1
            return Response(status=403)
        if self.status == 200:
            self.events.extend(self.webhook.parse(request))
        else:
            self.failed += 1
        return Response(status=self.status)

    def last_post(self) -> IncomingPost:
        return [event for event in self.events if isinstance(event, IncomingPost)][-1]

    def close(self) -> None:
        """Let go of nothing."""


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
def linkedin() -> Iterator[SimulatedLinkedIn]:
    with running(create) as platform:
        assert isinstance(platform, SimulatedLinkedIn)
        yield platform


@pytest.fixture
def simulated_app(linkedin: SimulatedLinkedIn) -> AppCredentials:
    return AppCredentials(linkedin.app_config, linkedin.app_secrets)


@pytest.fixture
def connect(
    channel: Channel, simulated_app: AppCredentials, http: LoopbackHttp
) -> Callable[[], list[Account]]:
    """Sign in at the simulated LinkedIn and list the pages."""

    def sign_in() -> list[Account]:
        assert channel.oauth
        asked = AuthorizeRequest(redirect_uri=REDIRECT, state="s1")
        back = approve(channel.oauth.authorize_url(simulated_app, asked))
        query = parse_qs(urlsplit(back).query)
        assert query["state"] == ["s1"]
        given = CodeExchange(code=query["code"][0], redirect_uri=REDIRECT)
        token = channel.oauth.exchange(simulated_app, given, http)
        return list(channel.oauth.list_accounts(simulated_app, token, http))

    return sign_in


@pytest.fixture
def nusakirim(connect: Callable[[], list[Account]]) -> Account:
    return connect()[0]


@pytest.fixture
def inbox(channel: Channel, simulated_app: AppCredentials) -> Iterator[Inbox]:
    made = Inbox(channel, simulated_app)

    def create(base_url: str) -> Any:
        made.base_url = base_url
        return made

    with running(create):
        yield made


@pytest.fixture
def subscribed(nusakirim: Account, inbox: Inbox, http: LoopbackHttp) -> Account:
    webhook.subscribe(nusakirim, inbox.base_url, http)
    return nusakirim


@pytest.fixture
def control(linkedin: SimulatedLinkedIn, http: LoopbackHttp) -> Callable[..., Any]:
    """Call the control routes as scripts do."""

    def call(method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        answer = http.request(method, f"{linkedin.base_url}/_control/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.text else None

    return call


@pytest.fixture
def post(control: Callable[..., Any]) -> Callable[..., str]:
    def write(
        text: str, kind: str, parent: str | None = None, by: str = "rina.k", **more: object
    ) -> str:
        script: dict[str, object] = {"author": {"handle": by, "name": "Rina"}, **more}
        if parent:
            script["in_reply_to"] = parent
        created = control("POST", "posts", {**script, "text": text, "kind": kind})
        control("POST", "flush")
        return str(created["id"])

    return write


@pytest.fixture
def mention(subscribed: Account, inbox: Inbox, post: Callable[..., str]) -> IncomingPost:
    """Have somebody mention the page, and give what came in."""
    post("Kecewa dengan Nusakirim", "mention", key="m1")
    return inbox.last_post()
