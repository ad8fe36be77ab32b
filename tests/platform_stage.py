"""A simulated platform with its plugin and the core around it, for tests from end to end."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import entry_points
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import time_machine
from sqlalchemy import func, select, update
from werkzeug.serving import WSGIRequestHandler, make_server

from factories import make_user
from tanggap.classifier import KeywordClassifier
from tanggap.inbox.accounts import channel_apps, connect, connect_form
from tanggap.inbox.arrival import polling
from tanggap.inbox.operation.setup import ensure_defaults
from tanggap.inbox.sending import outbox
from tanggap.inbox.sending.reply import queue_reply
from tanggap.inbox.services import Services, open_services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.plugins.registry import load
from tanggap.sdk.simulator import SimulatedPlatform, approve, running
from tanggap.settings import Settings
from tanggap.store.accounts import Account
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.replies import ReplyRow
from tanggap.store.users import ADMIN
from tanggap.web.webhooks import WebhookEndpoint

NOW = datetime(2026, 11, 10, 3, 0, tzinfo=UTC)
KINDS = {
    "twitter": "mention",
    "facebook": "comment",
    "linkedin": "comment",
    "discourse": "comment",
}


@dataclass
class Stage:
    """One platform, one connected account, and somebody at work."""

    services: Services
    tasks: Tasks
    platform: SimulatedPlatform
    clock: time_machine.Traveller
    user_id: int

    @property
    def key(self) -> str:
        return self.platform.key

    def control(self, method: str, path: str, body: object = None) -> Any:
        address = f"{self.platform.base_url}/_control/{path}"
        with httpx.Client(trust_env=False, timeout=30) as client:
            answer = client.request(method, address, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def fault(self, kind: str, target: str = "any", times: int = 1) -> None:
        self.control("POST", "faults", {"kind": kind, "target": target, "times": times})

    def mend(self) -> None:
        self.control("DELETE", "faults")

    def publish(self) -> str:
        """Let the company write what customers comment on, where the platform needs that."""
        post = {"author": {"handle": "brand"}, "text": "Promo baru", "kind": "post"}
        return str(self.control("POST", "posts", post)["id"])

    def write(self, name: str, text: str, parent: str | None) -> None:
        """Let a customer write to the company."""
        post = {
            "key": name,
            "author": {"handle": "rita_c", "name": "Rita Contoh"},
            "text": f"@brand {text}" if self.key == "twitter" else text,
            "kind": KINDS[self.key],
        }
        if self.key != "twitter":
            post["in_reply_to"] = parent
        self.control("POST", "posts", post)
        self.control("POST", "flush")

    def texts(self) -> list[str]:
        with self.services.database.read() as session:
            found = session.scalars(
                select(Post.text).where(Post.from_us.is_(False)).order_by(Post.posted_at, Post.id)
            )
            return [text.removeprefix("@brand ") for text in found]

    def account(self) -> Account:
        with self.services.database.read() as session:
            return session.scalars(select(Account)).one()

    def connect(self, account_id: int | None = None) -> None:
        """Go to the consent page and come back, or type what the platform wants."""
        values = self.platform.account_values
        if values:
            connect_form.submit(
                self.services, self.key, values, user_id=self.user_id, account_id=account_id
            )
            return
        url = connect.begin(self.services, self.key, user_id=self.user_id, account_id=account_id)
        back = parse_qs(urlsplit(approve(url)).query)
        result = connect.finish(
            self.services, self.key, state=back["state"][0], code=back["code"][0],
            user_id=self.user_id,
        )  # fmt: skip
        if isinstance(result, connect.Choice):
            first = result.candidates[0].external_id
            connect.choose(
                self.services, self.key, ticket=result.ticket, external_ids=[first],
                user_id=self.user_id,
            )  # fmt: skip

    def poll(self) -> int:
        with self.services.database.write() as session:
            session.execute(update(Account).values(poll_claimed_until=None))
        return polling.poll_account(self.services, self.account().id)

    def answer(self, text: str, key: str, visibility: str = "public") -> int:
        with self.services.database.read() as session:
            conversation_id = session.scalars(
                select(Conversation.id).order_by(Conversation.last_post_at.desc())
            ).first()
            seen = session.scalar(select(func.max(Post.id)))
        assert conversation_id is not None
        return queue_reply(
            self.services,
            user_id=self.user_id,
            conversation_id=conversation_id,
            # Forums want twenty characters.
            text=f"{text}, mohon ditunggu sebentar",
            visibility=visibility,  # type: ignore[arg-type]
            seen_post_id=seen or 0,
            idempotency_key=key,
        ).id

    def reply(self, reply_id: int) -> ReplyRow:
        with self.services.database.read() as session:
            return session.get_one(ReplyRow, reply_id)

    def work(self, times: int = 1, wait: timedelta = timedelta(minutes=6)) -> None:
        """Let time pass and the worker look for replies that are due."""
        for _ in range(times):
            for reply_id in outbox.due_replies(self.services):
                outbox.work_on(self.services, reply_id)
            self.clock.shift(wait)
        for reply_id in outbox.due_replies(self.services):
            outbox.work_on(self.services, reply_id)

    def arrived(self) -> list[str]:
        """List what the platform has of ours, publications aside."""
        posts = self.control("GET", "posts")["posts"]
        return [post["text"] for post in posts if post["ours"] and post["text"] != "Promo baru"]


class OneCall(WSGIRequestHandler):
    """Ends the connection after a call, and with it the thread."""

    protocol_version = "HTTP/1.0"


def nothing_there(environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response("404 Not Found", [])
    return [b""]


@contextmanager
def staged(key: str, settings: Settings, *, patience: int = 10) -> Iterator[Stage]:
    """Connect an account on a simulated platform whose webhooks reach us.

    Our requests wait `patience` seconds for an answer.
    """
    points = {point.name: point for point in entry_points(group="tanggap.simulators")}
    with (
        time_machine.travel(NOW, tick=True) as clock,
        running(points[key].load()) as platform,
    ):
        # The port is known only once the server is there, and it needs the settings.
        hooks: list[WebhookEndpoint] = []

        def answer(environ: Any, start_response: Any) -> Iterable[bytes]:
            return hooks[0](environ, start_response)

        server = make_server("127.0.0.1", 0, answer, threaded=True, request_handler=OneCall)
        server.daemon_threads = False  # waited for: each may hold a connection to the database
        settings = replace(
            settings,
            public_url=f"http://127.0.0.1:{server.server_port}",
            private_hosts=(platform.base_url.removeprefix("http://"),),
            http_timeout_seconds=patience,
        )
        services = open_services(
            settings, classifier=KeywordClassifier(), registry=load(strict=True)
        )
        tasks = Tasks(services, open_queue(settings, services.keys, immediate=True))
        hooks.append(WebhookEndpoint(nothing_there, tasks))
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            with services.database.write() as session:
                ensure_defaults(session)
                user = make_user(session, role=ADMIN, initials="AB")
            values = {**platform.app_config, **platform.app_secrets}
            channel_apps.save_app(services, platform.key, values, user_id=None)
            made = Stage(services, tasks, platform, clock, user.id)
            made.connect()
            yield made
        finally:
            # What a failed test leaves running would write into the next one's database.
            server.shutdown()
            thread.join()
            server.server_close()
            services.close()
