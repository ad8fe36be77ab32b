"""Ask for what webhooks did not bring: posts, their comments, messages and reviews.

A round walks the feed, the conversations and the reviews, newest first, one request at a time;
posts and conversations that changed are queued and their comments and messages walked in turn.
The cursor holds the whole round, so that it goes on where it stopped. Facebook does not tell which
comments were edited, hidden or shown again, so those of the last day are read in every round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from tanggap.sdk import (
    Account,
    AuthExpired,
    Event,
    Gone,
    Http,
    IncomingPost,
    InvalidPayload,
    Page,
    Payload,
    Rejected,
    Unreadable,
)
from tanggap_facebook import objects
from tanggap_facebook.client import Graph, entries_of, may, next_page, path_of
from tanggap_facebook.cursor import FEED_DEPTH, Edge, Round, dump, dump_end, load
from tanggap_facebook.limits import NEARLY_USED_UP
from tanggap_facebook.reading import identifier, instant, loose_count

_LIMIT = "100"
Step = tuple[Sequence[Event], Round]


def fetch(
    account: Account,
    cursor: str | None,
    http: Http,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Page:
    """Make one request of the round and say what it brought.

    When the allowed calls are nearly used up, the round goes on at the next poll.
    """
    now = load(cursor, clock())
    graph = Graph.as_page(account, http)
    if now.queue:
        events, after = _edge(graph, account, now)
    else:
        events, after = _STEPS[now.stage](graph, account, now)
    onward = after.onward()
    if onward is not None:
        return Page(events, dump(onward), more=graph.meter.used < NEARLY_USED_UP)
    return Page(events, dump_end(after))


def _feed(graph: Graph, account: Account, now: Round) -> Step:
    bottom = min(now.floor, now.started - FEED_DEPTH)
    since = {"since": str(int(bottom.timestamp()))}
    # Pages that look at visitors' posts before the public does have them hidden at first.
    params = {"fields": objects.POST_FIELDS, "limit": _LIMIT, "include_hidden": "true", **since}
    body = graph.get(f"{account.external_id}/feed", {**params, **(now.stage_more or {})})
    events: list[Event] = []
    after = replace(now, stage_more=next_page(body))
    for entry in entries_of(body):
        try:
            after = _feed_entry(account.external_id, entry, after, events)
        except InvalidPayload as error:
            events.append(Unreadable(path=error.path, reason=error.expected))
    return events[::-1], after


def _feed_entry(page: str, entry: Payload, now: Round, events: list[Event]) -> Round:
    """Take one post: a new comment counts as its update, and its own words if they are new.

    Our own posts come along whenever something below them is new, to be shown above it.
    """
    created = instant(entry, "created_time")
    updated = instant(entry, "updated_time") if entry.has("updated_time") else created
    now = now.saw(updated)
    if updated < now.bottom:
        return now
    found = tuple(objects.post(page, entry))
    if updated >= now.floor and (created >= now.floor or entry.at("from").id_or_none("id") == page):
        events += reversed((*found, *objects.seen_again(found, now.started)))
    elif created >= now.known:
        events += reversed(tuple(objects.seen_again(found, now.started)))
    if loose_count(entry, "comments", "summary", "total_count") == 0:
        return now
    return replace(now, queue=(*now.queue, Edge(identifier(entry, "id"), "comments")))


def _conversations(graph: Graph, account: Account, now: Round) -> Step:
    if not may(account, "pages_messaging"):
        return (), now
    params = {"platform": "messenger", "fields": "id,updated_time", "limit": _LIMIT}
    path = f"{account.external_id}/conversations"
    body = graph.get(path, {**params, **(now.stage_more or {})})
    events: list[Event] = []
    after, older = replace(now, stage_more=next_page(body)), False
    for entry in entries_of(body):
        try:
            updated = instant(entry, "updated_time")
            owner = identifier(entry, "id")
        except InvalidPayload as error:
            events.append(Unreadable(path=error.path, reason=error.expected))
            continue
        after = after.saw(updated)
        if updated < now.floor:
            older = True
        else:
            after = replace(after, queue=(*after.queue, Edge(owner, "messages")))
    return events, replace(after, stage_more=None) if older else after


def _ratings(graph: Graph, account: Account, now: Round) -> Step:
    """Read reviews; a Page may have them switched off or out of reach, which stops nothing."""
    page, params = account.external_id, {"fields": objects.REVIEW_FIELDS, "limit": _LIMIT}
    try:
        body = graph.get(f"{page}/ratings", {**params, **(now.stage_more or {})})
    except Rejected:
        return (), replace(now, stage_more=None)
    except AuthExpired as error:
        if error.cause != "missing_scope":
            raise
        return (), replace(now, stage_more=None)
    events, older = _read(body, now, lambda entry: objects.review(page, entry))
    for event in events:
        if isinstance(event, IncomingPost):
            now = now.saw(event.posted_at)
    return events, replace(now, stage_more=None if older else next_page(body))


def _edge(graph: Graph, account: Account, now: Round) -> Step:
    """Read one page of the comments or messages that are next in the queue."""
    edge, page = now.queue[0], account.external_id
    done = replace(now, queue=now.queue[1:], more=None)
    params = {"limit": _LIMIT, **_EDGES[edge.name], **(now.more or {})}
    try:
        body = graph.get(path_of(edge.owner, edge.name), params)
    except Gone:
        return (), done

    def read(entry: Payload) -> Iterable[Event]:
        if edge.name == "messages":
            return objects.message(page, entry)
        return objects.comment(page, edge.owner, entry)

    events, older = _read(body, now, read)
    more = None if older else next_page(body)
    return events, replace(now, more=more) if more else done


def _read(
    body: Payload, now: Round, read: Callable[[Payload], Iterable[Event]]
) -> tuple[Sequence[Event], bool]:
    """Read a page's entries, oldest first, and tell whether any lies below what is wanted.

    Older ones that came along on the page are taken for the changes they may show.
    """
    events: list[Event] = []
    older = False
    for entry in entries_of(body):
        try:
            created = instant(entry, "created_time")
            older = older or created < now.bottom
            if created < min(now.floor, now.known):
                continue
            found = tuple(read(entry))
            again = tuple(objects.seen_again(found, now.started))
            events += reversed((*found, *again) if created >= now.floor else again)
        except InvalidPayload as error:
            events.append(Unreadable(path=error.path, reason=error.expected))
    return events[::-1], older


_STEPS: Mapping[str, Callable[[Graph, Account, Round], Step]] = {
    "feed": _feed,
    "conversations": _conversations,
    "ratings": _ratings,
}
_EDGES: Mapping[str, Mapping[str, str]] = {
    "comments": {
        "fields": objects.COMMENT_FIELDS,
        "filter": "stream",
        "order": "reverse_chronological",
    },
    "messages": {"fields": objects.MESSAGE_FIELDS},
}
