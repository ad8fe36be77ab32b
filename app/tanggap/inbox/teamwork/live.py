"""The change feed that open browsers follow, so that nothing is missed after a lost connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from tanggap.store.audit import Change
from tanggap.store.base import BigId, utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.limited import is_limited

LAG: Final = timedelta(seconds=10)
"""Longer than any of our transactions: a change this old has no unseen one before it."""

BATCH: Final = 500
_LATEST: Final = select(Change.id).order_by(Change.id.desc()).limit(BATCH).subquery()
_NEWEST: Final = select(func.max(_LATEST.c.id), func.sum(_LATEST.c.id))
_SINCE: Final = (
    select(Change.id, Change.conversation_id, Change.at)
    .where(Change.id > bindparam("cursor", type_=BigId))
    .order_by(Change.id)
    .limit(BATCH + 1)
)


@dataclass(frozen=True, slots=True)
class Feed:
    """What happened since a cursor.

    `changes` are (change id, conversation id) pairs; the newest of them come again with the next
    question, and the reader skips the change ids it knows. With `too_many` the reader is so far
    behind that it should load its lists anew. `elsewhere` is the newest change of a case that is
    out of the reader's sight: one that the reader shows may have left it.
    """

    cursor: int
    changes: Sequence[tuple[int, int]]
    too_many: bool = False
    elsewhere: int = 0


def changes_since(session: Session, cursor: int) -> Feed:
    """Read the feed from a cursor on.

    The next cursor lags behind: PostgreSQL gives numbers before it commits, so that a lower
    number may turn up after a higher one.
    """
    rows = session.execute(_SINCE, {"cursor": cursor}).all()
    if len(rows) > BATCH:
        return Feed(settled_cursor(session), (), too_many=True)
    settled_before = utcnow() - LAG
    for row in rows:
        if row.at > settled_before:
            break
        cursor = row.id
    seen = _in_sight(session, {row.conversation_id for row in rows})
    return Feed(
        cursor,
        [(row.id, row.conversation_id) for row in rows if row.conversation_id in seen],
        elsewhere=max((row.id for row in rows if row.conversation_id not in seen), default=0),
    )


def _in_sight(session: Session, conversation_ids: set[int]) -> set[int]:
    """Keep the cases that a session sees; one that is gone is out of everybody's sight."""
    if not conversation_ids or not is_limited(session):
        return conversation_ids
    query = select(Conversation.id).where(Conversation.id.in_(conversation_ids))
    return set(session.scalars(query))


def state_of_feed(session: Session) -> tuple[int, int]:
    """Name what the feed holds: as long as this is the same, no conversation has changed.

    A lower number that is stored after a higher one changes the sum of the newest.
    """
    newest, total = session.execute(_NEWEST).one()
    return newest or 0, int(total or 0)


def settled_cursor(session: Session) -> int:
    """Give the cursor for a page that is about to be read from the database."""
    newest = session.scalar(
        select(Change.id)
        .where(Change.at <= utcnow() - LAG)
        .order_by(Change.at.desc(), Change.id.desc())
        .limit(1)
    )
    return newest or 0
