"""A forum in memory: topics, messages, one moderator who answers for the company."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import count
from typing import ClassVar

from werkzeug.wrappers import Response

from tanggap.sdk.signing import hmac_sha256
from tanggap.sdk.simulator import (
    Change,
    Draft,
    Grant,
    Person,
    Route,
    SimulatedPlatform,
    SimulatedPost,
    WebhookCall,
    json_response,
)
from tanggap.sdk.types import PostKind
from tanggap_discourse.simulator.admin import Admin
from tanggap_discourse.simulator.gate import Gate, Refused
from tanggap_discourse.simulator.posts import Posts
from tanggap_discourse.simulator.shapes import for_webhook, topic_of

BRAND = Person("7", "nusakirim", "Nusakirim", ours=True)
TITLE = "Forum Nusakirim"
_EVENTS: Mapping[Change, str] = {
    "created": "post_created",
    "edited": "post_edited",
    "hidden": "post_edited",
    "deleted": "post_destroyed",
}


class SimulatedDiscourse(SimulatedPlatform):
    """The forum of the fictional Nusakirim."""

    key: ClassVar[str] = "discourse"
    name: ClassVar[str] = "Discourse"
    kinds: ClassVar[frozenset[PostKind]] = frozenset(
        {"post", "mention", "comment", "reply", "message"}
    )

    def __init__(self, base_url: str, clock: Callable[[], datetime]) -> None:
        super().__init__(
            base_url,
            accounts=(BRAND,),
            app_config={},
            app_secrets={"webhook_secret": "simulated-discourse-secret"},
            clock=clock,
        )
        self.account_values = {
            "url": self.base_url,
            "username": BRAND.handle,
            "api_key": self._new_key(),
            "categories": "",
        }
        self._topics = count(1)
        self._posts = count(1)
        self._lengths: dict[int, int] = {}
        gate = Gate(self.tokens, BRAND.handle)
        self._admin = Admin(self, gate)
        self._api = Posts(self, gate, BRAND)

    def routes(self) -> Iterable[Route]:
        """List the forum's own routes."""
        yield from self._api.routes()
        yield from self._admin.routes(BRAND, TITLE)

    def fault_response(self, kind: str) -> Response:
        """Answer with a short throttle or a server error."""
        if kind == "rate_limit":
            words = "You've performed this action too many times, please try again later."
            refusal = Refused(429, words, "rate_limit", {"wait_seconds": 1})
            response = refusal.response()
            response.headers["Retry-After"] = "1"
            return response
        return json_response({"errors": ["Oops, something went wrong."]}, 500)

    def new_id(self, draft: Draft) -> str:
        """Give a post the next number in its topic, or the first in a new one."""
        topic = topic_of(draft.parent) if draft.parent else next(self._topics)
        self._lengths[topic] = number = self._lengths.get(topic, 0) + 1
        return f"{topic}/{number}"

    def place(self, post: SimulatedPost) -> None:
        """Put a post into its topic; messages stay among two."""
        post.thread_id = str(topic_of(post))
        post.private = post.kind == "message" or bool(post.parent and post.parent.private)
        post.extra["post_id"] = str(next(self._posts))

    def webhook_calls(self, post: SimulatedPost, change: Change) -> Iterable[WebhookCall]:
        """Tell every webhook of the forum."""
        if change not in _EVENTS:
            return
        if change == "deleted":
            post.extra["deleted_at"] = self.clock().isoformat()
        headers = {
            "X-Discourse-Instance": self.base_url,
            "X-Discourse-Event-Type": "post",
            "X-Discourse-Event": _EVENTS[change],
        }
        for hook in self._admin.hooks():
            yield WebhookCall(hook, {"post": for_webhook(post)}, headers)

    def sign(self, body: bytes) -> Mapping[str, str]:
        """Sign as Discourse does."""
        signature = hmac_sha256(self.app_secrets["webhook_secret"], body)
        return {"X-Discourse-Event-Signature": f"sha256={signature}"}

    def revoke_tokens(self) -> frozenset[str]:
        """Revoke the key; the administrator makes a new one to connect by."""
        people = super().revoke_tokens()
        self.account_values = {**self.account_values, "api_key": self._new_key()}
        return people

    def _new_key(self) -> str:
        return self.tokens.issue(Grant(person_id=BRAND.id))
