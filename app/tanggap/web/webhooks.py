"""The addresses that platforms call: take the raw body, store it, say 200, nothing else.

They are answered before Flask does anything. A webhook has no session, no language, no form and
no person behind it, and what Flask's extensions do for those costs more than storing the body.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import structlog
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from tanggap.inbox.arrival.accept import AcceptResult, accept
from tanggap.jobs.tasks import Tasks
from tanggap.sdk.types import WebhookRequest
from tanggap.web import HOOKS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)

METHODS = ("GET", "POST")
TOO_SLOW = AcceptResult(408, "the body did not come")
TOO_LARGE = AcceptResult(413, "body too large")
NOT_ALLOWED = AcceptResult(405, "method not allowed")
TRY_AGAIN = AcceptResult(503, "try again")
_HEADERS = {405: ("Allow", ", ".join(METHODS)), 503: ("Retry-After", "10")}
_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class WebhookEndpoint:
    """Answers `/hooks/<channel>` and hands everything else to the application behind it."""

    def __init__(self, application: WSGIApplication, tasks: Tasks) -> None:
        self._application = application
        self._tasks = tasks

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if not path.startswith(HOOKS):
            return self._application(environ, start_response)
        result = self._answer(path.removeprefix(HOOKS), environ)
        body = result.body.encode()
        headers = [
            ("Content-Type", result.content_type),
            ("Content-Length", str(len(body))),
        ]
        if result.status in _HEADERS:
            headers.append(_HEADERS[result.status])
        start_response(_STATUS_LINES[result.status], headers)
        return [body]

    def _answer(self, channel: str, environ: WSGIEnvironment) -> AcceptResult:
        if environ["REQUEST_METHOD"] not in METHODS:
            return NOT_ALLOWED
        services = self._tasks.services
        try:
            request = _read(environ, services.settings.max_delivery_bytes)
            result = accept(services, channel, request)
        except RequestEntityTooLarge:
            return TOO_LARGE
        except ClientDisconnected:
            return TOO_SLOW
        except SQLAlchemyError:
            # Not stored, so not acknowledged: the platform will deliver it again.
            log.exception("delivery not stored", channel=channel)
            return TRY_AGAIN
        if result.stored:
            self._tasks.wake_receive()
        return result


def _read(environ: WSGIEnvironment, most: int) -> WebhookRequest:
    """Read a request as plugins see it; raises `RequestEntityTooLarge` above `most` bytes.

    Raises `ClientDisconnected` when the server gave the client up.
    """
    query = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    return WebhookRequest(
        method=environ["REQUEST_METHOD"],
        headers=_headers(environ),
        query=dict(reversed(query)),
        body=get_input_stream(environ, max_content_length=most).read(),
    )


def _headers(environ: WSGIEnvironment) -> Mapping[str, str]:
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    headers["content-length"] = environ.get("CONTENT_LENGTH", "")
    return headers
