"""What happens on a simulated platform: posts, changes, webhooks; without its HTTP face."""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar

from tanggap.sdk.simulator.courier import RETRY_DELAYS, Answer, Courier
from tanggap.sdk.simulator.faults import FaultQueue
from tanggap.sdk.simulator.tokens import TokenStore
from tanggap.sdk.simulator.world import Change, Draft, Person, SimulatedPost, World
from tanggap.sdk.types import PostKind

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """A webhook to send: a JSON value to a callback URL, with headers beside the signature's."""

    url: str
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)


def utc_now() -> datetime:
    """Tell the time, the clock where none is given."""
    return datetime.now(UTC)


class Engine(ABC):
    """A platform in memory; `SimulatedPlatform` adds the routes.

    `app_config` and `app_secrets` are what an operator would type as the developer app, and
    `account_values` what a person would type to connect an account, on platforms without OAuth.
    State is in `world`, tokens in `tokens`; both outlive token expiry.
    """

    key: ClassVar[str]
    name: ClassVar[str]
    kinds: ClassVar[frozenset[PostKind]]
    retry_delays: ClassVar[Sequence[float]] = RETRY_DELAYS

    def __init__(
        self,
        base_url: str,
        *,
        accounts: Sequence[Person],
        app_config: Mapping[str, str],
        app_secrets: Mapping[str, str],
        account_values: Mapping[str, str] | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.app_config = app_config
        self.app_secrets = app_secrets
        self.account_values = account_values or {}
        self.clock = clock
        self.world = World(accounts, media_address=f"{self.base_url}/_control/media/")
        self.tokens = TokenStore(clock)
        self.faults = FaultQueue()
        self.courier = Courier(self.retry_delays)
        self.closing = threading.Event()
        self._people = 0

    @abstractmethod
    def new_id(self, draft: Draft) -> str:
        """Make an id for a post, growing with every call."""

    @abstractmethod
    def place(self, post: SimulatedPost) -> None:
        """Set `thread_id`, `private` and whatever else follows from where a new post stands."""

    @abstractmethod
    def webhook_calls(self, post: SimulatedPost, change: Change) -> Iterable[WebhookCall]:
        """Say who is told of a change, and how; called while the world stands still."""

    @abstractmethod
    def sign(self, body: bytes) -> Mapping[str, str]:
        """Give the headers of a webhook with this raw body."""

    def new_person_id(self) -> str:
        """Make an id for somebody a script mentions for the first time."""
        with self.world.lock:
            self._people += 1
            return str(80_000 + self._people)

    def edit_id(self, post: SimulatedPost) -> str | None:
        """Give the new id of a post being edited; None where ids stay."""
        del post
        return None

    def encode(self, body: object) -> bytes:
        """Write a webhook body as the platform writes JSON."""
        return json.dumps(body, separators=(",", ":")).encode()

    def expire_tokens(self) -> None:
        """Let the access tokens be over, as time would."""
        self.tokens.expire("access")

    def revoke_tokens(self) -> frozenset[str]:
        """Withdraw the app's permission; gives the ids of the people whose tokens it had."""
        return self.tokens.revoke()

    def publish(self, draft: Draft) -> SimulatedPost:
        """Put a post into the world and tell the subscribers; raises `KeyTaken` on a taken key."""
        with self.world.lock:
            post = SimulatedPost(
                id=self.new_id(draft),
                key=draft.key,
                author=draft.author,
                text=self.words_of(draft),
                kind=draft.kind,
                account=draft.account,
                at=draft.at or self.clock(),
                parent=draft.parent,
                recipient=draft.recipient,
                via_api=draft.via_api,
                reference=draft.reference,
                media=draft.media,
            )
            for one in draft.media:
                one.used = True
            self.place(post)
            self.world.add_post(post)
            self.announce(post, "created")
        return post

    def words_of(self, draft: Draft) -> str:
        """Give the text of a post; platforms may put into it what a link brought along."""
        return draft.text

    def edit(self, post: SimulatedPost, text: str) -> None:
        """Change a post's text."""
        with self.world.lock:
            new_id = self.edit_id(post)
            if new_id is not None:
                self.world.rename(post, new_id)
            post.text = text
            post.edited_at = self.clock()
            self.announce(post, "edited")

    def delete(self, post: SimulatedPost) -> None:
        """Take a post away; its record stays, marked deleted."""
        with self.world.lock:
            if not post.deleted:
                post.deleted = True
                self.announce(post, "deleted")

    def announce(self, post: SimulatedPost, change: Change) -> None:
        """Send the webhooks that a change brings."""
        for call in self.webhook_calls(post, change):
            self.deliver(call)

    def deliver(self, call: WebhookCall) -> None:
        """Queue one webhook, subject to the webhook faults."""
        if self.faults.take_webhook("drop_webhooks"):
            self.courier.drop()
            return
        body = self.encode(call.body)
        if self.faults.take_webhook("bad_signature"):
            self.courier.put(call.url, body, partial(self._forge, call), retry=False)
            return
        for _ in range(2 if self.faults.take_webhook("duplicate_webhooks") else 1):
            self.courier.put(call.url, body, partial(self._headers, call))

    def call_back(self, url: str, params: Mapping[str, str]) -> Answer | None:
        """Ask our callback URL with GET, as a challenge does; hold no lock meanwhile."""
        return self.courier.call(url, params)

    def close(self) -> None:
        """End the delivery thread and let go of whoever waits."""
        self.closing.set()
        self.courier.close()

    def _headers(self, call: WebhookCall, body: bytes) -> Mapping[str, str]:
        return {**call.headers, **self.sign(body)}

    def _forge(self, call: WebhookCall, body: bytes) -> Mapping[str, str]:
        return {**call.headers, **self.sign(body + b" ")}
