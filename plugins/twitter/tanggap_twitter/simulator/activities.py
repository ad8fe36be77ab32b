"""Push: webhooks that pass the CRC, subscriptions, and the activities they are told of."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from werkzeug.wrappers import Request, Response

from tanggap.sdk.simulator import Change, Route, SimulatedPost, WebhookCall, json_response
from tanggap_twitter.simulator import render
from tanggap_twitter.simulator.gate import Refused, guarded

if TYPE_CHECKING:
    from tanggap_twitter.simulator.platform import SimulatedX

MAX_WEBHOOKS = 1
LOOPBACK = ("127.0.0.1", "localhost")
_SCOPES = {"dm.received": "dm.read", "dm.sent": "dm.read"}
_EVENTS = frozenset(
    {
        "post.mention.create",
        "post.reply.create",
        "post.quote.create",
        "post.repost.create",
        "post.create",
        "post.delete",
        *_SCOPES,
    }
)


@dataclass(slots=True)
class Webhook:
    """An address of ours that X knows."""

    id: str
    url: str
    valid: bool
    created_at: str

    def as_json(self) -> dict[str, Any]:
        """Describe it as X does."""
        return {
            "id": self.id,
            "url": self.url,
            "valid": self.valid,
            "created_at": self.created_at,
        }


@dataclass(frozen=True, slots=True)
class Subscription:
    """A user's events of one type that go to one webhook."""

    id: str
    event_type: str
    user_id: str
    webhook_id: str
    tag: str
    created_at: str

    def as_json(self) -> dict[str, Any]:
        """Describe it as X does."""
        return {
            "subscription_id": self.id,
            "event_type": self.event_type,
            "filter": {"user_id": self.user_id},
            "tag": self.tag,
            "webhook_id": self.webhook_id,
            "created_at": self.created_at,
            "updated_at": self.created_at,
        }


