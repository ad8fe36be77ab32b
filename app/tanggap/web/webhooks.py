"""The addresses that platforms call: take the raw body, store it, say 200, nothing else.

They are answered before Flask does anything. A webhook has no session, no language, no form and
no person behind it, and what Flask's extensions do for those costs more than storing the body.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

from tanggap.inbox.receive import accept
from tanggap.jobs.tasks import Tasks
from tanggap.sdk.types import WebhookRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)

PREFIX = "/hooks/"


class WebhookEndpoint:
    """Answers `/hooks/<channel>` and hands everything else to the application behind it."""

    def __init__(self, application: WSGIApplication, tasks: Tasks) -> None:
        self._application = application
        self._tasks = tasks

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if not environ.get("PATH_INFO", "").startswith(PREFIX):
            return self._application(environ, start_response)
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "POST"):
            return Response("method not allowed", 405, {"allow": "GET, POST"})
        services = self._tasks.services
        request.max_content_length = services.settings.max_delivery_bytes
        try:
            call = WebhookRequest(
                method=request.method,
                headers={name.lower(): value for name, value in request.headers},
                query=request.args.to_dict(),
                body=request.get_data(cache=False),
            )
            result = accept(services, request.path.removeprefix(PREFIX), call)
        except RequestEntityTooLarge:
            return Response("body too large", 413)
        except SQLAlchemyError:
            # Not stored, so not acknowledged: the platform will deliver it again.
            log.exception("delivery not stored", path=request.path)
            return Response("try again", 503, {"retry-after": "10"})
        if result.delivery_id is not None:
            log.debug("delivery stored", delivery=result.delivery_id, path=request.path)
            self._tasks.wake_receive()
        return Response(result.body, result.status, content_type=result.content_type)
