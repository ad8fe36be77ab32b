"""Webhooks in a row stay in one thread, and no connection keeps the threads to itself."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from socket import AF_UNIX, socket

import pytest

PATIENCE = 60.0
TELLER = """
from tanggap.web.http_worker import LingeringWorker
class Counting(LingeringWorker):
    handed_back = 0
    def finish_request(self, conn, fs):
        Counting.handed_back += 1
        super().finish_request(conn, fs)
def app(environ, start_response):
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", "20")])
    return [b"%20d" % Counting.handed_back]
"""
ROW = 40


class UnixConnection(HTTPConnection):
    """A kept connection to the server's socket file."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self.path = path

    def connect(self) -> None:
        self.sock = socket(AF_UNIX)
        self.sock.settimeout(PATIENCE)
        # The socket's file is there a moment before the server listens.
        deadline = time.monotonic() + PATIENCE
        while refused := self.sock.connect_ex(str(self.path)):
            assert time.monotonic() < deadline, os.strerror(refused)
            time.sleep(0.02)

    def ask(self, path: str = "/hooks/fake") -> int:
        """Send a request; tells how often the poller has been given a connection back before."""
        self.request("POST", path, body="x" * 3_000)
        answer = self.getresponse()
        assert answer.status == 200
        return int(answer.read())


@pytest.fixture
def address(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A server with as many threads as asked for, at a path short enough for a socket."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "teller.py").write_text(TELLER)
        path = Path(folder, "http")
        command = [sys.executable, "-m", "gunicorn", "teller:app", "--bind", f"unix:{path}"]
        command += ["--worker-class", "teller.Counting"]
        command += ["--threads", str(request.param), "--no-control-socket"]
        environ = {**os.environ, "PYTHONPATH": folder}
        with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL) as server:
            deadline = time.monotonic() + PATIENCE
            while not path.exists():
                assert server.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield path
            server.terminate()


@pytest.mark.parametrize("address", [4], indirect=True)
def test_webhooks_in_a_row_stay_in_their_thread(address: Path) -> None:
    connection = UnixConnection(address)
    handed_back = [connection.ask() for _ in range(ROW)][-1]
    # A pause of this machine may end a row.
    assert handed_back < ROW / 2
    connection.close()


@pytest.mark.parametrize("address", [4], indirect=True)
def test_page_leaves_its_thread_to_others_at_once(address: Path) -> None:
    connection = UnixConnection(address)
    assert [connection.ask("/inbox") for _ in range(ROW)] == list(range(ROW))
    connection.close()


@pytest.mark.parametrize("address", [1], indirect=True)
def test_kept_connection_leaves_the_only_thread_to_others(address: Path) -> None:
    connections = [UnixConnection(address) for _ in range(4)]
    for _ in range(3):
        for connection in connections:
            connection.ask()
    connections[0].close()
    for connection in connections[1:]:
        assert connection.ask() >= len(connections)
        connection.close()