class Activities:
    """The X Activity API."""

    def __init__(self, x: SimulatedX) -> None:
        self._x = x
        self._numbers = itertools.count(4400)
        self._uuids = itertools.count(550_011)
        self.webhooks: dict[str, Webhook] = {}
        self.subscriptions: dict[str, Subscription] = {}

    def routes(self) -> Iterable[Route]:
        """List the routes of webhooks and subscriptions."""
        for method, path, handler in (
            ("GET", "/2/webhooks", self._list_webhooks),
            ("POST", "/2/webhooks", self._add_webhook),
            ("PUT", "/2/webhooks/<webhook_id>", self._check_webhook),
            ("DELETE", "/2/webhooks/<webhook_id>", self._drop_webhook),
            ("GET", "/2/activity/subscriptions", self._list),
            ("POST", "/2/activity/subscriptions", self._add),
            ("PUT", "/2/activity/subscriptions/<subscription_id>", self._move),
            ("DELETE", "/2/activity/subscriptions/<subscription_id>", self._drop),
        ):
            yield Route(method, path, guarded(handler), target="webhook")

    def calls(self, post: SimulatedPost, change: Change) -> Iterator[WebhookCall]:
        """Say who is told of a change: customers' deletions, for one, are told to nobody."""
        if change == "deleted" and post.ours and not post.private:
            payload = {"id": post.id, "author_id": post.author.id}
            yield from self._to(post.author.id, "post.delete", payload)
        if change not in ("created", "edited"):
            return
        event = self._event_of(post)
        if event is None:
            return
        user_id = post.author.id if post.ours else post.account.id
        if post.private:
            yield from self._to(user_id, event, render.legacy_message(post))
            return
        includes: dict[str, Any] = {"users": [render.user(post.author)]}
        if post.parent is not None:
            includes["tweets"] = [render.post(self._x.world, post.parent)]
            includes["users"].append(render.user(post.parent.author))
        if post.media:
            includes["media"] = [render.media(one) for one in post.media]
        yield from self._to(user_id, event, render.post(self._x.world, post), includes)

    def revocation(self, user_id: str) -> Iterator[WebhookCall]:
        """Tell every webhook of a user that the permission is gone, then forget the user."""
        mine = [s for s in self.subscriptions.values() if s.user_id == user_id]
        payload = {
            "date_time": self._x.clock().isoformat(),
            "user_id": user_id,
            "app_id": "1234",
        }
        for webhook_id in dict.fromkeys(s.webhook_id for s in mine):
            webhook = self.webhooks.get(webhook_id)
            if webhook is not None:
                yield self._call(webhook, "oauth.revoke", {}, {}, payload)
        for subscription in mine:
            del self.subscriptions[subscription.id]

    def _event_of(self, post: SimulatedPost) -> str | None:
        if post.private:
            return "dm.sent" if post.ours else "dm.received"
        if post.ours:
            return "post.create"
        to_us = post.parent is not None and post.parent.author is post.account
        if to_us and post.kind in ("reply", "quote", "repost"):
            return f"post.{post.kind}.create"
        people = render.mentioned(self._x.world, post.text)
        return "post.mention.create" if post.kind == "mention" or post.account in people else None

    def _to(
        self,
        user_id: str,
        event: str,
        payload: dict[str, Any],
        includes: dict[str, Any] | None = None,
    ) -> Iterator[WebhookCall]:
        for subscription in self.subscriptions.values():
            webhook = self.webhooks.get(subscription.webhook_id)
            if (subscription.user_id, subscription.event_type) != (user_id, event):
                continue
            if webhook is not None and webhook.valid:
                about = {"filter": {"user_id": user_id}, "tag": subscription.tag}
                yield self._call(webhook, event, about, includes, payload)

    def _call(
        self,
        webhook: Webhook,
        event: str,
        about: dict[str, Any],
        includes: dict[str, Any] | None,
        payload: dict[str, Any],
    ) -> WebhookCall:
        number = next(self._uuids)
        data = {
            # X's are negative now and then, against its own documentation
            "event_uuid": str(-number if number % 2 else number),
            "filter": {},
            "event_type": event,
            **about,
            "payload": payload,
        }
        return WebhookCall(
            webhook.url, {"data": {**data, **({"includes": includes} if includes else {})}}
        )

    def _list_webhooks(self, request: Request) -> Response:
        self._x.gate.app(request)
        found = [webhook.as_json() for webhook in self.webhooks.values()]
        return json_response({"data": found, "meta": {"result_count": len(found)}})

    def _add_webhook(self, request: Request) -> Response:
        self._x.gate.app(request)
        url = self._x.json(request).get("url")
        if not isinstance(url, str) or not _is_allowed(url):
            raise Refused(400, "UrlValidationFailed: https, public, without a port")
        if any(webhook.url == url for webhook in self.webhooks.values()):
            raise Refused(400, "DuplicateUrlFailed: this webhook exists")
        if len(self.webhooks) >= MAX_WEBHOOKS:
            raise Refused(400, f"WebhookLimitExceeded: at most {MAX_WEBHOOKS}")
        if not self._passes(url):
            raise Refused(400, "CrcValidationFailed: the CRC was not answered as it should be")
        webhook = Webhook(str(next(self._numbers)), url, True, render.moment(self._x.clock()))
        self.webhooks[webhook.id] = webhook
        return json_response({"data": webhook.as_json()})

    def _check_webhook(self, request: Request, webhook_id: str) -> Response:
        self._x.gate.app(request)
        webhook = self._find(webhook_id)
        webhook.valid = self._passes(webhook.url)
        if not webhook.valid:
            raise Refused(400, "CrcValidationFailed: the CRC was not answered as it should be")
        return json_response({"data": {"valid": True}})

    def _drop_webhook(self, request: Request, webhook_id: str) -> Response:
        self._x.gate.app(request)
        del self.webhooks[self._find(webhook_id).id]
        return json_response({"data": {"deleted": True}})

    def _find(self, webhook_id: str) -> Webhook:
        webhook = self.webhooks.get(webhook_id)
        if webhook is None:
            raise Refused(404, "WebhookIdInvalid", "resource-not-found")
        return webhook

    def _passes(self, url: str) -> bool:
        """Send a CRC token and compare the answer."""
        token = secrets.token_urlsafe(16)
        answer = self._x.call_back(url, {"crc_token": token})
        if answer is None or answer.status != 200:
            return False
        try:
            said = json.loads(answer.body)
        except ValueError:
            return False
        digest = hmac.digest(self._x.consumer_secret, token.encode(), hashlib.sha256)
        wanted = "sha256=" + base64.b64encode(digest).decode()
        return isinstance(said, dict) and said.get("response_token") == wanted

    def _list(self, request: Request) -> Response:
        self._x.gate.app(request)
        found = [subscription.as_json() for subscription in self.subscriptions.values()]
        return json_response({"data": found, "meta": {"result_count": len(found)}})

    def _add(self, request: Request) -> Response:
        body = self._x.json(request)
        event, about = str(body.get("event_type")), body.get("filter")
        if event not in _EVENTS:
            raise Refused(400, f"event_type {event} is not known", "invalid-request")
        grant = self._x.gate.user(request, _SCOPES.get(event, "tweet.read"))
        if not isinstance(about, dict) or about.get("user_id") != grant.person_id:
            raise Refused(403, "The filter's user_id must be the token's own user.")
        webhook = self._find(str(body.get("webhook_id")))
        key = (event, grant.person_id, webhook.id)
        if any((s.event_type, s.user_id, s.webhook_id) == key for s in self.subscriptions.values()):
            raise Refused(400, "This subscription exists.", "duplicate-rules")
        made = Subscription(
            str(next(self._numbers)),
            *key,
            str(body.get("tag", "")),
            render.moment(self._x.clock()),
        )
        self.subscriptions[made.id] = made
        total = {"total_subscriptions": len(self.subscriptions)}
        return json_response({"data": made.as_json(), "meta": total})

    def _move(self, request: Request, subscription_id: str) -> Response:
        """Change the two things that can be changed: tag and webhook."""
        grant = self._x.gate.user(request, "tweet.read")
        there = self.subscriptions.get(subscription_id)
        if there is None or there.user_id != grant.person_id:
            raise Refused(404, "No such subscription.", "resource-not-found")
        body = self._x.json(request)
        webhook = self._find(str(body.get("webhook_id", there.webhook_id)))
        moved = replace(there, webhook_id=webhook.id, tag=str(body.get("tag", there.tag)))
        self.subscriptions[subscription_id] = moved
        return json_response({"data": moved.as_json()})

    def _drop(self, request: Request, subscription_id: str) -> Response:
        self._x.gate.app(request)
        if self.subscriptions.pop(subscription_id, None) is None:
            raise Refused(404, "No such subscription.", "resource-not-found")
        total = {"total_subscriptions": len(self.subscriptions)}
        return json_response({"data": {"deleted": True}, "meta": total})


def _is_allowed(url: str) -> bool:
    """Keep X's rules but for addresses on this machine, which is all a simulator can reach."""
    parts = urlsplit(url)
    if parts.hostname in LOOPBACK:
        return parts.scheme in ("http", "https")
    return parts.scheme == "https" and parts.port is None
