"""Use a simulated platform from outside: connect to it, and write on it by its control routes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tanggap.sdk.channel import AuthorizeRequest, Channel, CodeExchange, Http
from tanggap.sdk.simulator import SimulatedPlatform, approve
from tanggap.sdk.testing.http import TIMEOUT
from tanggap.sdk.types import Account, AppCredentials, Token

REDIRECT = "http://127.0.0.1/admin/accounts/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-long"


class Script:
    """The control routes, as a script uses them."""

    def __init__(self, platform: SimulatedPlatform) -> None:
        self.platform = platform
        self._client = httpx.Client(
            base_url=platform.base_url, timeout=6 * TIMEOUT, trust_env=False
        )

    def write(self, text: str, kind: str | None = None, by: str = "rita_demo", **more: Any) -> str:
        """Have somebody write a post, wait until its webhooks are out, and give its id.

        Without `kind` it is what a customer can write there, below a post of the company's where
        that is the only way. `by="brand"` writes as the company.
        """
        if kind is None:
            kind = next(k for k in ("comment", "mention", "message") if k in self.platform.kinds)
            if kind == "comment" and "in_reply_to" not in more:
                more["in_reply_to"] = self.write("Kabar dari kami", "post", "brand")
        author = {"handle": by, "name": by.replace("_", " ").title()}
        made = self.call("POST", "posts", {"author": author, "text": text, "kind": kind, **more})
        self.flush()
        return str(made["id"])

    def edit(self, ref: str, text: str) -> None:
        """Change a post's text."""
        self.call("POST", f"posts/{ref}/edit", {"text": text})
        self.flush()

    def delete(self, ref: str) -> None:
        """Take a post away."""
        self.call("DELETE", f"posts/{ref}")
        self.flush()

    def fault(self, kind: str, target: str = "any", **more: Any) -> None:
        """Ask for trouble."""
        self.call("POST", "faults", {"kind": kind, "target": target, **more})

    def posts(self) -> list[dict[str, Any]]:
        """List everything that stands on the platform."""
        return list(self.call("GET", "posts")["posts"])

    def answers(self) -> list[dict[str, Any]]:
        """List what was written through the platform's API."""
        return [post for post in self.posts() if post["via_api"]]

    def flush(self) -> dict[str, Any]:
        """Wait until no webhook is under way and give their counts."""
        counts: dict[str, Any] = self.call("POST", "flush")
        return counts

    def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Call one control route; raises `RuntimeError` for what it refuses."""
        answer = self._client.request(method, f"/_control/{path}", json=body)
        if not answer.is_success:
            raise RuntimeError(f"{method} /_control/{path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def close(self) -> None:
        """Give the connection back."""
        self._client.close()


def app_of(platform: SimulatedPlatform) -> AppCredentials:
    """Give the developer app that the simulated platform knows."""
    return AppCredentials(platform.app_config, platform.app_secrets)


def sign_in(
    channel: Channel,
    app: AppCredentials,
    http: Http,
    *,
    choose: Sequence[str] | None = None,
    redirect_uri: str = REDIRECT,
    verifier: str = VERIFIER,
) -> Token:
    """Go the way of a browser: consent page, redirect back, code for token.

    `redirect_uri` and `verifier` are those of the exchange, so that a test can lie in them.
    """
    if channel.oauth is None:
        raise ValueError(f"channel {channel.key} has no OAuth")
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    asked = AuthorizeRequest(
        redirect_uri=REDIRECT,
        state="s1",
        code_challenge=challenge if channel.oauth.pkce else None,
    )
    back = approve(channel.oauth.authorize_url(app, asked), choose=choose)
    query = parse_qs(urlsplit(back).query)
    if query.get("state") != ["s1"]:
        raise AssertionError(f"the platform sent the browser back without its state: {back}")
    given = CodeExchange(
        code=query["code"][0],
        redirect_uri=redirect_uri,
        code_verifier=verifier if channel.oauth.pkce else None,
    )
    return channel.oauth.exchange(app, given, http)


def connect(channel: Channel, platform: SimulatedPlatform, http: Http) -> list[Account]:
    """List the accounts that a person can connect on the simulated platform."""
    app = app_of(platform)
    if channel.oauth is not None:
        return list(channel.oauth.list_accounts(app, sign_in(channel, app, http), http))
    if channel.connecting is not None:
        return list(channel.connecting.connect(app, platform.account_values, http))
    raise ValueError(f"channel {channel.key} has neither OAuth nor fields to connect by")
