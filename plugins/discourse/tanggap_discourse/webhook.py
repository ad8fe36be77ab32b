"""Check the signature of a forum's deliveries, and have the forum send them."""

from __future__ import annotations

from typing import NoReturn

from tanggap.sdk import (
    Account,
    AppCredentials,
    Gone,
    Http,
    InvalidPayload,
    Payload,
    Rejected,
    Unavailable,
    WebhookRequest,
)
from tanggap.sdk.signing import require_hmac_sha256
from tanggap_discourse.client import Client
from tanggap_discourse.connect import categories_of
from tanggap_discourse.names import number_of

SIGNATURE = "x-discourse-event-signature"
# Discourse's numbers of post_created, post_edited, post_destroyed and post_recovered.
EVENT_TYPES = (201, 202, 203, 204)
_AS_JSON = 1
_HOOKS = "admin/api/web_hooks"


def verify(request: WebhookRequest, app: AppCredentials) -> None:
    """Raise `InvalidSignature` unless a forum with our secret signed these bytes."""
    require_hmac_sha256(
        request.headers.get(SIGNATURE),
        app.secrets.get("webhook_secret", ""),
        request.body,
        prefix="sha256=",
    )


def subscribe(account: Account, callback_url: str, http: Http) -> None:
    """Add our webhook to the forum, or bring the one that is there up to date.

    Raises `Rejected` with the way out for a key that may not, which is any but an administrator's.
    """
    client = Client.of(account, http)
    address = f"{callback_url}?user={number_of(account.external_id)}"
    hook = {
        "payload_url": address,
        "content_type": _AS_JSON,
        "secret": account.app.secrets.get("webhook_secret", ""),
        "wildcard_web_hook": False,
        "verify_certificate": True,
        "active": True,
        "web_hook_event_type_ids": list(EVENT_TYPES),
        "category_ids": categories_of(account.config.get("categories", "")),
    }
    try:
        numbers = [number for number, url in _hooks(client) if url == address]
        if numbers:
            client.request("PUT", f"{_HOOKS}/{numbers[0]}.json", json={"web_hook": hook})
        else:
            client.request("POST", f"{_HOOKS}.json", json={"web_hook": hook})
    except Rejected as error:
        _by_hand(address, error)


def unsubscribe(account: Account, http: Http) -> None:
    """Take our webhook off the forum."""
    client = Client.of(account, http)
    ours = f"/hooks/discourse?user={number_of(account.external_id)}"
    for number, url in _hooks(client):
        if url.endswith(ours):
            client.request("DELETE", f"{_HOOKS}/{number}.json")


def _hooks(client: Client) -> list[tuple[int, str]]:
    """List the forum's webhooks by number."""
    found: Payload = client.get(f"{_HOOKS}.json")
    try:
        return [(hook.integer("id"), hook.text("payload_url")) for hook in found.items("web_hooks")]
    except InvalidPayload as error:
        raise Unavailable(f"Discourse's answer cannot be read: {error}") from error


def _by_hand(address: str, error: Rejected) -> NoReturn:
    kind = Gone if isinstance(error, Gone) else Rejected
    raise kind(
        "this key may not add webhooks. In Discourse, open Admin → API → Webhooks and add one for "
        f"post events with the address {address} and the webhook secret; until then the forum is "
        "polled",
        error.code,
    ) from error
