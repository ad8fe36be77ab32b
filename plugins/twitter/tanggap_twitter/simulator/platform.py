"""The simulated X: its accounts, ids and threads; the routes are in the modules beside."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from werkzeug.wrappers import Request, Response

from tanggap.sdk import PostKind
from tanggap.sdk.simulator import (
    Change,
    Draft,
    Person,
    Route,
    SimulatedPlatform,
    SimulatedPost,
    WebhookCall,
)
from tanggap_twitter.fields import ENTERPRISE, SELF_SERVE, YES
from tanggap_twitter.limits import MAX_POST_LENGTH
from tanggap_twitter.messages import thread_of
from tanggap_twitter.posts import SNOWFLAKE_BITS, SNOWFLAKE_EPOCH_MS
from tanggap_twitter.simulator.activities import Activities
from tanggap_twitter.simulator.gate import Gate, Refused
from tanggap_twitter.simulator.reading import Reading
from tanggap_twitter.simulator.signin import SignIn
from tanggap_twitter.simulator.writing import Writing
from tanggap_twitter.webhook import PREFIX, SIGNATURE_HEADER

ACCOUNT = Person("70001", "nusakirim", "Nusakirim", followers=48_200, verified=True, ours=True)


class SimulatedX(SimulatedPlatform):
    """X with one company account, @nusakirim, and everybody a script brings along."""

    key = "twitter"
    name = "X (Twitter)"
    kinds: ClassVar[frozenset[PostKind]] = frozenset(
        {"mention", "reply", "quote", "repost", "message", "post"}
    )

    def __init__(
        self,
        base_url: str,
        clock: Callable[[], datetime],
        plan: str = SELF_SERVE,
        longest_post: int = MAX_POST_LENGTH,
    ) -> None:
        base_url = base_url.rstrip("/")
        super().__init__(
            base_url,
            accounts=[replace(ACCOUNT)],
            app_config={
                "client_id": "demo-client",
                "api_url": base_url,
                "site_url": base_url,
                "field_names": "tweet",
                "plan": plan,
                "find_quotes": YES,
                "recheck": YES,
            },
            app_secrets={
                "client_secret": "demo-client-secret",
                "consumer_secret": "demo-consumer-secret",
                "bearer_token": "demo-bearer-token",
            },
            clock=clock,
        )
        self.consumer_secret = self.app_secrets["consumer_secret"].encode()
        self.gate = Gate(self.tokens, clock, self.app_secrets["bearer_token"])
        self.activities = Activities(self)
        self.plan = plan
        self.longest_post = longest_post
        self._last_id = 0

    def routes(self) -> Iterable[Route]:
        """List the routes of X."""
        yield from SignIn(self).routes()
        yield from self.activities.routes()
        yield from Reading(self).routes()
        yield from Writing(self).routes()

    def new_id(self, draft: Draft) -> str:
        """Make an id that holds the time, as X's do."""
        del draft
        return self._next_id()

    def words_of(self, draft: Draft) -> str:
        """Begin a message with the text that the link into it wrote."""
        return f"Ref: {draft.reference} {draft.text}" if draft.reference else draft.text

    def edit_id(self, post: SimulatedPost) -> str | None:
        """Give the new id of an edited post; messages cannot be edited."""
        return None if post.private else self._next_id()

    def place(self, post: SimulatedPost) -> None:
        """Put a post into its conversation: quotes and reposts start their own."""
        post.private = post.kind == "message"
        if post.private:
            other = post.recipient or post.account
            post.thread_id = thread_of(post.author.id, other.id).removeprefix("dm:")
        elif post.parent is not None and post.kind in ("reply", "mention", "post"):
            post.thread_id = post.parent.thread_id
        else:
            post.thread_id = post.id

    def webhook_calls(self, post: SimulatedPost, change: Change) -> Iterable[WebhookCall]:
        """Say who is told of a change."""
        return self.activities.calls(post, change)

    def revoke_tokens(self) -> frozenset[str]:
        """Withdraw the permission, and tell the webhooks so."""
        people = super().revoke_tokens()
        with self.world.lock:
            for person_id in people:
                for call in list(self.activities.revocation(person_id)):
                    self.deliver(call)
        return people

    def sign(self, body: bytes) -> Mapping[str, str]:
        """Sign a webhook with the consumer secret."""
        digest = hmac.digest(self.consumer_secret, body, hashlib.sha256)
        return {SIGNATURE_HEADER: PREFIX + base64.b64encode(digest).decode()}

    def fault_response(self, kind: str) -> Response:
        """Answer as X does in trouble."""
        return self.gate.fault(kind)

    def finish(self, request: Request, response: Response) -> None:
        """Add the rate-limit headers."""
        self.gate.stamp(request, response)

    @property
    def is_enterprise(self) -> bool:
        """Tell whether the rules of self-serve plans are off."""
        return self.plan == ENTERPRISE

    def person(self, person_id: str) -> Person:
        """Find the user of a token."""
        person = self.world.person(person_id)
        if person is None:
            raise Refused(401, "Unauthorized")
        return person

    def json(self, request: Request) -> dict[str, Any]:
        """Read a JSON object."""
        value = request.get_json(force=True, silent=True)
        if not isinstance(value, dict):
            raise Refused(400, "The body is not a JSON object.", "invalid-request")
        return value

    def _next_id(self) -> str:
        milliseconds = int(self.clock().timestamp() * 1000) - SNOWFLAKE_EPOCH_MS
        with self.world.lock:
            self._last_id = max(self._last_id + 1, milliseconds << SNOWFLAKE_BITS)
            return str(self._last_id)
