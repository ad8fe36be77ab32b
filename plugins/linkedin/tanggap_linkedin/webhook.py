"""LinkedIn's calls to us: the challenge, the signature, and asking for them."""

from __future__ import annotations

import json
import re

from tanggap.sdk import Account, AppCredentials, Gone, Http, InvalidConfig, WebhookRequest
from tanggap.sdk.signing import hmac_sha256, require_hmac_sha256
from tanggap_linkedin.client import MEMBER, Client
from tanggap_linkedin.parse import EVENTS, NOTIFICATIONS, parse
from tanggap_linkedin.urns import encode

__all__ = [
    "EVENTS",
    "challenge",
    "parse",
    "subscribe",
    "subscription_path",
    "unsubscribe",
    "verify",
]

_PREFIX = "hmacsha256="
# The answer is signed with the secret that signs deliveries, whose signed text starts with
# "hmacsha256=": a code that could hold "=" would let strangers have a forged body signed.
_CODE = re.compile(r"[A-Za-z0-9_-]{1,128}")


def challenge(request: WebhookRequest, app: AppCredentials) -> tuple[str, str] | None:
    """Prove to LinkedIn that this address is ours."""
    code = request.query.get("challengeCode", "")
    secret = app.secrets.get("client_secret", "")
    if not secret or not _CODE.fullmatch(code):
        return None
    answer = {"challengeCode": code, "challengeResponse": hmac_sha256(secret, code.encode())}
    return "application/json", json.dumps(answer)


def verify(request: WebhookRequest, app: AppCredentials) -> None:
    """Raise `InvalidSignature` unless LinkedIn signed these bytes."""
    given = request.headers.get("x-li-signature", "").removeprefix(_PREFIX)
    secret = app.secrets.get("client_secret", "")
    require_hmac_sha256(given, secret, _PREFIX.encode() + request.body)


def subscribe(account: Account, callback_url: str, http: Http) -> None:
    """Have LinkedIn send this page's comments and mentions to `callback_url`."""
    if not account.app.config.get("application_id"):
        raise InvalidConfig(
            "application_id",
            {
                "en": "Enter the application ID to receive webhooks",
                "id": "Isi ID aplikasi agar webhook bisa diterima",
            },
        )
    Client.of(account, http).request(
        "PUT", subscription_path(account), json={"webhook": callback_url}
    )


def unsubscribe(account: Account, http: Http) -> None:
    """Have LinkedIn send nothing more; a subscription that has vanished by itself is as good."""
    if not account.app.config.get("application_id"):
        return
    headers = {"X-RestLi-Method": "DELETE"}
    try:
        Client.of(account, http).request("DELETE", subscription_path(account), headers=headers)
    except Gone:
        return


def subscription_path(account: Account) -> str:
    """Name the subscription of this app, member and page."""
    application = f"urn:li:developerApplication:{account.app.config.get('application_id', '')}"
    return (
        f"eventSubscriptions/(developerApplication:{encode(application)},"
        f"user:{encode(account.config.get(MEMBER, ''))},"
        f"entity:{encode(account.external_id)},"
        f"eventType:{NOTIFICATIONS})"
    )
