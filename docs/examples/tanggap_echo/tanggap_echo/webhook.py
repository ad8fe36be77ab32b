"""Check the signature of Echo's deliveries, and ask Echo to send them."""

from __future__ import annotations

from tanggap.sdk import Account, AppCredentials, Http, WebhookRequest
from tanggap.sdk.signing import require_hmac_sha256

from tanggap_echo.client import Client


def verify(request: WebhookRequest, app: AppCredentials) -> None:
    """Raise `InvalidSignature` unless Echo signed these bytes."""
    require_hmac_sha256(
        request.headers.get("x-echo-signature"),
        app.secrets.get("signing_secret", ""),
        request.body,
        prefix="sha256=",
    )


def subscribe(account: Account, callback_url: str, http: Http) -> None:
    """Have Echo tell our callback URL what happens to this account."""
    Client.of(account, http).call("PUT", "webhook", json={"url": callback_url})


def unsubscribe(account: Account, http: Http) -> None:
    """Have Echo tell no more."""
    Client.of(account, http).call("DELETE", "webhook")
