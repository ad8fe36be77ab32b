"""Cut a connection when its time is up."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import httpx


class LineCutter:
    """The connection of one try, cut when its time is up.

    Time limits of clients begin anew with every byte, and another side that sends one now and then
    would hold a worker for ever.
    """

    def __init__(self) -> None:
        self.over = False
        self._socket: socket.socket | None = None

    def watch(self, name: str, info: Mapping[str, Any]) -> None:
        """Take the socket once it is there."""
        if name.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")

    def cut(self) -> None:
        """End the connection under whoever waits for it."""
        self.over = True
        if self._socket is not None:
            with suppress(OSError):
                # Not the TLS layer's own: that one is in use in another thread.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


@cache
def trusted() -> ssl.SSLContext:
    """Load the certificates once; it takes longer than most calls."""
    return httpx.create_ssl_context()
