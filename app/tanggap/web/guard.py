"""Hold every request against the table of permissions, within what its person may see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import structlog
from flask import Flask, current_app, request
from jinja2 import pass_context
from jinja2.runtime import Context
from werkzeug.wrappers import Response

from tanggap.inbox.people.permissions import Permission, require
from tanggap.store import sight
from tanggap.web.access import ROUTES
from tanggap.web.context import me
from tanggap.web.security import is_public

log = structlog.get_logger(__name__)


def hold_requests(app: Flask) -> None:
    """Hold every request against the table, after it is known who asks."""
    app.before_request(_hold)
    app.after_request(_keep_limits)
    app.teardown_request(_leave)
    app.add_template_test(_is_allowed, "allowed")


def _hold() -> None:
    endpoint = request.endpoint
    if endpoint is None or is_public(current_app.view_functions.get(endpoint)):
        return
    row = ROUTES.get(endpoint)
    limited = me().sight.limited
    if row is None:
        log.warning("add a row for this route to ROUTES in web/access.py", endpoint=endpoint)
        require(me().role, Permission.MANAGE_PEOPLE, limited=limited)
    if isinstance(row, Permission):
        require(me().role, row, limited=limited)
    sight.enter(me().sight)


def _keep_limits(response: Response) -> Response:
    """Let an answer that is made while it is sent see no more than the request did."""
    now = sight.current()
    if now.limited and response.is_streamed:
        response.response = _within(now, response.response)
    return response


def _within(now: sight.Sight, parts: Iterable[Any]) -> Iterator[Any]:
    rest = iter(parts)
    while True:
        with sight.limited_to(now):
            part = next(rest, None)
        if part is None:
            return
        yield part


def _leave(_error: BaseException | None) -> None:
    sight.enter(sight.EVERYTHING)


@pass_context  # without it Jinja folds `"x" is allowed` into what the first viewer may
def _is_allowed(_context: Context, permission: str) -> bool:
    return me().may(permission)
