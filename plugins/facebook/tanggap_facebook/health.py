"""Say how a connected Page is doing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tanggap.sdk import (
    Account,
    AuthExpired,
    ChannelError,
    Health,
    Http,
    InvalidPayload,
    Payload,
    RateLimited,
)
from tanggap_facebook.client import Graph
from tanggap_facebook.errors import error_of
from tanggap_facebook.oauth import SCOPES, TASKS, inspect, scopes_of
from tanggap_facebook.reading import instant

_WARN_BEFORE = timedelta(days=7)
_TASKS = {
    "MODERATE": ("answer comments", "menjawab komentar"),
    "MESSAGING": ("answer messages", "menjawab pesan"),
}


def check(account: Account, http: Http) -> Health:
    """Ask Facebook about the Page's token and for the Page itself.

    Raises `AuthExpired` when the Page must be reconnected.
    """
    try:
        facts = inspect(account.app, account.token.access_token, http)
        if facts.has("is_valid") and facts.at("is_valid").value is False:
            raise _refusal(facts)
        Graph.as_page(account, http).get(account.external_id, {"fields": "id,name"})
    except AuthExpired:
        raise
    except RateLimited as error:
        return Health("degraded", error.message)
    except ChannelError as error:
        return Health("down", error.message)
    return _judge(account, facts)


def _judge(account: Account, facts: Payload) -> Health:
    try:
        granted = scopes_of(facts, account.external_id)
        ends = _access_ends(facts)
    except InvalidPayload:
        return Health("ok")
    missing = [scope for scope in SCOPES if scope not in granted]
    if missing:
        wanted = ", ".join(missing)
        return Health(
            "degraded",
            {
                "en": f"Reconnect the Page and allow what is missing: {wanted}.",
                "id": f"Sambungkan ulang Halaman dan beri izin yang kurang: {wanted}.",
            },
        )
    tasks = account.config.get(TASKS, "").split(",")
    lacking = [what for task, what in _TASKS.items() if any(tasks) and task not in tasks]
    if lacking:
        return Health(
            "degraded",
            {
                "en": "The person who connected the Page may not "
                f"{' or '.join(what for what, _ in lacking)} there: give them more access on "
                "Facebook, then reconnect.",
                "id": "Orang yang menyambungkan Halaman tidak boleh "
                f"{' atau '.join(what for _, what in lacking)} di sana: beri akses lebih di "
                "Facebook, lalu sambungkan ulang.",
            },
        )
    if ends is not None and ends - datetime.now(UTC) < _WARN_BEFORE:
        return Health(
            "degraded",
            {
                "en": f"Access to the Page ends on {ends:%Y-%m-%d}; reconnect it.",
                "id": f"Akses ke Halaman berakhir pada {ends:%Y-%m-%d}; sambungkan ulang.",
            },
        )
    return Health("ok")


def _access_ends(facts: Payload) -> datetime | None:
    """Read when Facebook stops giving data: 90 days after the person last logged in; 0 is never."""
    if not facts.integer_or(0, "data_access_expires_at"):
        return None
    return instant(facts, "data_access_expires_at")


def _refusal(facts: Payload) -> ChannelError:
    """Make the reason of a dead token; `debug_token` names it by code and `subcode`."""
    error = facts.at("error")
    codes = {} if not isinstance(error.value, dict) else error.value
    body = {"code": codes.get("code", 190), "error_subcode": codes.get("subcode")}
    return error_of(401, Payload({"error": body}), {})
