"""Signed deliveries as X sends them, and a client that costs little beside what it measures."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import socket
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

SECRET = "benchmark-consumer-secret"  # noqa: S105
ACCOUNT = "70001"
CLIENTS = 8
WRITTEN = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=2)
"""When the posts were written: just now, as in life, so that their clocks have all their time."""
ROOT = Path(__file__).resolve().parent.parent.parent

Call = tuple[bytes, str]
"""A body and the header line that signs it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What sending took: deliveries a second, p99 in ms, and the client's own processor time."""

    rate: float
    p99: float
    client_ms: float


def texts(count: int) -> list[str]:
    """Take the demo day's posts and vary them, so that no two are the same."""
    lines = (json.loads(line) for line in (ROOT / "demo" / "day.jsonl").open(encoding="utf-8"))
    written = [line["text"] for line in lines if line.get("text")]
    dice = random.Random(1)
    return [f"{dice.choice(written)} {dice.randrange(10**6)}" for _ in range(count)]


def bodies(written: list[str], offset: int) -> list[Call]:
    """Make signed deliveries of one post each, as X sends them."""
    return [_activity(number + offset, one) for number, one in enumerate(written)]


def page_bodies(written: list[str], offset: int, *, each: int) -> list[Call]:
    """Make signed deliveries of `each` comments, as Facebook sends them in a storm."""
    comments = [_comment(number + offset, one) for number, one in enumerate(written)]
    return [
        _page_delivery(comments[start : start + each]) for start in range(0, len(comments), each)
    ]


def _activity(number: int, written: str) -> Call:
    author = str(80_000 + number % 997)
    post = {
        "id": str(99_000_000_000_000_000 + number),
        "text": written,
        "author_id": author,
        "created_at": f"{WRITTEN:%Y-%m-%dT%H:%M:%S}.000Z",
        "conversation_id": str(99_000_000_000_000_000 + number),
        "entities": {"mentions": [{"start": 0, "end": 9, "username": "bench", "id": ACCOUNT}]},
    }
    user = {"id": author, "name": f"Pelanggan {author}", "username": f"p{author}"}
    event = {
        "event_uuid": str(number),
        "filter": {"user_id": ACCOUNT},
        "event_type": "post.mention.create",
        "payload": post,
        "includes": {"users": [user]},
    }
    body = json.dumps({"data": event}).encode()
    signature = base64.b64encode(_digest(body)).decode()
    return body, f"x-twitter-webhooks-signature: sha256={signature}"


def _comment(number: int, written: str) -> dict[str, object]:
    author = str(80_000 + number % 997)
    value = {
        "item": "comment",
        "verb": "add",
        "post_id": f"{ACCOUNT}_{number // 500}",
        "parent_id": f"{ACCOUNT}_{number // 500}",
        "comment_id": f"{number // 500}_{number}",
        "from": {"id": author, "name": f"Pelanggan {author}"},
        "message": written,
        "created_time": int(WRITTEN.timestamp()),
    }
    return {"field": "feed", "value": value}


def _page_delivery(comments: list[dict[str, object]]) -> Call:
    entry = {"id": ACCOUNT, "time": int(WRITTEN.timestamp()) + 1, "changes": comments}
    body = json.dumps({"object": "page", "entry": [entry]}).encode()
    return body, f"x-hub-signature-256: sha256={_digest(body).hex()}"


def _digest(body: bytes) -> bytes:
    return hmac.new(SECRET.encode(), body, hashlib.sha256).digest()


def send(port: int, calls: list[Call], *, path: str = "twitter") -> Sent:
    """Post the bodies over a few kept connections.

    The requests are written out beforehand and the answers hardly read: the client shares the
    machine with what it measures.
    """
    requests = [_request(port, path, *call) for call in calls]
    seconds: list[float] = []

    def one_client(part: list[bytes]) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for request in part:
                begun = time.perf_counter()
                connection.sendall(request)
                answer = connection.recv(4096)
                while answer.startswith(b"HTTP/1.1 200") and not answer.endswith(b"\r\n\r\nok"):
                    answer += connection.recv(4096)
                seconds.append(time.perf_counter() - begun)
                if not answer.startswith(b"HTTP/1.1 200"):
                    raise SystemExit(f"answered {answer[:80]!r}")

    used = time.process_time()
    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(one_client, [requests[n::CLIENTS] for n in range(CLIENTS)]))
    total = time.perf_counter() - begun
    used = time.process_time() - used
    p99 = statistics.quantiles(seconds, n=100)[98] * 1000
    return Sent(len(calls) / total, p99, used * 1000 / len(calls))


def _request(port: int, path: str, body: bytes, signed: str) -> bytes:
    head = (
        f"POST /hooks/{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n{signed}\r\n\r\n"
    )
    return head.encode() + body
