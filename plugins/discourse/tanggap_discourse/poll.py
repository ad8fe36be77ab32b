"""Ask a forum for new posts: newest first, page by page, down to the last one known."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from tanggap.sdk import Account, Event, Http, InvalidPayload, Page, Payload, Unavailable
from tanggap_discourse.client import PATHS, STREAMS, Client
from tanggap_discourse.connect import categories_of
from tanggap_discourse.parse import Place, posts_of

EVERY = timedelta(minutes=5)
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far both streams were read.

    `last` holds the highest id read of each, None before the first time. While a stream is walked
    down, `before` is where the next page begins and `top` the highest id seen; only at the end of
    the walk does `top` become `last`, so that a walk that was broken off loses nothing.
    """

    stream: int = 0
    last: tuple[int | None, ...] = (None, None)
    before: int | None = None
    top: int = 0

    @classmethod
    def read(cls, text: str | None) -> Cursor:
        """Read a cursor; one that makes no sense starts afresh."""
        try:
            stream, last, before, top = json.loads(text or "")
            cursor = cls(stream, tuple(last), before, top)
            sound = stream in (0, 1) and len(cursor.last) == 2 and isinstance(top, int)
            sound = sound and all(_is_id(number) for number in (*cursor.last, before))
        except (ValueError, TypeError, RecursionError):
            return cls()
        return cursor if sound else cls()

    def write(self) -> str:
        """Write it as text."""
        return json.dumps([self.stream, self.last, self.before, self.top], separators=(",", ":"))


def fetch(account: Account, cursor: str | None, http: Http) -> Page:
    """Read one page of one stream."""
    at = Cursor.read(cursor)
    stream = STREAMS[at.stream]
    params = {"before": str(at.before)} if at.before is not None else {}
    found = Client.of(account, http).get(PATHS[stream], **params)
    try:
        posts = list(found.items(stream))
    except InvalidPayload as error:
        raise Unavailable(f"Discourse's answer cannot be read: {error}") from error
    place = Place(account.config.get("url", ""), account.external_id, private=at.stream == 1)
    following = _next(at, [number for post in posts if (number := _id_of(post))])
    more = following.stream != 0 or following.before is not None
    return Page(_events(account, place, posts), following.write(), more=more)


def wanted(account: Account, posts: Iterable[Payload]) -> list[Payload]:
    """Leave out posts of categories that nobody asked for."""
    chosen = set(categories_of(account.config.get("categories", "")))
    if not chosen:
        return list(posts)
    return [post for post in posts if post.at("category_id").value in chosen]


def _events(account: Account, place: Place, posts: Sequence[Payload]) -> list[Event]:
    """Read a page oldest first; what is known already changes nothing and may bring an edit."""
    return posts_of(place, reversed(posts if place.private else wanted(account, posts)))


def _next(at: Cursor, ids: Sequence[int]) -> Cursor:
    last = at.last[at.stream]
    top = max([at.top, last or 0, *ids])
    below = _below(at, ids)
    # The first time, one page is enough: nobody asked for the forum's whole past.
    if last is not None and below is not None and below > last + 1:
        return replace(at, before=below, top=top)
    known = list(at.last)
    known[at.stream] = top
    return Cursor((at.stream + 1) % len(STREAMS), tuple(known))


def _below(at: Cursor, ids: Sequence[int]) -> int | None:
    """Say where the next page begins; every page begins lower than the one before.

    Up to 2025 a page was a window of 50 ids, which may be empty while there is more below.
    """
    lowest = min(ids, default=None)
    if at.before is None:
        return lowest
    if lowest is None or lowest >= at.before:
        return max(at.before - PAGE_SIZE, 0)
    return lowest


def _id_of(post: Payload) -> int | None:
    try:
        number = post.integer("id")
    except InvalidPayload:
        return None
    return number if _is_id(number) else None


def _is_id(number: object) -> bool:
    return number is None or (type(number) is int and 0 <= number < 10**18)
