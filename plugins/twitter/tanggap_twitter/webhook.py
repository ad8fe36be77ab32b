"""Be called by X: the CRC challenge, signatures, and the subscription to an account's events."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tanggap.sdk import (
    Account,
    AppCredentials,
    Http,
    InvalidConfig,
    InvalidPayload,
    InvalidSignature,
    Payload,
    Unavailable,
    WebhookRequest,
)
from tanggap.sdk.signing import hmac_sha256, require_hmac_sha256
from tanggap_twitter.client import Client

SIGNATURE_HEADER = "x-twitter-webhooks-signature"
PREFIX = "sha256="
MAX_CRC_TOKEN = 1000

# Private events need the user's own token; like, follow, mute and block tell the inbox nothing.
PUBLIC_EVENTS = (
    "post.mention.create",
    "post.reply.create",
    "post.quote.create",
    "post.repost.create",
    "post.create",
    "post.delete",
)
MESSAGE_EVENTS = ("dm.received", "dm.sent")
MESSAGE_SCOPE = "dm.read"
TAG = "tanggap"
_MAX_PAGES = 20


def challenge(request: WebhookRequest, app: AppCredentials) -> tuple[str, str] | None:
    """Answer X's CRC: the HMAC of the token it sends; None for a GET that is none."""
    token = request.query.get("crc_token", "")
    if not token or len(token) > MAX_CRC_TOKEN:
        return None
    try:
        signature = hmac_sha256(app.secrets.get("consumer_secret", ""), token.encode(), "base64")
    except (InvalidSignature, UnicodeEncodeError):
        return None
    return "application/json", json.dumps({"response_token": PREFIX + signature})


def verify(request: WebhookRequest, app: AppCredentials) -> None:
    """Check the signature over the raw body; raises `InvalidSignature`."""
    require_hmac_sha256(
        request.headers.get(SIGNATURE_HEADER),
        app.secrets.get("consumer_secret", ""),
        request.body,
        prefix=PREFIX,
        encoding="base64",
    )


def subscribe(account: Account, callback_url: str, http: Http) -> None:
    """Register our address with X and ask for the account's events; what is there already stays.

    Without an app bearer token the account is polled instead.
    """
    webhook_id = _webhook_id(Client.of_app(account.app, http), callback_url)
    client = Client.of(account, http)
    there = _subscribed(Client.of_app(account.app, http), account.external_id, webhook_id)
    for event in wanted_events(account):
        if event not in there:
            _subscribe_one(client, account, event, webhook_id)


def wanted_events(account: Account) -> tuple[str, ...]:
    """List the events to ask for; messages only where the token may read them."""
    scopes = account.token.scopes
    may_read_messages = not scopes or MESSAGE_SCOPE in scopes
    return PUBLIC_EVENTS + (MESSAGE_EVENTS if may_read_messages else ())


def _webhook_id(client: Client, callback_url: str) -> str:
    """Find our webhook or create it; one that X has switched off is checked again."""
    found = next(
        (hook for hook in _entries(client.get("/2/webhooks")) if _is_at(hook, callback_url)), None
    )
    if found is None:
        created = next(_entries(client.post("/2/webhooks", {"url": callback_url})), None)
        if created is None:
            raise Unavailable("X registered the webhook without telling its id")
        found = created
    webhook_id = _read_id(found, "id")
    if not found.boolean_or(True, "valid"):
        answer = client.put(f"/2/webhooks/{webhook_id}")
        if not answer.boolean_or(True, "data", "valid"):
            raise InvalidConfig(
                "consumer_secret",
                f"X could not validate {callback_url}: it must be reachable over https without a "
                "port, and the API key secret must be the app's own.",
            )
    return webhook_id


def _is_at(hook: Payload, url: str) -> bool:
    return isinstance(hook.value, dict) and hook.value.get("url") == url


def _subscribed(client: Client, user_id: str, webhook_id: str) -> frozenset[str]:
    """List the events of this user that come to this webhook already."""
    events: set[str] = set()
    params = {"max_results": "1000"}
    for _ in range(_MAX_PAGES):
        page = client.get("/2/activity/subscriptions", params)
        for entry in _entries(page):
            if _text(entry, "filter", "user_id") == user_id and (
                _text(entry, "webhook_id") in ("", webhook_id)
            ):
                events.add(_text(entry, "event_type"))
        token = _text(page, "meta", "next_token")
        if not token:
            break
        params["pagination_token"] = token
    return frozenset(events)


def _subscribe_one(client: Client, account: Account, event: str, webhook_id: str) -> None:
    body = {
        "event_type": event,
        "filter": {"user_id": account.external_id},
        "tag": TAG,
        "webhook_id": webhook_id,
    }
    answer = client.post("/2/activity/subscriptions", body)
    created = next(_entries(answer), None)
    if created is None:
        raise Unavailable(f"X answered the subscription to {event} without one")
    _read_id(created, "subscription_id", "id")


def _entries(answer: Payload) -> Iterator[Payload]:
    """Walk `data` in each of the shapes X shows: a list, an object, an object in an object."""
    data = answer.at("data")
    if isinstance(data.value, list):
        yield from data.items()
    elif isinstance(data.value, dict):
        inner = next((k for k in ("subscription", "webhook") if data.has(k)), None)
        yield data.at(inner) if inner else data


def _read_id(entry: Payload, *names: str) -> str:
    for name in names:
        try:
            return entry.id(name)
        except InvalidPayload:
            continue
    raise Unavailable(f"X answered without the {names[0]} of what it created")


def _text(entry: Payload, *keys: str) -> str:
    try:
        return entry.id_or_none(*keys) or ""
    except InvalidPayload:
        return ""
