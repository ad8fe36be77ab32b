"""Who looks at which conversation, who types there, and how far each person has read."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.signs import SeenMark, Sign
from tanggap.store.sql import upsert
from tanggap.store.users import User

BEAT: Final = timedelta(seconds=10)
FRESH: Final = timedelta(seconds=24)
"""A closed tab is gone after this long at most; it misses two beats before."""


@dataclass(frozen=True, slots=True)
class Presence:
    """One person in one conversation."""

    conversation_id: int
    user_id: int
    name: str
    initials: str
    typing: bool


@dataclass(frozen=True, slots=True)
class Board:
    """Everybody who is in a conversation now; boards of one `mark` show the same."""

    people: Sequence[Presence]

    def without(self, user_id: int) -> Board:
        """Leave a person out: nobody needs a sign of themselves."""
        return Board([one for one in self.people if one.user_id != user_id])

    @property
    def mark(self) -> str:
        """Name what the board shows."""
        return f"{zlib.crc32(repr(self.people).encode()):08x}"


def show(session: Session, user_id: int, tab: str, conversation_id: int, *, typing: bool) -> None:
    """Note that a tab shows a conversation, and whether something is being written there."""
    there = select(Conversation.id).where(Conversation.id == conversation_id)
    if session.scalar(there) is None:
        leave(session, user_id, tab)
        return
    statement = upsert(session, Sign).values(
        user_id=user_id,
        tab=tab,
        conversation_id=conversation_id,
        typing=typing,
        seen_at=utcnow(),
    )
    new = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["user_id", "tab"],
            set_={
                "conversation_id": new.conversation_id,
                "typing": new.typing,
                "seen_at": new.seen_at,
            },
        )
    )


def leave(session: Session, user_id: int, tab: str) -> None:
    """Note that a tab shows no conversation any more."""
    session.execute(delete(Sign).where(Sign.user_id == user_id, Sign.tab == tab))


def read_board(session: Session) -> Board:
    """Read who is where, in one query; a person with several tabs stands there once."""
    rows = session.execute(
        select(Sign.conversation_id, Sign.user_id, User.name, User.initials, Sign.typing)
        .join(User, User.id == Sign.user_id)
        .where(Sign.seen_at > utcnow() - FRESH)
        .order_by(Sign.conversation_id, Sign.user_id, Sign.typing)
    )
    # Of several tabs the one in which the person types comes last and stays.
    people = {(row.conversation_id, row.user_id): Presence(*row) for row in rows}
    return Board(list(people.values()))


def in_sight(session: Session, board: Board) -> Board:
    """Keep who is in a conversation that this session sees."""
    ids = {one.conversation_id for one in board.people}
    seen = set(session.scalars(select(Conversation.id).where(Conversation.id.in_(ids))))
    return Board([one for one in board.people if one.conversation_id in seen])


def occupied(session: Session, user_id: int) -> set[int]:
    """Name the conversations that colleagues look at now."""
    rows = session.scalars(
        select(Sign.conversation_id).where(Sign.user_id != user_id, Sign.seen_at > utcnow() - FRESH)
    )
    return set(rows)


def mark_seen(session: Session, user_id: int, conversation_id: int, post_id: int) -> None:
    """Note how far a person has read; what was read stays read."""
    there = select(Conversation.id).where(Conversation.id == conversation_id)
    if session.scalar(there) is None:
        return
    statement = upsert(session, SeenMark).values(
        user_id=user_id, conversation_id=conversation_id, post_id=post_id, at=utcnow()
    )
    new = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["user_id", "conversation_id"],
            set_={"post_id": new.post_id, "at": new.at},
            where=SeenMark.post_id < new.post_id,
        )
    )


def mark_unseen(session: Session, user_id: int, conversation_ids: Collection[int]) -> None:
    """Forget that a person has read conversations, so that they stand out again."""
    session.execute(
        delete(SeenMark).where(
            SeenMark.user_id == user_id, SeenMark.conversation_id.in_(conversation_ids)
        )
    )


def unread_among(session: Session, user_id: int, conversations: Sequence[Conversation]) -> set[int]:
    """Name those of these conversations that hold a post the person has not seen."""
    if not conversations:
        return set()
    ids = [conversation.id for conversation in conversations]
    marks = select(SeenMark.conversation_id, SeenMark.post_id).where(
        SeenMark.user_id == user_id, SeenMark.conversation_id.in_(ids)
    )
    seen = dict(session.execute(marks).all())
    return {one.id for one in conversations if (one.last_inbound_id or 0) > seen.get(one.id, 0)}


def is_unread(user_id: int) -> ColumnElement[bool]:
    """Build the condition of a conversation that holds a post the person has not seen."""
    return ~exists().where(
        SeenMark.user_id == user_id,
        SeenMark.conversation_id == Conversation.id,
        SeenMark.post_id >= Conversation.last_inbound_id,
    ) & Conversation.last_inbound_id.is_not(None)


def forget_old(session: Session) -> None:
    """Drop the signs of tabs that are long closed."""
    session.execute(delete(Sign).where(Sign.seen_at < utcnow() - 3 * FRESH))
