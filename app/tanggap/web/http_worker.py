"""Answer webhooks that follow each other in one thread, and let slow clients keep none."""

from __future__ import annotations

import ssl
from typing import Any

from gunicorn.http.message import Request
from gunicorn.workers.gthread import _DEFER, TConn, ThreadWorker  # type: ignore[attr-defined]

from tanggap.web import HOOKS
from tanggap.web.http_patience import Connection, Waits, has_more


class LingeringWorker(ThreadWorker):
    """gunicorn's threaded worker, without a way round its poller between webhooks in a row.

    Handing a connection to the poller and back to a thread costs as much as answering a webhook,
    and platforms and proxies send many in a row. A browser's next request comes later: its thread
    is free for others at once. Clients that have nothing to say yet, and those that have their
    answer, wait in the poller; those in the middle of a request have a deadline.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._called: set[TConn] = set()
        self._waits = Waits(self.cfg.threads)

    def enqueue_req(self, conn: TConn) -> None:
        """Give a connection to a thread."""
        super().enqueue_req(conn if isinstance(conn, Connection) else Connection(conn, self._waits))

    def murder_pending(self) -> None:
        """End what waits too long: gunicorn looks every second at least."""
        super().murder_pending()
        self._waits.end_overdue()

    def handle(self, conn: TConn) -> Any:
        """Handle a request and the webhooks that follow a webhook closely, or its client's end."""
        assert isinstance(conn, Connection)  # noqa: S101 - narrows the type
        if conn.closing:
            return not conn.is_over() and _DEFER
        if not conn.initialized and not has_more(conn.sock):
            return _DEFER
        kept = self._handle_row(conn)
        if kept or not self.alive:
            return kept
        return not conn.is_over() and _DEFER

    def _handle_row(self, conn: Connection) -> Any:
        conn.expect_head()
        kept = super().handle(conn)
        while kept is True and self.alive and conn in self._called and _follows(conn):
            conn.expect_head()
            kept = super().handle(conn)
        self._called.discard(conn)
        return kept

    def handle_request(self, req: Request, conn: TConn) -> bool:
        """Answer one request, and note whether it was a webhook."""
        assert isinstance(conn, Connection)  # noqa: S101 - narrows the type
        conn.expect_body()
        if (req.path or "").startswith(HOOKS):
            self._called.add(conn)
        else:
            self._called.discard(conn)
        return super().handle_request(req, conn)


def _follows(conn: Connection) -> bool:
    """Tell whether more comes at once; a TLS socket may hold bytes that nobody sees waiting."""
    return not isinstance(conn.sock, ssl.SSLSocket) and has_more(conn.sock)
