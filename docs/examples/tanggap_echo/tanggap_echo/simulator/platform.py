"""Echo in memory: one account, its guest book, its webhook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import count
from typing import ClassVar

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
from werkzeug.wrappers import Request, Response

from tanggap_echo.limits import MAX_LENGTH

BRAND = Person("7", "nusakirim", "Nusakirim", ours=True)
_EVENTS: Mapping[Change, str] = {
    "created": "entry.created",
    "edited": "entry.edited",
    "deleted": "entry.deleted",
}


class SimulatedEcho(SimulatedPlatform):
    """Echo's API for the guest book of the fictional Nusakirim."""

    key: ClassVar[str] = "echo"
    name: ClassVar[str] = "Echo"
    kinds: ClassVar[frozenset[PostKind]] = frozenset({"post", "mention", "reply"})

    def __init__(self, base_url: str, clock: Callable[[], datetime]) -> None:
        super().__init__(
            base_url,
            accounts=(BRAND,),
            app_config={"api_url": base_url.rstrip("/")},
            app_secrets={"signing_secret": "simulated-echo-secret"},
            clock=clock,
        )
        self.account_values = self._new_token()
        self._ids = count(1)
        self._callback: str | None = None

    def routes(self) -> Iterable[Route]:
        """List Echo's own routes."""
        yield Route("GET", "/me", self._guarded(self._me))
        yield Route("GET", "/entries", self._guarded(self._list), target="poll")
        yield Route("POST", "/entries", self._guarded(self._write), target="reply")
        yield Route("PUT", "/webhook", self._guarded(self._subscribe))
        yield Route("DELETE", "/webhook", self._guarded(self._unsubscribe))

    def fault_response(self, kind: str) -> Response:
        """Answer as Echo does when it is asked too much or broken."""
        if kind == "rate_limit":
            return _error("too_many_requests", 429, {"Retry-After": "1"})
        return _error("internal", 500)

    def new_id(self, draft: Draft) -> str:
        """Number entries in the order they are written."""
        del draft
        return str(next(self._ids))

    def place(self, post: SimulatedPost) -> None:
        """Put an answer into the thread of what it answers."""
        post.thread_id = post.parent.thread_id if post.parent else post.id

    def webhook_calls(self, post: SimulatedPost, change: Change) -> Iterable[WebhookCall]:
        """Tell the callback URL."""
        if self._callback is not None and change in _EVENTS:
            body = {"event": _EVENTS[change], "account": BRAND.id, "entry": self._entry(post)}
            yield WebhookCall(self._callback, body)

    def sign(self, body: bytes) -> Mapping[str, str]:
        """Sign as Echo does."""
        signature = hmac_sha256(self.app_secrets["signing_secret"], body)
        return {"X-Echo-Signature": f"sha256={signature}"}

    def revoke_tokens(self) -> frozenset[str]:
        """Withdraw the token; its owner makes a new one to connect by."""
        people = super().revoke_tokens()
        self.account_values = self._new_token()
        return people

    def _new_token(self) -> dict[str, str]:
        return {"token": self.tokens.issue(Grant(person_id=BRAND.id))}

    def _guarded(self, handler: Callable[[Request], Response]) -> Callable[[Request], Response]:
        def guarded(request: Request) -> Response:
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if self.tokens.find(token) is None:
                expired = self.tokens.is_expired(token)
                return _error("token_expired" if expired else "token_revoked", 401)
            return handler(request)

        return guarded

    def _me(self, _request: Request) -> Response:
        return json_response({"id": BRAND.id, "name": BRAND.name, "handle": BRAND.handle})

    def _list(self, request: Request) -> Response:
        after = request.args.get("after", 0, type=int)
        limit = request.args.get("limit", 20, type=int)
        key = request.args.get("key")
        found = [
            post
            for post in self.world.posts()
            if int(post.id) > after and not post.deleted and key in (None, post.extra.get("key"))
        ]
        page = found[:limit]
        last = page[-1].id if page else None
        entries = [self._entry(post) for post in page]
        return json_response({"entries": entries, "last": last, "more": len(found) > limit})

    def _write(self, request: Request) -> Response:
        body = request.get_json()
        parent = self.world.post(body["in_reply_to"])
        if parent is None or parent.deleted:
            return _error("not_found", 404)
        if len(body["text"]) > MAX_LENGTH:
            return _error("too_long", 422)
        draft = Draft(
            author=BRAND,
            text=body["text"],
            kind="reply",
            account=BRAND,
            parent=parent,
            via_api=True,
        )
        post = self.publish(draft)
        post.extra["key"] = body["key"]
        return json_response({"id": post.id}, 201)

    def _subscribe(self, request: Request) -> Response:
        self._callback = request.get_json()["url"]
        return json_response({})

    def _unsubscribe(self, _request: Request) -> Response:
        self._callback = None
        return json_response({})

    def _entry(self, post: SimulatedPost) -> dict[str, object]:
        author = {"id": post.author.id, "name": post.author.name, "handle": post.author.handle}
        return {
            "id": post.id,
            "author": author,
            "text": post.text,
            "at": post.at.isoformat(),
            "edited_at": post.edited_at.isoformat() if post.edited_at else None,
            "deleted_at": self.clock().isoformat() if post.deleted else None,
            "thread": post.thread_id,
            "in_reply_to": post.parent.id if post.parent else None,
        }


def _error(code: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return json_response({"error": {"code": code}}, status, headers)
