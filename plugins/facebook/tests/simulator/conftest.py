"""Both sides of the wire: a script that writes on Facebook, and our end of the webhook."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tanggap.sdk import (
    Account,
    AppCredentials,
    Channel,
    ChannelError,
    Event,
    IncomingPost,
    Reply,
    WebhookRequest,
)
from tanggap_facebook.simulator import SimulatedFacebook


class Inbox:
    """Our side of the webhook, in small: handshake, signature, parsing."""

    def __init__(self, channel: Channel, app: AppCredentials) -> None:
        assert channel.webhook
        assert channel.webhook.challenge
        self.webhook = channel.webhook
        self.answer = channel.webhook.challenge
        self.app = app
        self.events: list[Event] = []
        self.refused = 0
        self.url = ""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        headers = {name.lower(): value for name, value in request.headers.items()}
        given = WebhookRequest(request.method, headers, request.args.to_dict(), request.get_data())
        if request.method == "GET":
            answer = self.answer(given, self.app)
            response = Response(answer[1] if answer else "no", 200 if answer else 403)
            return response(environ, start_response)
        try:
            self.webhook.verify(given, self.app)
        except ChannelError:
            self.refused += 1
            return Response("no", 403)(environ, start_response)
        self.events += self.webhook.parse(given)
        return Response("ok")(environ, start_response)

    def posts(self) -> list[IncomingPost]:
        return [event for event in self.events if isinstance(event, IncomingPost)]


@pytest.fixture
def inbox(channel: Channel, simulated_app: AppCredentials) -> Iterator[Inbox]:
    app = Inbox(channel, simulated_app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    app.url = f"http://127.0.0.1:{server.port}/hooks/facebook"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield app
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def nusakirim(
    connect: Callable[..., list[Account]], channel: Channel, inbox: Inbox, http: Any
) -> Account:
    """Connect a Page of the simulator and subscribe it to our webhook."""
    (found,) = connect(choose=["1005001"])
    assert channel.webhook
    assert channel.webhook.subscribe
    channel.webhook.subscribe(found, inbox.url, http)
    return found


class Script:
    """The control routes, as a script uses them."""

    def __init__(self, base_url: str) -> None:
        self.client = httpx.Client(base_url=base_url, timeout=10, trust_env=False)

    def post(self, author: str, kind: str, text: str, **more: object) -> str:
        body = {"author": {"handle": author, "name": author.title()}, "kind": kind, "text": text}
        return str(self.do("POST", "posts", {**body, **more})["id"])

    def do(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        answer = self.client.request(method, f"/_control/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    def fault(self, kind: str, **more: object) -> None:
        self.do("POST", "faults", {"kind": kind, **more})

    def flush(self) -> dict[str, Any]:
        return self.do("POST", "flush")


@pytest.fixture
def script(facebook: SimulatedFacebook) -> Iterator[Script]:
    made = Script(facebook.base_url)
    yield made
    made.client.close()


@pytest.fixture
def sending(channel: Channel, nusakirim: Account, http: Any) -> Callable[..., str]:
    """Send a reply as the connected Page and give its id."""
    assert channel.replying
    send = channel.replying.send

    def answer(to: str, text: str, *, sender: Account = nusakirim, **more: Any) -> str:
        values = {"idempotency_key": "k1", "author_id": "80001", **more}
        return send(sender, Reply(to=to, text=text, **values), http).external_id

    return answer


@pytest.fixture
def drain(channel: Channel, nusakirim: Account, http: Any) -> Callable[..., Any]:
    """Poll until nothing more is there; gives the events and the cursor."""
    assert channel.polling
    fetch = channel.polling.fetch

    def poll(cursor: str | None = None) -> tuple[list[Event], str | None]:
        events: list[Event] = []
        more = True
        while more:
            got = fetch(nusakirim, cursor, http)
            events += got.events
            cursor, more = got.cursor, got.more
        return events, cursor

    return poll


@pytest.fixture
def finding(channel: Channel, nusakirim: Account, http: Any) -> Callable[..., str | None]:
    """Look for a reply of unknown outcome, tried a moment ago, and give its id."""
    assert channel.replying
    find_sent = channel.replying.find_sent
    assert find_sent

    def find(to: str, text: str, **more: Any) -> str | None:
        values = {"idempotency_key": "k1", "author_id": "80001", **more}
        lost = Reply(to=to, text=text, first_tried_at=datetime.now(UTC), **values)
        found = find_sent(nusakirim, lost, http)
        return found.external_id if found else None

    return find
