"""Insert and freshen the people and pages that write."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from tanggap.inbox.clean import MAX_NAME
from tanggap.sdk.types import IncomingPost
from tanggap.store.base import utcnow
from tanggap.store.posts import Author
from tanggap.store.sql import among, batch, dialect_of, insertion
from tanggap.store.storable import storable

_NOT_TOLD: Final[dict[str, Any]] = {
    "name": "",
    "handle": "",
    "followers": None,
    "verified": False,
    "avatar_url": None,
}

FRESH: Final = timedelta(hours=1)
"""How long it is not noted again that a platform told the same of somebody."""


def upsert_authors(session: Session, channel: str, posts: Iterable[IncomingPost]) -> dict[str, int]:
    """Insert or update everyone these posts name and map the platform's ids to rows.

    Most are known and tell nothing new, so those are read and not written. Rows are written in
    the order of their ids, so that parallel workers cannot deadlock; what a post does not tell is
    left as it was.
    """
    people: dict[str, dict[str, Any]] = {}
    for post in posts:
        people[post.author_id] = _told(channel, post)
        if post.recipient_id and post.recipient_id not in people:
            people[post.recipient_id] = _blank(channel, post.recipient_id)
    known = _known(session, channel, people)
    news = [people[key] for key in sorted(people) if _tells_more(people[key], known.get(key))]
    found = {key: row.id for key, row in known.items()}
    if news:
        statement = _upsertion(dialect_of(session), tuple(news[0]))
        found.update(session.execute(statement, batch(session, news)).all())
    return found


def _known(session: Session, channel: str, names: Collection[str]) -> dict[str, Any]:
    rows = session.execute(
        select(
            Author.external_id,
            Author.id,
            Author.name,
            Author.handle,
            Author.followers,
            Author.verified,
            Author.avatar_url,
            Author.told_at,
        ).where(Author.channel == channel, among(session, Author.external_id, names))
    )
    return {row.external_id: row for row in rows}


def _tells_more(person: dict[str, Any], known: Any) -> bool:
    if known is None:
        return True
    told = [name for name in _NOT_TOLD if person[name] != _NOT_TOLD[name]]
    if any(person[name] != getattr(known, name) for name in told):
        return True
    return bool(told) and known.told_at < person["told_at"] - FRESH


@cache
def _upsertion(dialect: str, names: tuple[str, ...]) -> Any:
    statement = insertion(dialect, Author, names)
    new = statement.excluded
    told = (new.name != "") | (new.handle != "") | new.avatar_url.is_not(None)
    return statement.on_conflict_do_update(
        index_elements=["channel", "external_id"],
        set_={
            "name": func.coalesce(func.nullif(new.name, ""), Author.name),
            "handle": func.coalesce(func.nullif(new.handle, ""), Author.handle),
            "followers": func.coalesce(new.followers, Author.followers),
            "verified": new.verified | Author.verified,
            "avatar_url": func.coalesce(new.avatar_url, Author.avatar_url),
            "told_at": case((told, new.told_at), else_=Author.told_at),
            "purged_at": case((told, None), else_=Author.purged_at),
        },
    ).returning(Author.external_id, Author.id)


def _told(channel: str, post: IncomingPost) -> dict[str, Any]:
    return _blank(channel, post.author_id) | {
        "name": storable(post.author_name, MAX_NAME),
        "handle": storable(post.author_handle.removeprefix("@"), MAX_NAME),
        "followers": post.author_followers,
        "verified": post.author_verified,
        "avatar_url": storable(post.author_avatar_url) if post.author_avatar_url else None,
    }


def _blank(channel: str, external_id: str) -> dict[str, Any]:
    return {
        "channel": channel,
        "external_id": external_id,
        **_NOT_TOLD,
        "first_seen_at": utcnow(),
        "told_at": utcnow(),
    }
