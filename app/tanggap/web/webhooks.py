"""The addresses that platforms call: take the raw body, store it, say 200, nothing else."""

from __future__ import annotations

from flask import Blueprint, Response, request

from tanggap.inbox.receive import accept
from tanggap.sdk.types import WebhookRequest
from tanggap.web.context import services, tasks
from tanggap.web.security import csrf, limiter, public

bp = Blueprint("webhooks", __name__)
csrf.exempt(bp)
limiter.exempt(bp)


@bp.route("/hooks/<channel>", methods=["GET", "POST"])
@public
def deliver(channel: str) -> Response:
    """Answer a challenge or take a delivery; a body over the limit is not even read."""
    request.max_content_length = services().settings.max_delivery_bytes
    call = WebhookRequest(
        method=request.method,
        headers={name.lower(): value for name, value in request.headers},
        query=request.args.to_dict(),
        body=request.get_data(cache=False),
    )
    result = accept(services(), channel, call)
    if result.stored:
        tasks().wake_receive()
    return Response(result.body, result.status, content_type=result.content_type)
