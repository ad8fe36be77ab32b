"""Routes of a simulated platform and its JSON answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from werkzeug.wrappers import Response

Handler = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class Route:
    """One route; the handler gets the request and the path's parts as text.

    `target` names the faults that hit it (reply, token, poll, webhook, any); None is never hit.
    """

    method: str
    path: str
    handler: Handler
    target: str | None = None


def json_response(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with JSON."""
    response = Response(json.dumps(value), status=status, mimetype="application/json")
    response.headers.update(headers or {})
    return response
