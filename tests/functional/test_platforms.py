"""Each platform from end to end: its simulator, its plugin, the core, and trouble between them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import entry_points
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import time_machine
from sqlalchemy import func, select, update
from werkzeug.serving import WSGIRequestHandler, make_server

from factories import make_user
from tanggap.classifier import KeywordClassifier
from tanggap.inbox import (
    channel_apps,
    connect,
    connect_form,
    gaps,
    outbox,
    polling,
    profiling,
    rechecking,
    tokens,
)
from tanggap.inbox.reply import queue_reply
from tanggap.inbox.services import Services, client_for, open_services, sdk_account
from tanggap.inbox.setup import ensure_defaults
from tanggap.inbox.ways import list_ways
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.plugins.registry import load
from tanggap.sdk.errors import AuthExpired
from tanggap.sdk.simulator import SimulatedPlatform, approve, running
from tanggap.sdk.words import Words
from tanggap.settings import Settings
from tanggap.store.accounts import ACTIVE, DISCONNECTED, NEEDS_RECONNECT, Account
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Author, Post
from tanggap.store.reading import Gap
from tanggap.store.replies import FAILED, QUEUED, SENT, ReplyRow
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


@pytest.fixture(params=list(KINDS))
def stage(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Stage]:
    """A connected account on a simulated platform whose webhooks reach us."""
    points = {point.name: point for point in entry_points(group="tanggap.simulators")}
    with (
        time_machine.travel(NOW, tick=True) as clock,
        running(points[request.param].load()) as platform,
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
            http_timeout_seconds=3,
        )
        services = open_services(
            settings, classifier=KeywordClassifier(), registry=load(strict=True)
        )
        tasks = Tasks(services, open_queue(settings, services.keys, immediate=True))
        hooks.append(WebhookEndpoint(nothing_there, tasks))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with services.database.write() as session:
            ensure_defaults(session)
            user = make_user(session, role=ADMIN, initials="AB")
        values = {**platform.app_config, **platform.app_secrets}
        channel_apps.save_app(services, platform.key, values, user_id=None)
        made = Stage(services, tasks, platform, clock, user.id)
        made.connect()
        yield made
        server.shutdown()
        thread.join()
        server.server_close()
        services.close()


def test_post_comes_in_is_answered_and_arrives_once(stage: Stage) -> None:
    stage.write("a", "internet saya mati", stage.publish())
    assert stage.texts() == ["internet saya mati"]
    reply = stage.answer("kami cek ya kak", "k1")
    stage.work()
    assert stage.reply(reply).state == SENT
    assert len(stage.arrived()) == 1
    stage.control("POST", "flush")
    with stage.services.database.read() as session:
        assert session.scalar(select(func.count()).where(Post.from_us)) in (1, 2)
        assert session.scalars(select(Conversation.label)).all() == ["complaint"]


def test_lost_webhooks_are_made_up_for_by_polling_without_loss_or_double(stage: Stage) -> None:
    parent = stage.publish()
    stage.write("a", "satu", parent)
    stage.poll()
    stage.fault("drop_webhooks", "webhook", times=100)
    for number in range(8):
        stage.clock.shift(timedelta(minutes=1))
        stage.write(f"lost-{number}", f"hilang {number}", parent)
    assert stage.texts() == ["satu"]
    stage.mend()
    stage.clock.shift(timedelta(minutes=30))
    stage.write("b", "akhir", parent)
    for _ in range(3):
        stage.clock.shift(timedelta(minutes=6))
        stage.poll()
    assert sorted(stage.texts()) == sorted(["satu", "akhir", *(f"hilang {n}" for n in range(8))])
    with stage.services.database.read() as session:
        account = stage.account()
        causes = session.scalars(select(Gap.cause).where(Gap.account_id == account.id)).all()
    # Where polls are frequent, half an hour without one explains the posts already.
    told = gaps.STOPPED if stage.key in ("twitter", "discourse") else gaps.WEBHOOKS
    assert causes == [told]


def test_dead_token_closes_the_account_until_it_is_reconnected(stage: Stage) -> None:
    parent = stage.publish()
    stage.write("a", "halo", parent)
    before = stage.account()
    reply = stage.answer("kami cek", "k1")
    stage.fault("auth_revoked", times=50)
    stage.work()
    assert stage.reply(reply).state == FAILED
    dead = stage.account()
    assert dead.state == NEEDS_RECONNECT
    assert dead.state_cause
    assert isinstance(dead.state_reason, Words)
    assert dead.state_reason.texts["id"] != dead.state_reason
    stage.fault("drop_webhooks", "webhook", times=100)
    stage.write("c", "selagi putus", parent)
    assert "selagi putus" not in stage.texts()
    stage.mend()
    stage.connect(dead.id)
    stage.clock.shift(timedelta(minutes=10))
    stage.poll()
    assert stage.texts().count("selagi putus") == 1
    again = stage.account()
    assert (again.id, again.state) == (before.id, ACTIVE)
    stage.write("b", "masih ada", parent)
    assert "masih ada" in stage.texts()
    second = stage.answer("sudah kami cek", "k2")
    stage.work()
    assert stage.reply(second).state == SENT


def test_storm_of_429_delays_a_reply_and_doubles_nothing(stage: Stage) -> None:
    stage.write("a", "halo", stage.publish())
    stage.fault("rate_limit", "reply", times=3)
    reply = stage.answer("kami cek", "k1")
    outbox.work_on(stage.services, reply)
    waiting = stage.reply(reply)
    assert (waiting.state, waiting.next_try_at > utcnow()) == (QUEUED, True)
    stage.work(times=8, wait=timedelta(minutes=16))
    assert stage.reply(reply).state == SENT
    assert len(stage.arrived()) == 1


def test_platform_that_is_away_for_an_hour_loses_and_doubles_nothing(stage: Stage) -> None:
    parent = stage.publish()
    stage.write("a", "sebelum", parent)
    stage.poll()
    stage.fault("server_error", times=1_000)
    reply = stage.answer("kami cek", "k1")
    for _ in range(10):
        stage.work()
        stage.poll()
    assert stage.reply(reply).state != SENT
    assert stage.account().state == ACTIVE
    stage.mend()
    for _ in range(12):
        stage.work(wait=timedelta(minutes=11))
        for account_id in tokens.due_accounts(stage.services):
            tokens.refresh(stage.services, account_id)
        stage.poll()
        if stage.reply(reply).state == SENT:
            break
    assert stage.reply(reply).state == SENT
    assert len(stage.arrived()) == 1
    assert stage.texts() == ["sebelum"]
    with stage.services.database.read() as session:
        found = session.scalars(select(Gap)).all()
    assert [gap.ended_at is not None for gap in found] == [True]


def test_answer_of_unknown_outcome_is_found_and_not_sent_again(stage: Stage) -> None:
    stage.write("a", "halo", stage.publish())
    stage.fault("timeout_after_accept", "reply")
    reply = stage.answer("kami cek", "k1")
    stage.work(times=4)
    assert stage.reply(reply).state == SENT
    assert len(stage.arrived()) == 1


def test_public_post_is_answered_in_private_and_the_case_stays_one(stage: Stage) -> None:
    stage.write("a", "nomor saya 0812", stage.publish())
    with stage.services.database.read() as session:
        conversation = session.scalars(select(Conversation)).one()
        ways = list_ways(stage.services, session, conversation)
    open_ways = {way.visibility for way in ways if way.refusal is None}
    assert ("private" in open_ways) == (stage.key != "linkedin")
    if "private" not in open_ways:
        return
    reply = stage.answer("kami jawab di sini ya", "k1", "private")
    stage.work()
    assert stage.reply(reply).state == SENT
    private = {"author": {"handle": "rita_c"}, "text": "terima kasih", "kind": "message"}
    stage.control("POST", "posts", private)
    stage.control("POST", "flush")
    with stage.services.database.read() as session:
        assert "terima kasih" in set(session.scalars(select(Post.text)))
        if stage.key == "facebook":
            assert session.scalar(select(func.count()).select_from(Conversation)) == 1


def test_post_that_was_deleted_unheard_is_found_gone(stage: Stage) -> None:
    channel = stage.services.registry.channel(stage.key)
    assert channel is not None
    parent = stage.publish()
    stage.write("a", "saya hapus nanti", parent)
    stage.write("b", "ini tetap", parent)
    stage.fault("drop_webhooks", "webhook", times=100)
    stage.control("DELETE", "posts/a")
    stage.control("POST", "flush")
    stage.mend()
    stage.clock.shift(timedelta(days=1, minutes=1))
    due = rechecking.due_accounts(stage.services)
    assert bool(due) == (channel.rechecking is not None)
    assert sum(rechecking.recheck_account(stage.services, id_) for id_ in due) == len(due)
    with stage.services.database.read() as session:
        gone = session.scalars(select(Post.text).where(Post.deleted_at.is_not(None))).all()
    assert [text.removeprefix("@brand ") for text in gone] == ["saya hapus nanti"] * len(due)


def test_people_whose_messages_have_no_name_get_one(stage: Stage) -> None:
    channel = stage.services.registry.channel(stage.key)
    assert channel is not None
    if channel.profiles is None:
        assert profiling.due_accounts(stage.services) == []
        return
    message = {"author": {"handle": "rita_c", "name": "Rita Contoh"}, "kind": "message"}
    stage.control("POST", "posts", {**message, "text": "halo lewat pesan"})
    stage.control("POST", "flush")
    names = select(Author.name).join(Post, Post.author_id == Author.id)
    with stage.services.database.read() as session:
        assert session.scalars(names).all() == [""]
    for account_id in profiling.due_accounts(stage.services):
        profiling.look_up(stage.services, account_id)
    with stage.services.database.read() as session:
        assert session.scalars(names).all() == ["Rita Contoh"]


def test_disconnecting_ends_webhooks_and_where_possible_the_token(stage: Stage) -> None:
    channel = stage.services.registry.channel(stage.key)
    assert channel is not None
    parent = stage.publish()
    with stage.services.database.read() as session:
        held = sdk_account(stage.services, session, stage.account())
    assert connect.disconnect(stage.services, stage.account().id, user_id=stage.user_id) == ""
    assert stage.account().state == DISCONNECTED
    stage.write("a", "ada orang?", parent)
    assert stage.texts() == []
    if channel.oauth is not None and channel.oauth.revoke is not None:
        http = client_for(stage.services, channel, held)
        with pytest.raises(AuthExpired):
            channel.oauth.list_accounts(held.app, held.token, http)
