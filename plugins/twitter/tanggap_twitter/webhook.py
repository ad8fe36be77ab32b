"""Be called by X: the CRC challenge, signatures, and the subscriptions to accounts' events."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from tanggap.sdk import (
    Account,
    AppCredentials,
    Gone,
    Http,
    InvalidConfig,
    InvalidPayload,
    InvalidSignature,
    Payload,
    Rejected,
    Unavailable,
    WebhookRequest,
)
from tanggap.sdk.signing import hmac_sha256, require_hmac_sha256
from tanggap_twitter import loose
from tanggap_twitter.client import Client
from tanggap_twitter.parse import EVENTS, parse

__all__ = [
    "EVENTS",
    "challenge",
    "parse",
    "subscribe",
    "unsubscribe",
    "verify",
    "wanted_events",
    "webhook_trouble",
]

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


@dataclass(frozen=True, slots=True)
class Subscription:
    """A user's events of one kind that X sends to one webhook."""

    id: str
    event: str
    webhook_id: str
    tag: str


def challenge(request: WebhookRequest, app: AppCredentials) -> tuple[str, str] | None:
    """Answer X's CRC: the HMAC of the token it sends; None for a GET that is none."""
    token = request.query.get("crc_token", "")
    if not token or len(token) > MAX_CRC_TOKEN:
        return None
    try:
        asked = token.encode()
        if _may_be_delivery(asked):
            return None
        signature = hmac_sha256(app.secrets.get("consumer_secret", ""), asked, "base64")
    except (InvalidSignature, UnicodeEncodeError):
        return None
    return "application/json", json.dumps({"response_token": PREFIX + signature})


def verify(request: WebhookRequest, app: AppCredentials) -> None:
    """Check the signature over the raw body; raises `InvalidSignature`."""
    if not _may_be_delivery(request.body):
        raise InvalidSignature("the body is no JSON object")
    require_hmac_sha256(
        request.headers.get(SIGNATURE_HEADER),
        app.secrets.get("consumer_secret", ""),
        request.body,
        prefix=PREFIX,
        encoding="base64",
    )


def _may_be_delivery(signed: bytes) -> bool:
    """Tell deliveries from tokens of the CRC by how they begin.

    Both are signed in the same way with the same secret, and anybody may ask for a CRC: a token
    that could be a delivery would let strangers have a forged one signed.
    """
    return signed.lstrip().startswith(b"{")


def subscribe(account: Account, callback_url: str, http: Http) -> None:
    """Register our address with X and ask for the account's events; what is there already stays.

    Without an app bearer token the account is polled instead.
    """
    of_app, of_user = Client.of_app(account.app, http), Client.of(account, http)
    webhooks = list(_entries(of_app.get("/2/webhooks")))
    webhook_id = _webhook_id(of_app, webhooks, callback_url)
    alive = {webhook_id, *(_text(hook, "id") for hook in webhooks)}
    there = _subscriptions(of_app, account.external_id)
    for event in wanted_events(account):
        same = [one for one in there if one.event == event]
        lost = next((one for one in same if one.webhook_id not in alive), None)
        if any(one.webhook_id == webhook_id for one in same):
            continue
        if lost is not None:
            body = {"tag": TAG, "webhook_id": webhook_id}
            of_user.put(f"/2/activity/subscriptions/{lost.id}", body, writing=True)
        else:
            _subscribe_one(of_user, account, event, webhook_id)


def unsubscribe(account: Account, http: Http) -> None:
    """Take back what `subscribe` asked for; other users of the app's webhook keep theirs."""
    if not account.app.secrets.get("bearer_token"):
        return
    client = Client.of_app(account.app, http)
    for one in _subscriptions(client, account.external_id):
        if one.tag == TAG:
            with suppress(Gone):
                client.delete(f"/2/activity/subscriptions/{one.id}", writing=True)


def webhook_trouble(account: Account, http: Http) -> Mapping[str, str]:
    """Say why the account's events do not arrive, nothing where they should.

    X switches a webhook off that fails its check; it is asked to check again.
    """
    if not account.app.secrets.get("bearer_token"):
        return {}
    client = Client.of_app(account.app, http)
    ours = {one.webhook_id for one in _subscriptions(client, account.external_id)}
    there = {_text(hook, "id"): hook for hook in _entries(client.get("/2/webhooks"))}
    if ours and not ours & there.keys():
        return {
            "en": "X does not know its webhook any more: connect the account again.",
            "id": "X tidak mengenal webhook-nya lagi: sambungkan kembali akunnya.",
        }
    for webhook_id in sorted(ours & there.keys()):
        hook = there[webhook_id]
        if not loose.boolean_or(True, hook, "valid") and not _passes_now(client, webhook_id):
            return _switched_off(_text(hook, "url"))
    return {}


def wanted_events(account: Account) -> tuple[str, ...]:
    """List the events to ask for; messages only where the token may read them."""
    scopes = account.token.scopes
    may_read_messages = not scopes or MESSAGE_SCOPE in scopes
    return PUBLIC_EVENTS + (MESSAGE_EVENTS if may_read_messages else ())


def _webhook_id(client: Client, webhooks: Sequence[Payload], callback_url: str) -> str:
    """Find our webhook or create it; one that X has switched off is checked again."""
    found = next((hook for hook in webhooks if _text(hook, "url") == callback_url), None)
    if found is None:
        answer = client.post("/2/webhooks", {"url": callback_url})
        found = next(_entries(answer), None)
        if found is None:
            raise Unavailable("X registered the webhook without telling its id")
    webhook_id = _read_id(found, "id")
    if not loose.boolean_or(True, found, "valid") and not _passes_now(client, webhook_id):
        raise InvalidConfig("consumer_secret", _switched_off(callback_url))
    return webhook_id


def _passes_now(client: Client, webhook_id: str) -> bool:
    """Have X check the webhook at once and switch it on again."""
    try:
        answer = client.put(f"/2/webhooks/{webhook_id}", writing=True)
    except Rejected:
        return False
    return loose.boolean_or(True, answer, "data", "valid")


def _switched_off(url: str) -> Mapping[str, str]:
    return {
        "en": f"X could not validate {url}: it must be reachable over https without a port, and "
        "the API key secret must be the app's own.",
        "id": f"X tidak bisa memvalidasi {url}: alamat itu harus bisa dicapai lewat https tanpa "
        "port, dan API key secret harus milik aplikasi itu sendiri.",
    }


def _subscriptions(client: Client, user_id: str) -> list[Subscription]:
    """List what this user is subscribed to."""
    found: list[Subscription] = []
    params = {"max_results": "1000"}
    for _ in range(_MAX_PAGES):
        page = client.get("/2/activity/subscriptions", params)
        for entry in _entries(page):
            if _text(entry, "filter", "user_id") == user_id:
                names = ("subscription_id", "event_type", "webhook_id", "tag")
                found.append(Subscription(*(_text(entry, name) for name in names)))
        token = _text(page, "meta", "next_token")
        if not token:
            break
        params["pagination_token"] = token
    return found


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
    return loose.id_of(entry, *keys) or ""
