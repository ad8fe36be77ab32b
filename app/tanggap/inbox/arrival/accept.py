"""Take webhook calls in: verify them and store their bodies in the request."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from tanggap.inbox.intake import Arrival
from tanggap.inbox.services import Services, sdk_app
from tanggap.plugins.breaker import Line, Paused
from tanggap.plugins.calls import PluginFaultError
from tanggap.sdk.channel import Webhook
from tanggap.sdk.errors import ChannelError
from tanggap.sdk.types import AppCredentials, WebhookRequest

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AcceptResult:
    """What the platform is answered; `stored` tells that a new body may wait for the worker."""

    status: int
    body: str = ""
    content_type: str = "text/plain"
    stored: bool = False


NOT_FOUND = AcceptResult(404, "no such webhook")
REFUSED = AcceptResult(403, "refused")
LATER = AcceptResult(503, "try again later")


def accept(services: Services, channel_key: str, request: WebhookRequest) -> AcceptResult:
    """Answer one webhook call; a verified body is stored before anybody is told 200."""
    channel = services.registry.channel(channel_key)
    if channel is None or channel.webhook is None:
        return NOT_FOUND
    app = _app(services, channel_key)
    if app is None:
        return NOT_FOUND
    try:
        if request.method != "POST":
            return _challenge(services, channel_key, channel.webhook, request, app)
        version = services.registry.version(channel_key)
        arrival = Arrival(channel.webhook, request, app, version)
        return AcceptResult(200, "ok", stored=services.intake(channel_key, arrival))
    except Paused as error:
        log.warning("webhook put off", channel=channel_key, reason=str(error))
        return LATER
    except (ChannelError, PluginFaultError) as error:
        log.warning("webhook refused", channel=channel_key, reason=str(error))
        return REFUSED


def _app(services: Services, channel_key: str) -> AppCredentials | None:
    known = services.apps.get(channel_key)
    if known:
        return known[1]
    with services.database.read() as session:
        return sdk_app(services, session, channel_key)


def _challenge(
    services: Services,
    channel_key: str,
    webhook: Webhook,
    request: WebhookRequest,
    app: AppCredentials,
) -> AcceptResult:
    if webhook.challenge is None:
        return REFUSED
    line = Line(channel_key, "webhook.challenge")
    answer = services.calls.run(line, webhook.challenge, request, app)
    if answer is None:
        return REFUSED
    log.info("webhook challenge answered", channel=channel_key)
    content_type, body = answer
    return AcceptResult(200, body, content_type)
