"""Our callback URL in small: answers the challenge, verifies, parses, keeps what came."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tanggap.sdk.channel import Channel
from tanggap.sdk.errors import InvalidSignature
from tanggap.sdk.simulator.server import LOOPBACK, QuietHandler
from tanggap.sdk.types import AppCredentials, Event, IncomingPost, WebhookRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Callback:
    """What an inbox does with webhooks, without an inbox.

    `status` is what genuine deliveries are answered; other than 200, they are counted in `failed`
    and not read. `refused` counts the deliveries whose signature was wrong.
    """

    def __init__(self, channel: Channel, app: AppCredentials) -> None:
        if channel.webhook is None:
            raise ValueError(f"channel {channel.key} has no webhook")
        self.webhook = channel.webhook
        self.app = app
        self.url = ""
        self.status = 200
        self.requests: list[WebhookRequest] = []
        self.events: list[Event] = []
        self.refused = self.failed = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one call of the platform."""
        return self._answer(Request(environ))(environ, start_response)

    def posts(self) -> list[IncomingPost]:
        """List the posts that came in, our own included."""
        return [event for event in self.events if isinstance(event, IncomingPost)]

    def last_post(self) -> IncomingPost:
        """Give the post that came in last."""
        return self.posts()[-1]

    def read(self, request: WebhookRequest) -> Sequence[Event]:
        """Verify and parse a delivery, and keep its events."""
        self.webhook.verify(request, self.app)
        self.requests.append(request)
        events = self.webhook.parse(_as_kept(request, self.webhook.keeps))
        self.events.extend(events)
        return events

    def _answer(self, call: Request) -> Response:
        request = WebhookRequest(
            method=call.method,
            headers={name.lower(): value for name, value in call.headers.items()},
            query=call.args.to_dict(),
            body=call.get_data(),
        )
        if call.method == "GET":
            return self._challenge(request)
        try:
            if self.status == 200:
                self.read(request)
            else:
                self.webhook.verify(request, self.app)
                self.failed += 1
        except InvalidSignature:
            self.refused += 1
            return Response("refused", 403)
        return Response("ok", self.status)

    def _challenge(self, request: WebhookRequest) -> Response:
        answer = None
        if self.webhook.challenge is not None:
            answer = self.webhook.challenge(request, self.app)
        if answer is None:
            return Response("refused", 403)
        return Response(answer[1], content_type=answer[0])


@contextmanager
def listening(channel: Channel, app: AppCredentials) -> Iterator[Callback]:
    """Serve a callback URL on a free loopback port."""
    callback = Callback(channel, app)
    server = make_server(LOOPBACK, 0, callback, threaded=True, request_handler=QuietHandler)
    callback.url = f"http://{LOOPBACK}:{server.port}/hooks/{channel.key}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="callback")
    thread.start()
    try:
        yield callback
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _as_kept(request: WebhookRequest, keeps: Sequence[str]) -> WebhookRequest:
    """Leave what the core keeps until a job parses the body: the declared names and no other."""
    return WebhookRequest(
        method=request.method,
        headers={n: v for n, v in request.headers.items() if n in {*keeps, "content-type"}},
        query={n: v for n, v in request.query.items() if n in keeps},
        body=request.body,
    )
