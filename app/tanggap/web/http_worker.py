"""Answer the next request of a connection in the thread that answered the last one."""

from __future__ import annotations

import select
import ssl
from socket import socket
from typing import Final

from gunicorn.workers.gthread import TConn, ThreadWorker

LINGER_MS: Final = 5
"""Milliseconds that a thread waits for the next request, which in a burst comes at once."""


class LingeringWorker(ThreadWorker):
    """gunicorn's threaded worker, without a way round its poller between requests in a row.

    Handing a connection to the poller and back to a thread costs as much as answering a webhook,
    and platforms and proxies send many in a row on one connection.
    """

    def handle(self, conn: TConn) -> bool:
        """Handle a request, and those that follow it closely on the same connection."""
        kept = super().handle(conn)
        while kept is True and self.alive and _has_more(conn.sock):
            kept = super().handle(conn)
        return kept


def _has_more(connection: socket) -> bool:
    """Tell whether more comes at once; a TLS socket may hold bytes that nobody sees waiting."""
    if isinstance(connection, ssl.SSLSocket):
        return False
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(LINGER_MS))
