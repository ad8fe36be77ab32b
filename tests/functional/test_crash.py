"""Kill the worker again and again: nothing is lost, nothing is done twice."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread

import httpx
import pytest
from sqlalchemy import func, select, text
from werkzeug.serving import make_server

from factories import make_account, make_app, make_user
from fakes import T0, post_event, signed
from killing import Workers
from tanggap.app import create_app
from tanggap.errors import MovedError, StaleThreadError
from tanggap.inbox.sending.reply import queue_reply
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.sdk.types import WebhookRequest
from tanggap.store.conversations import Conversation
from tanggap.store.deliveries import DONE, Delivery
from tanggap.store.posts import TRIAGE_DONE, Post, VerdictRow
from tanggap.store.replies import SENT, ReplyRow

KILLS = 50
POSTS = 1_600
DUPLICATES = 400
THREADS = 400
PATIENCE = 120.0
START_SECONDS = 10.0
SEED = 20_261_122


@pytest.fixture
def tasks(shared: Services) -> Tasks:
    with shared.database.write() as session:
        make_app(shared, session)
        make_account(session, shared)
    return Tasks(shared, open_queue(shared.settings, shared.keys))


@pytest.fixture
def server(tasks: Tasks) -> Iterator[str]:
    """The real web application behind a real socket."""
    http = make_server("127.0.0.1", 0, create_app(tasks=tasks), threaded=True)
    thread = Thread(target=http.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    thread.join()
    http.server_close()


def deliveries() -> list[WebhookRequest]:
    """Write a day of threads: each post once, some of them delivered again, in no order."""
    dice = random.Random(SEED)
    requests = []
    for number in range(POSTS):
        thread = number % THREADS
        parent = number - THREADS if number >= THREADS else None
        event = post_event(
            f"p{number}",
            f"aplikasi error nomor {number}",
            author=f"cust{thread}",
            parent=f"p{parent}" if parent is not None else None,
            at=T0.replace(minute=number // THREADS).isoformat(),
        )
        requests.append(signed([event]))
    requests += dice.sample(requests, DUPLICATES)
    dice.shuffle(requests)
    return requests


def answer_some(services: Services, tasks: Tasks, user_id: int, answered: set[int]) -> None:
    """Answer a few of the conversations that nobody answered yet."""
    with services.database.read() as session:
        found = session.execute(
            select(Conversation.id, func.max(Post.id))
            .join(Post, Post.conversation_id == Conversation.id)
            .where(Conversation.id.not_in(answered))
            .group_by(Conversation.id)
            .limit(2)
        ).all()
    for conversation_id, seen in found:
        answered.add(conversation_id)
        try:
            reply = queue_reply(
                services,
                user_id=user_id,
                conversation_id=conversation_id,
                text="kami cek ya",
                visibility="public",
                seen_post_id=seen,
                idempotency_key=f"reply-{conversation_id}",
            )
        except (StaleThreadError, MovedError):
            # A post came in between, or one that made two cases one; the next round answers it.
            answered.discard(conversation_id)
            continue
        tasks.work_on_reply(reply.id)


def unfinished(services: Services) -> int:
    with services.database.read() as session:
        open_deliveries = select(func.count()).where(Delivery.state != DONE)
        open_posts = select(func.count()).where(Post.triage != TRIAGE_DONE, Post.from_us.is_(False))
        open_replies = select(func.count()).where(ReplyRow.state != SENT)
        return sum(
            session.scalar(query) or 0 for query in (open_deliveries, open_posts, open_replies)
        )


def done(services: Services) -> int:
    with services.database.read() as session:
        query = select(func.count()).select_from(Delivery).where(Delivery.state == DONE)
        return session.scalar(query) or 0


def deadlocks(services: Services) -> int:
    """Count the transactions that PostgreSQL ended because two waited for each other."""
    if services.database.is_sqlite:
        return 0
    told = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    with services.database.read() as session:
        return session.scalar(told) or 0


def wait_for_more(services: Services, before: int) -> None:
    """Give a worker on a busy machine time to do something."""
    deadline = time.monotonic() + START_SECONDS
    while done(services) <= before and time.monotonic() < deadline:
        time.sleep(0.05)


def wait_while_it_goes_on(services: Services) -> None:
    """Wait until nothing is left to do, or until nothing at all has been done for long."""
    left, since = unfinished(services), time.monotonic()
    while left and time.monotonic() - since < PATIENCE:
        time.sleep(0.2)
        before, left = left, unfinished(services)
        if left != before:
            since = time.monotonic()


@pytest.mark.slow
def test_worker_killed_fifty_times_loses_and_doubles_nothing(
    shared: Services, tasks: Tasks, server: str, workers: Workers, sent: Path
) -> None:
    dice = random.Random(SEED)
    requests = deliveries()
    portion = -(-len(requests) // KILLS)
    answered: set[int] = set()
    deadlocks_before = deadlocks(shared)
    with shared.database.write() as session:
        user_id = make_user(session, initials="AB").id
    with httpx.Client(base_url=server, timeout=60) as client, ThreadPoolExecutor(4) as senders:

        def deliver(call: WebhookRequest) -> int:
            answer = client.post("/hooks/fake", content=call.body, headers=dict(call.headers))
            return answer.status_code

        for round_ in range(KILLS):
            before = done(shared)
            workers.start()
            batch = requests[round_ * portion : (round_ + 1) * portion]
            statuses = senders.map(deliver, batch)
            answer_some(shared, tasks, user_id, answered)
            if round_ % 3:  # the others may die before they have done anything
                wait_for_more(shared, before)
            time.sleep(dice.uniform(0.0, 0.5))
            workers.kill()
            assert set(statuses) <= {200}
    workers.start()
    wait_while_it_goes_on(shared)
    workers.kill()
    check(shared, sent, answered)
    assert deadlocks(shared) == deadlocks_before


def check(services: Services, sent: Path, answered: set[int]) -> None:
    with services.database.read() as session:
        inbound = list(session.scalars(select(Post).where(Post.from_us.is_(False))))
        verdicts = Counter(session.scalars(select(VerdictRow.post_id)))
        conversations = list(session.scalars(select(Conversation)))
        replies = list(session.scalars(select(ReplyRow)))
        states = Counter(session.scalars(select(Delivery.state)))
    assert states == {DONE: POSTS}
    assert sorted(post.external_id for post in inbound) == sorted(f"p{n}" for n in range(POSTS))
    assert verdicts == {post.id: 1 for post in inbound}
    assert {post.triage for post in inbound} == {TRIAGE_DONE}
    assert len(conversations) == THREADS
    assert {conversation.label for conversation in conversations} == {"complaint"}
    assert {reply.state for reply in replies} == {SENT}
    assert Counter(sent.read_text().split()) == {reply.idempotency_key: 1 for reply in replies}
    assert len(replies) >= KILLS // 2
    assert len(replies) == len(answered)
