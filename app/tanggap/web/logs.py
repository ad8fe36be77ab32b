"""Structured logs: one line an event, with the id of the request it belongs to."""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import Any

import structlog
from flask import Flask, g, request
from werkzeug.wrappers import Response

from tanggap.settings import Settings

log = structlog.get_logger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_REPEATING = ("huey.consumer.Worker", "huey.consumer.Scheduler")
SELDOM_SECONDS = 30.0
_QUIET = frozenset({"assets.file", "live.changes", "health.healthz", "health.readyz"})


def configure_logging(settings: Settings) -> None:
    """Send our lines and those of the libraries to stderr in the format of the settings."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    # The default shows local variables, secrets among them.
    plain = structlog.dev.plain_traceback
    renderer: list[Any] = [structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    if settings.log_format == "json":
        renderer = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for chatty in ("httpx", "httpcore", "huey", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    for name in _REPEATING:
        logging.getLogger(name).filters = [Seldom()]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level.lower()),
        cache_logger_on_first_use=True,
    )


class Seldom(logging.Filter):
    """Let complaints about the queue through only when the same was not written for a while.

    Each thread that waits for a queue that is away writes them ten times a second, with a
    traceback: a gigabyte an hour.
    """

    def __init__(self) -> None:
        super().__init__()
        self._written: dict[object, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the line is written."""
        if not str(record.msg).startswith("Error reading"):
            return True
        now = time.monotonic()
        if now - self._written.get(record.msg, -SELDOM_SECONDS) < SELDOM_SECONDS:
            return False
        self._written[record.msg] = now
        return True


def log_requests(app: Flask) -> None:
    """Give every request an id, in the log and in the answer."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _path() -> str:
    """Write the path; one that holds a secret as its pattern."""
    secret = "token" in (request.view_args or {})
    return str(request.url_rule) if secret else request.path


def _end(response: Response) -> Response:
    # A request that a library refused early has not passed through `_begin`.
    response.headers["X-Request-ID"] = g.get("request_id", "")
    write = log.debug if request.endpoint in _QUIET else log.info
    write(
        "request",
        method=request.method,
        path=_path(),
        status=response.status_code,
        milliseconds=round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1),
    )
    return response
