"""The base of a simulated platform: a WSGI app that a channel's simulator fills with its rules."""

from __future__ import annotations

import socket
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from tanggap.sdk.simulator.control import Control
from tanggap.sdk.simulator.engine import Engine
from tanggap.sdk.simulator.faults import Fault
from tanggap.sdk.simulator.routing import Route, json_response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class SimulatedPlatform(Engine):
    """A platform to talk to. Subclasses give routes, ids, webhook bodies and error bodies."""

    @abstractmethod
    def routes(self) -> Iterable[Route]:
        """List the platform's own routes."""

    @abstractmethod
    def fault_response(self, kind: str) -> Response:
        """Answer as the platform does for `rate_limit` and `server_error`."""

    def finish(self, request: Request, response: Response) -> None:
        """Add what every answer of the platform carries, such as rate-limit headers."""
        del request, response

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        try:
            route, values = self._match(request)
        except HTTPException as error:
            return json_response({"error": {"message": error.description}}, error.code or 404)(
                environ, start_response
            )
        fault = self.faults.take_request(route.target)
        if fault is not None and fault.kind == "timeout":
            self._hang_up(environ, fault)
        if fault is not None and fault.kind in ("rate_limit", "server_error"):
            response = self.fault_response(fault.kind)
        else:
            response = route.handler(request, **values)
        if fault is not None and fault.kind == "timeout_after_accept":
            self._hang_up(environ, fault)
        self.finish(request, response)
        return response(environ, start_response)

    @cached_property
    def _map(self) -> Map:
        routes = [*Control(self).routes(), *self.routes()]
        rules = [Rule(r.path, methods=[r.method], endpoint=r) for r in routes]
        return Map(rules, strict_slashes=False, merge_slashes=False)

    def _match(self, request: Request) -> tuple[Route, Mapping[str, str]]:
        route, values = self._map.bind_to_environ(request.environ).match()
        if not isinstance(route, Route):
            raise TypeError(f"not a route: {route!r}")
        return route, values

    def _hang_up(self, environ: WSGIEnvironment, fault: Fault) -> None:
        """Hold the line, then close it without an answer.

        Raises `ConnectionAbortedError`, which Werkzeug's server takes for a client that left.
        """
        self.closing.wait(fault.seconds)
        line = environ.get("werkzeug.socket")
        if isinstance(line, socket.socket):
            line.shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError("the simulated platform hung up")
