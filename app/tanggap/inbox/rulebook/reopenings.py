"""Which posts woke a case that was resolved, as rules ask for it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import exists, select, tuple_
from sqlalchemy.orm import Session, aliased

from tanggap.rules.clocks import events
from tanggap.store.clocks import CaseEventRow
from tanggap.store.posts import TRIAGE_NONE, Post
from tanggap.store.sql import among

_MOVES_ON: Final = (events.OPENED, events.WAITING, events.NOT_OURS)


def reopening_posts(session: Session, post_ids: Collection[int]) -> set[int]:
    """Name those of the posts that came first after their case was resolved, in one query.

    What a person opened again was not woken by the customer. A mere score wakes nothing.
    """
    if not post_ids:
        return set()
    resolved, moved, earlier = aliased(CaseEventRow), aliased(CaseEventRow), aliased(Post)
    moved_on = exists().where(
        moved.conversation_id == resolved.conversation_id,
        moved.what.in_(_MOVES_ON),
        moved.at > resolved.at,
        moved.at <= Post.posted_at,
    )
    woken_before = exists().where(
        earlier.conversation_id == resolved.conversation_id,
        earlier.from_us.is_(False),
        earlier.triage != TRIAGE_NONE,
        earlier.posted_at > resolved.at,
        tuple_(earlier.posted_at, earlier.id) < tuple_(Post.posted_at, Post.id),
    )
    query = (
        select(Post.id)
        .join(resolved, resolved.conversation_id == Post.conversation_id)
        .where(
            among(session, Post.id, post_ids),
            Post.from_us.is_(False),
            resolved.what == events.RESOLVED,
            resolved.at <= Post.posted_at,
            ~moved_on,
            ~woken_before,
        )
    )
    return set(session.scalars(query))
