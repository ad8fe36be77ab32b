"""LinkedIn in memory: two pages of one company, their posts, comments and notifications."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import count
from typing import ClassVar

from werkzeug.wrappers import Response

from tanggap.sdk.simulator import (
    Change,
    Draft,
    Person,
    Route,
    SimulatedPlatform,
    SimulatedPost,
    WebhookCall,
    json_response,
)
from tanggap.sdk.types import PostKind
from tanggap_linkedin.parse import NOTIFICATIONS
from tanggap_linkedin.simulator.gate import Gate, Refused
from tanggap_linkedin.simulator.notifications import NotificationLog
from tanggap_linkedin.simulator.pages import Pages
from tanggap_linkedin.simulator.reactions import Reactions
from tanggap_linkedin.simulator.signin import SignIn
from tanggap_linkedin.simulator.social import Social
from tanggap_linkedin.simulator.urns import activity_of, number, root_of, top_of
from tanggap_linkedin.urns import CommentUrn

MEMBER = Person("urn:li:person:aYuDemo01", "ayu-lestari", "Ayu Lestari")


class SimulatedLinkedIn(SimulatedPlatform):
    """LinkedIn's Community Management API for the fictional group Nusakirim."""

    key: ClassVar[str] = "linkedin"
    name: ClassVar[str] = "LinkedIn"
    kinds: ClassVar[frozenset[PostKind]] = frozenset(
        {"post", "comment", "reply", "mention", "quote", "repost"}
    )

    def __init__(self, base_url: str, clock: Callable[[], datetime]) -> None:
        base_url = base_url.rstrip("/")
        super().__init__(
            base_url,
            accounts=(
                Person("urn:li:organization:5001", "nusakirim", "Nusakirim", ours=True),
                Person("urn:li:organization:5002", "nusapay", "Nusapay", ours=True),
            ),
            app_config={
                "client_id": "simulated-linkedin-client",
                "application_id": "246810",
                "api_url": base_url,
                "oauth_url": base_url,
            },
            app_secrets={"client_secret": "simulated-linkedin-secret"},
            clock=clock,
        )
        self._counter = count(1)
        self.gate = Gate(self.tokens, clock)
        self._log = NotificationLog(MEMBER)
        self._pages = Pages(self, self.gate, MEMBER, self._log)
        self._social = Social(self, self.gate)
        self._reactions = Reactions(self, self.gate, self._social)
        self._signin = SignIn(self, MEMBER)

    def routes(self) -> Iterable[Route]:
        """List the platform's routes."""
        yield from self._signin.routes()
        yield from self._pages.routes()
        yield from self._social.routes()
        yield from self._reactions.routes()

    def fault_response(self, kind: str) -> Response:
        """Answer with a short throttle or a server error."""
        if kind == "rate_limit":
            throttled = Refused(429, "Comment create throttled for this member", code=101)
            response = throttled.response()
            response.headers["Retry-After"] = "1"
            return response
        return json_response({"status": 500, "message": "Internal Server Error"}, 500)

    def new_person_id(self) -> str:
        """Make a member's URN; they are scoped to the app, so they tell nothing."""
        return f"urn:li:person:sIm{super().new_person_id()}"

    def new_id(self, draft: Draft) -> str:
        """Make a share's or a comment's URN."""
        made = number(draft.at or self.clock(), next(self._counter))
        commented = draft.kind in {"comment", "reply", "mention"} and draft.parent is not None
        if commented and draft.parent is not None:
            return str(CommentUrn(activity_of(draft.parent), str(made)))
        return f"urn:li:share:{made}"

    def place(self, post: SimulatedPost) -> None:
        """Set the thread: the top-level comment, or the share itself."""
        post.thread_id = top_of(post).id
        root = root_of(post)
        if root.ours:
            post.account = root.author

    def webhook_calls(self, post: SimulatedPost, change: Change) -> Iterable[WebhookCall]:
        """Tell every subscription of the page."""
        entry = self._log.record(post, change, self.clock())
        if entry is None:
            return
        for subscription in self._pages.subscriptions.values():
            if subscription.entity == entry.entity:
                body = {"type": NOTIFICATIONS, "notifications": [entry.body]}
                yield WebhookCall(subscription.webhook, body)

    def sign(self, body: bytes) -> Mapping[str, str]:
        """Sign as LinkedIn does: over a fixed prefix and the raw body."""
        secret = self.app_secrets["client_secret"].encode()
        digest = hmac.new(secret, b"hmacsha256=" + body, hashlib.sha256).hexdigest()
        return {"X-LI-Signature": digest}

    def revoke_tokens(self) -> frozenset[str]:
        """Withdraw the permission; subscriptions made on it vanish silently."""
        people = super().revoke_tokens()
        self.gate.revoked = True
        self._pages.forget(people)
        return people
