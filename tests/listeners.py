"""An endpoint on this machine that does whatever a test wants of it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Heard:
    """A request that came in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Listener:
    """What the endpoint answers with, and what it heard."""

    port: int = 0
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    silent: bool = False
    dribbles: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def host(self) -> str:
        """Name it as settings allow it."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Give its address."""
        return f"http://{self.host}/hook?key=hidden"


class _Server(ThreadingHTTPServer):
    """Serves a listener; whoever hangs up on it is nobody's concern."""

    daemon_threads = True

    def __init__(self, listener: Listener) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.listener = listener

    def handle_error(self, *_args: object) -> None:
        return


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        listener = self.server.listener
        length = int(self.headers["content-length"])
        headers = {name.lower(): value for name, value in self.headers.items()}
        listener.heard.append(Heard(self.path, headers, self.rfile.read(length)))
        if listener.silent:
            listener.over.wait(20)
        if listener.dribbles:
            self._dribble(listener)
            return
        self.send_response(listener.status)
        for name, value in listener.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        listener = self.server.listener
        listener.heard.append(Heard(self.path, dict(self.headers), b""))
        if listener.dribbles:
            self._dribble(listener)
            return
        content = listener.files.get(self.path, b"")
        if self.path in listener.moved:
            self.send_response(302)
            self.send_header("Location", listener.moved[self.path])
        else:
            self.send_response(200 if content else 404)
        for name, value in listener.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _dribble(self, listener: Listener) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not listener.over.wait(0.1):
            try:
                self.wfile.write(b"x")
                self.wfile.flush()
            except OSError:
                return

    def log_message(self, *_args: object) -> None:
        return


@contextmanager
def listening() -> Iterator[Listener]:
    """Listen on a free port meanwhile."""
    listener = Listener()
    server = _Server(listener)
    listener.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        listener.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def free_port() -> int:
    """Find a port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
