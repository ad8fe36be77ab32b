"""Facebook in memory: two Pages of one company, their posts, comments, reviews and messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import count
from typing import ClassVar

from werkzeug.wrappers import Request, Response

from tanggap.sdk import PostKind
from tanggap.sdk.signing import hmac_sha256
from tanggap.sdk.simulator import (
    Change,
    Draft,
    Person,
    Route,
    SimulatedPlatform,
    SimulatedPost,
    WebhookCall,
)
from tanggap_facebook.client import API_VERSION
from tanggap_facebook.simulator.gate import Gate, Refused
from tanggap_facebook.simulator.login import Login
from tanggap_facebook.simulator.moderation import Moderation
from tanggap_facebook.simulator.places import id_of, settle
from tanggap_facebook.simulator.reads import Reads
from tanggap_facebook.simulator.subscriptions import Subscriptions
from tanggap_facebook.simulator.webhooks import OPENED, notice, opening
from tanggap_facebook.simulator.writes import Writes

ADMIN = Person("70001", "ayu.lestari", "Ayu Lestari")
APP_ID = "246813579"
ROOT = f"/{API_VERSION}"


class SimulatedFacebook(SimulatedPlatform):
    """The Graph API and Messenger for the fictional group Nusakirim."""

    key: ClassVar[str] = "facebook"
    name: ClassVar[str] = "Facebook"
    kinds: ClassVar[frozenset[PostKind]] = frozenset(
        {"post", "comment", "reply", "mention", "review", "message"}
    )

    def __init__(self, base_url: str, clock: Callable[[], datetime]) -> None:
        base_url = base_url.rstrip("/")
        super().__init__(
            base_url,
            accounts=(
                Person("1005001", "nusakirim", "Nusakirim", ours=True),
                Person("1005002", "nusapay", "Nusapay", ours=True),
            ),
            app_config={
                "app_id": APP_ID,
                "api_version": API_VERSION,
                "api_url": base_url,
                "oauth_url": base_url,
            },
            app_secrets={"app_secret": "simulated-facebook-secret"},
            clock=clock,
        )
        self._numbers = count(700)
        self._calls = count(1)
        self.gate = Gate(self)
        self._login = Login(self, self.gate, ADMIN, ROOT)
        self._subscriptions = Subscriptions(self, self.gate, ROOT)
        self._reads = Reads(self, self.gate, ROOT)
        self.writes = Writes(self, self.gate, self._reads, ROOT)
        self._moderation = Moderation(self, self.gate, self._reads, ROOT)

    def routes(self) -> Iterable[Route]:
        """List the platform's routes."""
        yield from self._login.routes()
        yield from self._subscriptions.routes()
        yield from self._reads.routes()
        yield from self.writes.routes()
        yield from self._moderation.routes()

    def new_id(self, draft: Draft) -> str:
        """Make an id for a post, a comment or a message."""
        return id_of(draft, next(self._numbers))

    def place(self, post: SimulatedPost) -> None:
        """Give a new post its thread and its Page."""
        settle(post)
        earlier = (one for one in self.world.posts() if one.private)
        if post.reference and any(one.thread_id == post.thread_id for one in earlier):
            post.extra[OPENED] = "1"

    def webhook_calls(self, post: SimulatedPost, change: Change) -> Iterable[WebhookCall]:
        """Tell the app's callback, where app and Page are subscribed to the field."""
        opened = opening(post, self.clock()) if change == "created" else None
        for made in (opened, notice(post, change, self.clock(), int(APP_ID))):
            if made is None:
                continue
            field, entry = made
            url = self._subscriptions.callback(post.account.id, field)
            if url is not None:
                yield WebhookCall(url, {"object": "page", "entry": [entry]})

    def sign(self, body: bytes) -> Mapping[str, str]:
        """Sign the raw body with the app's secret."""
        signature = hmac_sha256(self.app_secrets["app_secret"], body)
        return {"X-Hub-Signature-256": f"sha256={signature}"}

    def fault_response(self, kind: str) -> Response:
        """Answer with the Page's rate limit, for one minute, or with a passing fault."""
        if kind == "rate_limit":
            entry = {"type": "pages", "call_count": 100, "total_cputime": 20, "total_time": 20}
            usage = {"1005001": [{**entry, "estimated_time_to_regain_access": 1}]}
            headers = {"X-Business-Use-Case-Usage": json.dumps(usage)}
            message = "(#80001) There have been too many calls to this Page account."
            return Refused(message, 80001, headers=headers).response()
        message = "An unexpected error has occurred. Please retry your request later."
        return Refused(message, 2, status=500, transient=True).response()

    def finish(self, request: Request, response: Response) -> None:
        """Add how much of the app's and the Page's calls is used, in percent."""
        if not request.path.startswith(ROOT):
            return
        used = next(self._calls) % 60
        usage = {"call_count": used, "total_time": used // 2, "total_cputime": used // 2}
        response.headers["X-App-Usage"] = json.dumps(usage)
        page = self.world.account(request.path.removeprefix(ROOT).split("/")[1])
        if page is not None and "X-Business-Use-Case-Usage" not in response.headers:
            entry = {"type": "pages", **usage, "estimated_time_to_regain_access": 0}
            response.headers["X-Business-Use-Case-Usage"] = json.dumps({page.id: [entry]})

    def expire_tokens(self) -> None:
        """Let every token be over, as a person's password change does."""
        self.tokens.expire("page", "user")

    def revoke_tokens(self) -> frozenset[str]:
        """Remove the app; the Pages' subscriptions go with it."""
        self._subscriptions.forget_pages()
        return super().revoke_tokens()
