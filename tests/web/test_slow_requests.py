"""Clients that send slowly, or nothing, or take nothing keep nobody from being answered."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from socket import AF_UNIX, socket

import pytest

PATIENCE = 60.0
AT_ONCE = 4.0
THREADS = 4
SLOW = 40
SERVED = """
import time
from tanggap.web import http_patience
http_patience.HEAD_SECONDS = http_patience.BODY_SECONDS = 1.0
http_patience.BYTES_PER_SECOND = 1_000
def app(environ, start_response):
    body = environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/long":
        time.sleep(3)
    if environ["PATH_INFO"] == "/big":
        start_response("200 OK", [("Content-Length", "5000000")])
        return [b"x" * 5_000_000]
    start_response("200 OK", [("Content-Length", "20")])
    return [b"%20d" % len(body)]
"""
HEAD = b"POST /hooks/fake HTTP/1.1\r\nHost: x\r\n"
BIG = b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n"
ASKED = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def address() -> Iterator[Path]:
    """A server with a few threads and little patience, at a path short enough for a socket."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "served.py").write_text(SERVED)
        path = Path(folder, "http")
        command = [sys.executable, "-m", "gunicorn", "served:app", "--bind", f"unix:{path}"]
        command += ["--worker-class", "tanggap.web.http_worker.LingeringWorker"]
        command += ["--threads", str(THREADS), "--no-control-socket"]
        environ = {**os.environ, "PYTHONPATH": f"{folder}:{os.environ.get('PYTHONPATH', '')}"}
        with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL) as server:
            connect(path).close()
            yield path
            server.kill()


def connect(path: Path, sent: bytes = b"") -> socket:
    """Open a connection, on which something has been sent."""
    client = socket(AF_UNIX)
    client.settimeout(PATIENCE)
    deadline = time.monotonic() + PATIENCE
    # The socket's file is there a moment before the server listens.
    while refused := client.connect_ex(str(path)):
        assert time.monotonic() < deadline, os.strerror(refused)
        time.sleep(0.02)
    client.sendall(sent)
    return client


def answer(client: socket) -> bytes:
    """Read an answer of the served application to its end."""
    received = b""
    while not received.partition(b"\r\n\r\n")[2]:
        received += client.recv(1_000) or b"\r\n\r\n(ended)"
    return received


def seconds_to_answer(path: Path) -> float:
    """Ask for a page on a new connection."""
    began = time.monotonic()
    with connect(path, ASKED) as client:
        assert answer(client).startswith(b"HTTP/1.1 200")
    return time.monotonic() - began


def drip(client: socket, piece: bytes, times: int) -> bool:
    """Send a piece ten times a second; tells whether the server took all of it."""
    try:
        for _ in range(times):
            client.sendall(piece)
            time.sleep(0.1)
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    "sent",
    [b"", HEAD, HEAD + b"Content-Length: 100000\r\n\r\nx", b"GET / HTTP/1.0\r\n\r\n", BIG],
    ids=["nothing", "half a head", "half a body", "an end that is not closed", "an unread answer"],
)
def test_slow_clients_keep_nobody_from_being_answered(address: Path, sent: bytes) -> None:
    clients = [connect(address, sent) for _ in range(SLOW)]
    assert seconds_to_answer(address) < AT_ONCE
    for client in clients:
        client.close()


@pytest.mark.parametrize(
    "sent", [HEAD + b"X-Long: ", HEAD + b"Content-Length: 100000\r\n\r\n"], ids=["head", "body"]
)
def test_drip_of_bytes_prolongs_nothing(address: Path, sent: bytes) -> None:
    client = connect(address, sent)
    assert not drip(client, b"x", times=100)
    client.close()


def test_body_at_a_fair_rate_may_take_long(address: Path) -> None:
    client = connect(address, HEAD + b"Content-Length: 12000\r\n\r\n")
    assert drip(client, b"x" * 300, times=40)
    assert answer(client).endswith(b"12000")
    client.close()


def test_answer_may_take_longer_than_a_request(address: Path) -> None:
    client = connect(address, b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer(client).startswith(b"HTTP/1.1 200")
    client.close()


def test_answer_may_be_taken_slowly(address: Path) -> None:
    client = connect(address, BIG)
    taken = 0
    while taken < 5_000_000 and (piece := client.recv(100_000)):
        taken += len(piece)
        time.sleep(0.02)
    assert taken > 5_000_000
    client.close()


def test_kept_connection_may_pause_longer_than_a_request(address: Path) -> None:
    client = connect(address)
    for _ in range(2):
        client.sendall(ASKED)
        assert answer(client).startswith(b"HTTP/1.1 200")
        time.sleep(3)
    client.close()
