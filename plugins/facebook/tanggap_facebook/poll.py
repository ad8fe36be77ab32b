"""Ask for what webhooks did not bring: posts, their comments, messages and reviews.

A round walks the feed, the conversations and the reviews, newest first, one request at a time;
posts and conversations that changed are queued and their comments and messages walked in turn.
The cursor holds the whole round, so that it goes on where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

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
from tanggap_facebook.client import Graph, entries_of, next_page, path_of
from tanggap_facebook.reading import identifier, instant, loose_count

FIRST_LOOK = timedelta(days=7)
FEED_DEPTH = timedelta(days=60)
OVERLAP = timedelta(minutes=10)
_STAGES = ("feed", "conversations", "ratings")
_LIMIT = "100"


@dataclass(frozen=True, slots=True)
class Edge:
    """The comments of a post or the messages of a conversation, still to be walked."""

    owner: str
    name: str


@dataclass(frozen=True, slots=True)
class Round:
    """How far a round is. `since` is where the one before ended, `newest` what this one saw.

    The next round starts at `newest`, never later than `started`: what was written while this
    one ran may have been missed. `more` asks for the next page of the first in `queue`,
    `stage_more` for the next page of the stage itself.
    """

    since: datetime
    started: datetime
    newest: datetime | None = None
    stage: str = _STAGES[0]
    stage_more: Mapping[str, str] | None = None
    queue: tuple[Edge, ...] = ()
    more: Mapping[str, str] | None = None

    @property
    def floor(self) -> datetime:
        """The time from which on things count as new."""
        return self.since - OVERLAP

    def saw(self, when: datetime) -> Round:
        """Note a time the platform gave."""
        return replace(self, newest=max(when, self.newest or when))

    def onward(self) -> Round | None:
        """Go to the next stage once this one has nothing left; None after the last."""
        if self.queue or self.stage_more:
            return self
        place = _STAGES.index(self.stage) + 1
        return None if place == len(_STAGES) else replace(self, stage=_STAGES[place])


Step = tuple[Sequence[Event], Round]


def fetch(account: Account, cursor: str | None, http: Http) -> Page:
    """Make one request of the round and say what it brought."""
    now = _load(cursor, datetime.now(UTC))
    graph = Graph.as_page(account, http)
    if now.queue:
        events, after = _edge(graph, account, now)
    else:
        events, after = _STEPS[now.stage](graph, account, now)
    onward = after.onward()
    if onward is not None:
        return Page(events, _dump(onward), more=True)
    since = min(max(after.newest or after.since, after.since), after.started)
    return Page(events, json.dumps({"since": since.isoformat()}))


def _feed(graph: Graph, account: Account, now: Round) -> Step:
    bottom = min(now.floor, now.started - FEED_DEPTH)
    since = {"since": str(int(bottom.timestamp()))}
    params = {"fields": objects.POST_FIELDS, "limit": _LIMIT, **since}
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
    if updated < now.floor:
        return now
    if created >= now.floor or entry.at("from").id_or_none("id") == page:
        events += reversed(tuple(objects.post(page, entry)))
    if loose_count(entry, "comments", "summary", "total_count") == 0:
        return now
    return replace(now, queue=(*now.queue, Edge(identifier(entry, "id"), "comments")))


def _conversations(graph: Graph, account: Account, now: Round) -> Step:
    scopes = account.token.scopes
    if scopes and "pages_messaging" not in scopes:
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
    events, older = _new_ones(body, now.floor, lambda entry: objects.review(page, entry))
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

    events, older = _new_ones(body, now.floor, read)
    more = None if older else next_page(body)
    return events, replace(now, more=more) if more else done


def _new_ones(
    body: Payload, floor: datetime, read: Callable[[Payload], Iterable[Event]]
) -> tuple[Sequence[Event], bool]:
    """Read the entries written since `floor`, oldest first, and tell whether older ones came."""
    events: list[Event] = []
    older = False
    for entry in entries_of(body):
        try:
            if instant(entry, "created_time") < floor:
                older = True
                continue
            events += reversed(tuple(read(entry)))
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


def _dump(state: Round) -> str:
    value = {
        "since": state.since.isoformat(),
        "started": state.started.isoformat(),
        "newest": None if state.newest is None else state.newest.isoformat(),
        "stage": state.stage,
        "stage_more": state.stage_more,
        "queue": [[edge.owner, edge.name] for edge in state.queue],
        "more": state.more,
    }
    return json.dumps(value, separators=(",", ":"))


def _load(cursor: str | None, now: datetime) -> Round:
    """Go on with a round, or begin one; a cursor that cannot be read begins a first look."""
    if cursor is not None:
        try:
            return _resumed(json.loads(cursor), now)
        except (ValueError, TypeError, KeyError, AttributeError):
            pass
    return Round(since=now - FIRST_LOOK, started=now)


def _resumed(value: dict[str, Any], now: datetime) -> Round:
    since = datetime.fromisoformat(value["since"])
    if "stage" not in value:
        return Round(since=since, started=now)
    if value["stage"] not in _STAGES:
        raise ValueError(value["stage"])
    newest = value["newest"]
    return Round(
        since=since,
        started=datetime.fromisoformat(value["started"]),
        newest=None if newest is None else datetime.fromisoformat(newest),
        stage=value["stage"],
        stage_more=value["stage_more"],
        queue=tuple(Edge(owner, name) for owner, name in value["queue"]),
        more=value["more"],
    )
