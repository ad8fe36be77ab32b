"""Answer webhooks that follow each other on a connection in the thread that answered the first."""

from __future__ import annotations

import select
import ssl
from socket import socket
from typing import Any, Final

from gunicorn.http.message import Request
from gunicorn.workers.gthread import TConn, ThreadWorker

from tanggap.web import HOOKS

LINGER_MS: Final = 5
"""Milliseconds that a thread waits for the next webhook, which in a burst comes at once."""


class LingeringWorker(ThreadWorker):
    """gunicorn's threaded worker, without a way round its poller between webhooks in a row.

    Handing a connection to the poller and back to a thread costs as much as answering a webhook,
    and platforms and proxies send many in a row. A browser's next request comes later: its thread
    is free for others at once.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._called: set[TConn] = set()

    def handle(self, conn: TConn) -> bool:
        """Handle a request, and the webhooks that follow a webhook closely."""
        kept = super().handle(conn)
        while kept is True and self.alive and conn in self._called and _has_more(conn.sock):
            kept = super().handle(conn)
        self._called.discard(conn)
        return kept

    def handle_request(self, req: Request, conn: TConn) -> bool:
        """Answer one request, and note whether it was a webhook."""
        if (req.path or "").startswith(HOOKS):
            self._called.add(conn)
        else:
            self._called.discard(conn)
        return super().handle_request(req, conn)


def _has_more(connection: socket) -> bool:
    """Tell whether more comes at once; a TLS socket may hold bytes that nobody sees waiting."""
    if isinstance(connection, ssl.SSLSocket):
        return False
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(LINGER_MS))
