"""Look posts up that were deleted: X tells nobody, and wants gone what its users take back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from tanggap.sdk import Account, AppCredentials, Event, Http, Page, Payload, PostDeleted, PostKind
from tanggap_twitter import loose, reads
from tanggap_twitter.client import Client
from tanggap_twitter.fields import YES

MOST_IDS = 100
# deleted, withheld, of a suspended author, or of one who lets only followers read
_GONE = frozenset({"resource-not-found", "resource-unavailable", "not-authorized-for-resource"})


def look_up(account: Account, posts: Mapping[str, PostKind], http: Http) -> Page:
    """Ask for posts by their ids and tell which X does not show any more."""
    ids = [one for one in posts if one.isascii() and one.isdigit()]
    if not ids:
        return Page((), None)
    answer = Client.of(account, http).get("/2/tweets", {"ids": ",".join(ids)})
    there = loose.items(answer, "data")
    shown = {loose.id_of(post, "id") for post in there}
    gone = dict.fromkeys(one for one in _gone(answer) if one in posts and one not in shown)
    now = datetime.now(UTC)
    events: list[Event] = [
        PostDeleted(account_id=account.external_id, external_id=one, deleted_at=now) for one in gone
    ]
    return Page(events, None, read_ids=reads.read_ids(there, reads.POST))


def wanted(app: AppCredentials) -> bool:
    """Tell whether the operator pays for looking."""
    return app.config.get("recheck", YES) == YES


def _gone(answer: Payload) -> Iterator[str]:
    for problem in loose.items(answer, "errors"):
        kind = loose.text(problem, "type").rsplit("/", 1)[-1]
        found = loose.id_of(problem, "resource_id") or loose.id_of(problem, "value")
        if kind in _GONE and found:
            yield found
