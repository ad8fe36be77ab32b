"""Insert and freshen the people and pages that write."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import case, func
from sqlalchemy.orm import Session

from tanggap.inbox.clean import MAX_NAME, storable
from tanggap.sdk.types import IncomingPost
from tanggap.store.base import utcnow
from tanggap.store.posts import Author
from tanggap.store.sql import upsert


def upsert_authors(session: Session, channel: str, posts: Iterable[IncomingPost]) -> dict[str, int]:
    """Insert or update everyone these posts name and map the platform's ids to rows.

    Rows are written in the order of their ids, so that parallel workers cannot deadlock; what a
    post does not tell is left as it was.
    """
    people: dict[str, dict[str, object]] = {}
    for post in posts:
        people[post.author_id] = _told(channel, post)
        if post.recipient_id and post.recipient_id not in people:
            people[post.recipient_id] = _blank(channel, post.recipient_id)
    statement = upsert(session, Author)
    new = statement.excluded
    told = (new.name != "") | (new.handle != "") | new.avatar_url.is_not(None)
    statement = statement.on_conflict_do_update(
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
    rows = session.execute(statement, [people[key] for key in sorted(people)])
    return dict(rows.all())


def _told(channel: str, post: IncomingPost) -> dict[str, object]:
    return _blank(channel, post.author_id) | {
        "name": storable(post.author_name, MAX_NAME),
        "handle": storable(post.author_handle.removeprefix("@"), MAX_NAME),
        "followers": post.author_followers,
        "verified": post.author_verified,
        "avatar_url": storable(post.author_avatar_url) if post.author_avatar_url else None,
    }


def _blank(channel: str, external_id: str) -> dict[str, object]:
    return {
        "channel": channel,
        "external_id": external_id,
        "name": "",
        "handle": "",
        "followers": None,
        "verified": False,
        "avatar_url": None,
        "first_seen_at": utcnow(),
        "told_at": utcnow(),
    }
