"""Say how a connected page is doing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
                {
                    "en": f"The member who connected {account.name} no longer administers it: "
                    "connect it again as an administrator",
                    "id": f"Anggota yang menyambungkan {account.name} bukan lagi administratornya: "
                    "sambungkan kembali sebagai administrator",
                },
            )
        troubles = list(_troubles(account, client))
    except RateLimited as error:
        return Health("degraded", error.message)
    except (InvalidPayload, Rejected, Unavailable) as error:
        return Health("down", error.message)
    if troubles:
        said = {name: "; ".join(one[name] for one in troubles) for name in ("en", "id")}
        return Health("degraded", said)
    if not account.app.config.get("application_id"):
        return Health(
            "ok",
            {
                "en": "Polled: webhooks need the application ID",
                "id": "Ditanyakan berkala: webhook perlu ID aplikasi",
            },
        )
    return Health("ok")


def _troubles(account: Account, client: Client) -> Iterator[Mapping[str, str]]:
    granted = account.token.scopes
    missing = [scope for scope in wanted_scopes(account.app) if scope not in granted]
    if granted and missing:
        names = ", ".join(missing)
        yield {
            "en": f"Connect the page again and allow what is missing: {names}",
            "id": f"Sambungkan kembali halamannya dan beri izin yang kurang: {names}",
        }
    ends = account.token.expires_at
    if ends and not account.token.refresh_token and ends - datetime.now(UTC) < _WARN_BEFORE:
        yield {
            "en": f"Access to the page ends on {ends:%Y-%m-%d}: connect it again",
            "id": f"Akses ke halaman berakhir pada {ends:%Y-%m-%d}: sambungkan kembali",
        }
    if account.app.config.get("application_id") and not _is_subscribed(account, client):
        yield {
            "en": "LinkedIn sends no webhooks for this page: connect it again; it is polled till "
            "then",
            "id": "LinkedIn tidak mengirim webhook untuk halaman ini: sambungkan kembali; sampai "
            "itu komentar ditanyakan berkala",
        }


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
