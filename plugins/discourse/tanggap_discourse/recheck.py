"""Look posts up whose deletion no webhook told of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from tanggap.sdk import Account, Event, Gone, Http, Page, PostDeleted, PostKind, Rejected
from tanggap_discourse.client import Client
from tanggap_discourse.names import PostName

# each is a call of its own, and forums let a key make 60 a minute
MOST_POSTS = 10


def look_up(account: Account, posts: Mapping[str, PostKind], http: Http) -> Page:
    """Ask for each post; staff still sees deleted ones, marked so."""
    client, now = Client.of(account, http), datetime.now(UTC)
    gone: list[Event] = [
        PostDeleted(account_id=account.external_id, external_id=name, deleted_at=now)
        for name in posts
        if not _stands(client, name)
    ]
    return Page(gone, None)


def _stands(client: Client, name: str) -> bool:
    try:
        return not client.get(f"posts/by_number/{PostName.read(name)}.json").has("deleted_at")
    except Gone:
        return False
    except Rejected:
        return True
