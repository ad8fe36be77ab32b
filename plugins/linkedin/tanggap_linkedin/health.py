"""Say how a connected page is doing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tanggap.sdk import (
    Account,
    Gone,
    Health,
    Http,
    InvalidPayload,
    RateLimited,
    Rejected,
    Unavailable,
)
from tanggap_linkedin.client import Client
from tanggap_linkedin.oauth import administered, wanted_scopes
from tanggap_linkedin.webhook import subscription_path

_WARN_BEFORE = timedelta(days=7)


def check(account: Account, http: Http) -> Health:
    """Check the member's role, the permissions, the webhooks, and how long access lasts.

    Raises `AuthExpired` when the page must be connected again.
    """
    client = Client.of(account, http)
    try:
        if account.external_id not in dict(administered(client)):
            return Health(
                "down",
                f"The member who connected {account.name} no longer administers it: "
                "connect it again as an administrator",
            )
        troubles = list(_troubles(account, client))
    except RateLimited as error:
        return Health("degraded", str(error))
    except (InvalidPayload, Rejected, Unavailable) as error:
        return Health("down", str(error))
    if troubles:
        return Health("degraded", "; ".join(troubles))
    if not account.app.config.get("application_id"):
        return Health("ok", "Polled: webhooks need the application ID")
    return Health("ok")


def _troubles(account: Account, client: Client) -> Iterator[str]:
    granted = account.token.scopes
    missing = [scope for scope in wanted_scopes(account.app) if scope not in granted]
    if granted and missing:
        yield f"Connect the page again and allow what is missing: {', '.join(missing)}"
    ends = account.token.expires_at
    if ends and not account.token.refresh_token and ends - datetime.now(UTC) < _WARN_BEFORE:
        yield f"Access to the page ends on {ends:%Y-%m-%d}: connect it again"
    if account.app.config.get("application_id") and not _is_subscribed(account, client):
        yield "LinkedIn sends no webhooks for this page: connect it again; it is polled till then"


def _is_subscribed(account: Account, client: Client) -> bool:
    """Tell whether there is a subscription that has not ended."""
    try:
        ends = client.get(subscription_path(account)).at("expiresAt")
    except Gone:
        return False
    try:
        return ends.value is None or ends.epoch(unit=1000) > datetime.now(UTC)
    except InvalidPayload:
        return True
