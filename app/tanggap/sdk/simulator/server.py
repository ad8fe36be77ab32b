"""Run a simulated platform on a loopback port, in the foreground or inside a test."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from tanggap.sdk.simulator.platform import SimulatedPlatform

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOOPBACK = "127.0.0.1"


class QuietHandler(WSGIRequestHandler):
    """A handler that leaves the terminal alone; tests and the demo print their own progress."""

    def log(self, *_: object) -> None:
        """Write no access log."""


class _Late:
    """An app that is known only after the port is, since the platform's URLs hold the port."""

    def __init__(self) -> None:
        self.platform: SimulatedPlatform | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self.platform is None:
            raise RuntimeError("the platform is not there yet")
        return self.platform(environ, start_response)


def serve(platform: SimulatedPlatform, host: str = LOOPBACK, port: int = 9001) -> None:
    """Serve until interrupted."""
    server = make_server(host, port, platform, threaded=True, request_handler=QuietHandler)
    try:
        server.serve_forever()
    finally:
        server.server_close()
        platform.close()


@contextmanager
def running(
    create: Callable[[str], SimulatedPlatform], *, host: str = LOOPBACK, port: int = 0
) -> Iterator[SimulatedPlatform]:
    """Serve in a thread; `create` gets the base URL, whose port is free where it is 0."""
    late = _Late()
    server = make_server(host, port, late, threaded=True, request_handler=QuietHandler)
    late.platform = platform = create(f"http://{host}:{server.port}")
    thread = threading.Thread(target=_serve, args=(server,), name=platform.key, daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        platform.close()


def main(
    create: Callable[[str], SimulatedPlatform], port: int, argv: Sequence[str] | None = None
) -> None:
    """Run a platform from the command line: `--port`, and `--host` for loopback addresses."""
    parser = argparse.ArgumentParser(description="Run a local platform to try Tanggap against.")
    parser.add_argument("--port", type=int, default=port)
    parser.add_argument("--host", choices=("127.0.0.1", "localhost", "::1"), default=LOOPBACK)
    args = parser.parse_args(argv)
    host = f"[{args.host}]" if ":" in args.host else args.host
    platform = create(f"http://{host}:{args.port}")
    sys.stdout.write(f"{platform.name} runs at {platform.base_url}/_control/\n")
    for what, values in (
        ("developer app", {**platform.app_config, **platform.app_secrets}),
        ("account", platform.account_values),
    ):
        sys.stdout.write(f"Values of its {what}:\n" if values else "")
        sys.stdout.writelines(f"  {name}: {value}\n" for name, value in values.items())
    sys.stdout.flush()
    try:
        serve(platform, args.host, args.port)
    except KeyboardInterrupt:
        sys.stdout.write("stopped\n")


def _serve(server: BaseWSGIServer) -> None:
    server.serve_forever(poll_interval=0.05)
