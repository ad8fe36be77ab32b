"""How long the web server waits for clients that send or take bytes slowly, and for how many."""

from __future__ import annotations

import contextlib
import errno
import math
import select
import ssl
import threading
import time
from collections.abc import Iterator
from socket import MSG_DONTWAIT, SHUT_RD, SHUT_RDWR, SHUT_WR, socket
from typing import Any, Final

from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn

HEAD_SECONDS: Final = 10.0
"""Seconds in which the head of a request must have come, and the TLS handshake before it."""

BODY_SECONDS: Final = 20.0
"""Seconds in which a body must have come or gone, apart from those that its bytes earn."""

BYTES_PER_SECOND: Final = 2_000
"""Bytes of a body that earn it another second, so that a picture may come over a bad line."""

END_SECONDS: Final = 2.0
"""Seconds that a client has for closing its side after the last answer."""

MOMENT_MS: Final = 5
"""Milliseconds that a thread waits for what usually comes at once."""

_READ: Final = 65_536


class Waits:
    """The connections that a thread waits for: their next bytes, or that they take some.

    They may keep half of the threads. When one more waits, the one that was still longest ends,
    so that requests which come at once are answered however many others are slow.
    """

    def __init__(self, threads: int) -> None:
        self._most = max(1, threads // 2)
        self._waiting: dict[Connection, None] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def during(self, connection: Connection) -> Iterator[None]:
        """Count a connection as waited for."""
        with self._lock:
            self._waiting[connection] = None
            waiting = [one for one in self._waiting if not one.cut]
            if len(waiting) > self._most:
                waiting[0].cut_off()
        try:
            yield
        finally:
            with self._lock:
                del self._waiting[connection]

    def end_overdue(self) -> None:
        """Wake the threads whose connections had their time."""
        now = time.monotonic()
        with self._lock:
            for connection in self._waiting:
                if now > connection.due and not connection.cut:
                    connection.cut_off()


class Connection(TConn):
    """A connection whose requests have to come in time, which a drip of bytes does not prolong."""

    def __init__(self, accepted: TConn, waits: Waits) -> None:
        super().__init__(accepted.cfg, accepted.sock, accepted.client, accepted.server)
        self.sock = _Socket(self, self.sock)
        self.waits = waits
        self.due = math.inf
        self.cut = False
        self._way = SHUT_RD
        self._earns = 0.0
        self._closes: float | None = None

    def init(self) -> None:
        """Shake hands where TLS is spoken, and watch what is read from now on."""
        if self.initialized:
            return
        with self.waits.during(self):
            super().init()
        if self.parser is not None and not self.is_http2:
            self.parser.unreader = _Unreader(self)  # type: ignore[union-attr]

    def expect_head(self) -> None:
        """Begin the time of a request's head."""
        self.due, self._earns = time.monotonic() + HEAD_SECONDS, 0.0

    def expect_body(self) -> None:
        """Begin the time of a request's body."""
        self.due, self._earns = time.monotonic() + BODY_SECONDS, 1 / BYTES_PER_SECOND

    def received(self, data: bytes) -> None:
        """Note bytes; raises `ConnectionResetError` when their time was over."""
        if self.cut:
            raise ConnectionResetError(errno.ECONNRESET, "the request came too slowly")
        self.due += len(data) * self._earns

    @contextlib.contextmanager
    def taking(self, size: int) -> Iterator[None]:
        """Wait while the client takes so many bytes of an answer."""
        self.due = time.monotonic() + BODY_SECONDS + size / BYTES_PER_SECOND
        self._way = SHUT_RDWR
        with self.waits.during(self):
            yield
        self._way = SHUT_RD

    def cut_off(self) -> None:
        """End what a thread waits for; where it reads, an answer may still be sent."""
        self.cut = True
        with contextlib.suppress(OSError):
            # An SSLSocket's own shutdown would take away what the waiting thread reads with.
            socket.shutdown(self.sock, self._way)

    @property
    def closing(self) -> bool:
        """Whether only the client's end is waited for."""
        return self._closes is not None

    def is_over(self) -> bool:
        """Say that no more answers come, and tell whether the client has closed its side too.

        Closing at once could cost the client the end of its answer, and gunicorn waits for it in
        the thread that serves everybody.
        """
        try:
            if self._closes is None:
                self._closes = time.monotonic() + END_SECONDS
                self.sock.shutdown(SHUT_WR)
            while time.monotonic() < self._closes and has_more(self.sock):
                if not self.sock.recv(_READ):
                    return True
        except OSError:
            return True
        return self.cut or time.monotonic() >= self._closes

    def close(self, graceful: bool = False) -> None:
        """Close the connection, gracefully only where that has not been done."""
        super().close(graceful=graceful and not self.closing)


class _Socket(socket):
    """Reads and sends at once what can be, and is known as waiting while it cannot."""

    def __init__(self, connection: Connection, accepted: socket) -> None:
        family, kind, protocol = accepted.family, accepted.type, accepted.proto
        super().__init__(family, kind, protocol, fileno=accepted.detach())
        self.setblocking(False)
        self._connection = connection

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Read what comes next."""
        with contextlib.suppress(BlockingIOError):
            return super().recv(size, flags | MSG_DONTWAIT)
        with self._connection.waits.during(self._connection):
            return super().recv(size, flags)

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Send all of it."""
        rest = memoryview(data)
        with contextlib.suppress(BlockingIOError):
            rest = rest[self.send(rest, flags | MSG_DONTWAIT) :]
        if rest:
            with self._connection.taking(len(rest)):
                super().sendall(rest, flags)


class _Unreader(SocketUnreader):
    """Reads a connection in the time it has."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection.sock)
        self._connection = connection

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Read what comes next; raises `ConnectionResetError` when it comes too slowly."""
        if isinstance(self.sock, ssl.SSLSocket):
            with self._connection.waits.during(self._connection):
                data = self._read(size_hint)
        else:
            data = self._read(size_hint)
        self._connection.received(data)
        return data

    def _read(self, size_hint: int | None) -> bytes:
        reader: Any = super()
        data: bytes = reader.chunk(size_hint)
        return data


def has_more(connection: socket) -> bool:
    """Tell whether something comes from a connection at once, or its end."""
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(MOMENT_MS))
