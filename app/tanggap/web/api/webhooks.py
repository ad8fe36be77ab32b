"""Outgoing webhooks: set up, secrets, pause, the log and sending again, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from flask import Response
from pydantic import Field

from tanggap.inbox.endpoints import endpoint_delivery, endpoints
from tanggap.inbox.endpoints.endpoints import Wish
from tanggap.web.api.asked import Body, Id, Query
from tanggap.web.api.cases import nothing
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Thing
from tanggap.web.context import me, services, tasks

bp = blueprint("webhooks", "Outgoing webhooks")
_ONE = "/webhooks/<int:endpoint_id>"
_MESSAGE = "/webhook-messages/<int:message_id>"


class WebhookWish(Body):
    """Where and of what another system is told; see the guide of outgoing webhooks."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    url: Annotated[str, Field(min_length=8, max_length=2_000)]
    events: Annotated[
        list[Annotated[str, Field(max_length=32)]], Field(min_length=1, max_length=50)
    ]
    with_texts: bool = False


class MessageQuery(Query):
    """Which messages are listed."""

    state: Literal["pending", "delivered", "failed"] | None = None
    before: Id | None = None


class Webhook(Thing):
    """An endpoint; `state` is active or paused, `paused_for` person, failures or gone."""

    id: int
    name: str
    url: str
    events: list[str]
    with_texts: bool
    state: str
    paused_at: datetime | None
    paused_for: str
    failures: int
    created_at: datetime


class WebhookSecret(Thing):
    """An endpoint with its secret, which is readable never again."""

    webhook: Webhook
    secret: str


class WebhookLine(Webhook):
    """An endpoint, with how many messages wait and how many failed for good."""

    waiting: int
    failed: int


class WebhookList(Thing):
    """All endpoints."""

    items: list[WebhookLine]


class WebhookMessage(Thing):
    """A message; its body is not kept."""

    id: int
    uid: str
    endpoint_id: int
    type: str
    conversation_id: int | None
    occurred_at: datetime
    state: str
    attempts: int
    next_try_at: datetime
    finished_at: datetime | None


class WebhookTry(Thing):
    """A try to bring a message; heads with what is secret covered."""

    at: datetime
    status: int | None
    error: str
    milliseconds: int
    request_head: str
    response_head: str


class WebhookMessagePage(Thing):
    """A page of messages, newest first; `next` leads to the next one, as `before`."""

    items: list[WebhookMessage]
    next: int | None


class WebhookTries(Thing):
    """A message with its tries, the newest first."""

    message: WebhookMessage
    tries: list[WebhookTry]


class Replayed(Thing):
    """How many messages are sent again."""

    messages: int


@bp.get("/webhooks")
@bp.output(WebhookList)
def index() -> WebhookList:
    """List the endpoints."""
    with services().database.read() as db:
        found = endpoints.list_endpoints(db)
    return WebhookList(
        items=[
            WebhookLine(
                **Webhook.model_validate(one.endpoint).model_dump(),
                waiting=one.waiting,
                failed=one.failed,
            )
            for one in found
        ]
    )


@bp.post("/webhooks")
@bp.input(WebhookWish, arg_name="body")
@bp.output(WebhookSecret, status_code=201)
def create(body: WebhookWish) -> WebhookSecret:
    """Set an endpoint up; its secret is given this once."""
    row, secret = endpoints.create_endpoint(services(), _wish(body), me().id)
    return WebhookSecret(webhook=Webhook.model_validate(row), secret=secret)


@bp.get(_ONE)
@bp.output(Webhook)
def show(endpoint_id: int) -> Webhook:
    """Read an endpoint."""
    return _webhook(endpoint_id)


@bp.put(_ONE)
@bp.input(WebhookWish, arg_name="body")
@bp.output(Webhook)
def change(endpoint_id: int, body: WebhookWish) -> Webhook:
    """Change where and of what an endpoint is told."""
    row = endpoints.change_endpoint(services(), endpoint_id, _wish(body), me().id)
    return Webhook.model_validate(row)


@bp.delete(_ONE)
@bp.output({}, status_code=204)
def remove(endpoint_id: int) -> Response:
    """Take an endpoint away, with what it was told and what waits for it."""
    with services().database.write() as db:
        endpoints.remove_endpoint(db, endpoint_id, me().id)
    return nothing()


@bp.post(_ONE + "/secret")
@bp.output(WebhookSecret)
def rotate(endpoint_id: int) -> WebhookSecret:
    """Make a new secret; the one before signs beside it for a day."""
    with services().database.write() as db:
        secret = endpoints.rotate_secret(db, services().vault, endpoint_id, me().id)
    return WebhookSecret(webhook=_webhook(endpoint_id), secret=secret)


@bp.post(_ONE + "/test")
@bp.output({}, status_code=204)
def test(endpoint_id: int) -> Response:
    """Send `webhook.test`; its outcome stands in the log in a moment."""
    with services().database.write() as db:
        endpoints.send_test(db, endpoint_id, me().id)
    tasks().tell_endpoints()
    return nothing()


@bp.post(_ONE + "/pause")
@bp.output(Webhook)
def pause(endpoint_id: int) -> Webhook:
    """Stop telling an endpoint; what happens meanwhile waits for it."""
    with services().database.write() as db:
        endpoints.pause_endpoint(db, endpoint_id, me().id)
    return _webhook(endpoint_id)


@bp.post(_ONE + "/resume")
@bp.output(Webhook)
def resume(endpoint_id: int) -> Webhook:
    """Tell an endpoint again, first of what waited for it."""
    with services().database.write() as db:
        endpoints.resume_endpoint(db, endpoint_id, me().id)
    tasks().tell_endpoints()
    return _webhook(endpoint_id)


@bp.get(_ONE + "/messages")
@bp.input(MessageQuery, location="query", arg_name="query")
@bp.output(WebhookMessagePage)
def messages(endpoint_id: int, query: MessageQuery) -> WebhookMessagePage:
    """List what an endpoint was told, newest first."""
    with services().database.read() as db:
        endpoints.endpoint_by_id(db, endpoint_id)
        rows, before = endpoint_delivery.list_messages(
            db, endpoint_id, state=query.state or "", before=query.before
        )
    return WebhookMessagePage(
        items=[WebhookMessage.model_validate(row) for row in rows], next=before
    )


@bp.get(_MESSAGE)
@bp.output(WebhookTries)
def message(message_id: int) -> WebhookTries:
    """Read one message with its tries."""
    with services().database.read() as db:
        row, tries = endpoint_delivery.tries_of(db, message_id)
    return WebhookTries(
        message=WebhookMessage.model_validate(row),
        tries=[WebhookTry.model_validate(one) for one in tries],
    )


@bp.post(_MESSAGE + "/replay")
@bp.output({}, status_code=204)
def replay(message_id: int) -> Response:
    """Send one message once more, under the same id."""
    with services().database.write() as db:
        endpoint_delivery.replay(db, message_id, me().id)
    tasks().tell_endpoints()
    return nothing()


@bp.post(_ONE + "/replay")
@bp.output(Replayed)
def replay_failed(endpoint_id: int) -> Replayed:
    """Send everything once more that failed for good."""
    with services().database.write() as db:
        count = endpoint_delivery.replay_failed(db, endpoint_id, me().id)
    tasks().tell_endpoints()
    return Replayed(messages=count)


def _wish(body: WebhookWish) -> Wish:
    return Wish(**body.model_dump())


def _webhook(endpoint_id: int) -> Webhook:
    with services().database.read() as db:
        return Webhook.model_validate(endpoints.endpoint_by_id(db, endpoint_id))
