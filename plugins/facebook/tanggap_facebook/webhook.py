"""Facebook's calls to us: the handshake, the signature, and asking for them."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from tanggap.sdk import Account, AppCredentials, Http, InvalidSignature, WebhookRequest
from tanggap.sdk.signing import hmac_sha256, require_hmac_sha256
from tanggap_facebook.client import Graph, app_id, app_secret, may, path_of
from tanggap_facebook.parse import EVENTS, parse

__all__ = [
    "EVENTS",
    "FIELDS",
    "challenge",
    "parse",
    "subscribe",
    "unsubscribe",
    "verify",
    "verify_token",
]

PUBLIC_FIELDS = ("feed", "mention", "ratings")
MESSENGER_FIELDS = (
    "messages",
    "messaging_postbacks",
    "messaging_referrals",
    "message_edits",
    "message_echoes",
    "standby",
)
FIELDS = (*PUBLIC_FIELDS, *MESSENGER_FIELDS)


def verify_token(app: AppCredentials) -> str:
    """Give the word Facebook must say in its handshake.

    Where the operator set none it is made from the app's secret, so that none has to be typed.
    """
    return app.secrets.get("verify_token") or hmac_sha256(app_secret(app), b"verify token")[:40]


def challenge(request: WebhookRequest, app: AppCredentials) -> tuple[str, str] | None:
    """Answer the handshake with Facebook's own text, or None where the verify token is wrong."""
    query: Mapping[str, str] = request.query
    given, text = query.get("hub.verify_token", ""), query.get("hub.challenge")
    if query.get("hub.mode") != "subscribe" or text is None:
        return None
    try:
        expected = verify_token(app)
    except InvalidSignature:
        return None
    if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
        return None
    return "text/plain; charset=utf-8", text


def verify(request: WebhookRequest, app: AppCredentials) -> None:
    """Raise `InvalidSignature` unless `X-Hub-Signature-256` signs the raw bytes."""
    require_hmac_sha256(
        request.headers.get("x-hub-signature-256"),
        app_secret(app),
        request.body,
        prefix="sha256=",
    )


def subscribe(account: Account, callback_url: str, http: Http) -> None:
    """Register our address with the developer app, then ask for this Page's events.

    Facebook does the handshake with `callback_url` during the first call.
    """
    Graph.as_app(account.app, http).post(
        f"{app_id(account.app)}/subscriptions",
        form={
            "object": "page",
            "callback_url": callback_url,
            "verify_token": verify_token(account.app),
            "fields": ",".join(FIELDS),
            "include_values": "true",
        },
    )
    # Facebook refuses the whole list when the token may not have one of its fields.
    fields = FIELDS if may(account, "pages_messaging") else PUBLIC_FIELDS
    Graph.as_page(account, http).post(
        path_of(account.external_id, "subscribed_apps"),
        form={"subscribed_fields": ",".join(fields)},
    )


def unsubscribe(account: Account, http: Http) -> None:
    """Take the Page's subscription back; the app's address stays for the other Pages."""
    Graph.as_page(account, http).do("DELETE", path_of(account.external_id, "subscribed_apps"))
