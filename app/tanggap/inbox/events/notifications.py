"""Tell people inside the inbox: one line each, read when they have opened it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Select, delete, func, literal, select, update
from sqlalchemy.orm import Session, joinedload

from tanggap.inbox.clean import snippet
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.notifications import Notification
from tanggap.store.posts import Author
from tanggap.store.sql import among, insert_rows
from tanggap.store.storable import storable
from tanggap.store.users import TeamMember, User

PAGE_SIZE: Final = 40
COUNT_CAP: Final = 100
KEEP: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Line:
    """A notification with the customer whose conversation it is about, if any."""

    notification: Notification
    author: Author | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to tell people, a team's members or both; see `notify`."""

    user_ids: Collection[int] = ()
    team_id: int | None = None
    conversation_id: int | None = None
    actor_id: int | None = None
    text: str = ""
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a person's notifications; `after` leads to the next, None on the last."""

    lines: Sequence[Line]
    after: int | None


def notify(
    session: Session,
    kind: str,
    *,
    user_ids: Collection[int] = (),
    team_id: int | None = None,
    conversation_id: int | None = None,
    actor_id: int | None = None,
    text: str = "",
    key: str | None = None,
) -> list[int]:
    """Tell people, a team's members or both, and give the ids of those who were told.

    `kind` is one of those that `web.notifications` has words for, `text` is shown under them as
    it stands. Nobody is told of what they did themselves (`actor_id`), people who may not sign in
    are passed over, and whoever was told under the same `key` is not told again.
    """
    notice = Notice(
        user_ids=user_ids,
        team_id=team_id,
        conversation_id=conversation_id,
        actor_id=actor_id,
        text=text,
        key=key,
    )
    rows = _rows(session, kind, [notice])
    told = insert_rows(session, Notification, rows, key=("user_id", "key"), returning=("user_id",))
    return [row.user_id for row in told]


def notify_all(session: Session, kind: str, notices: Sequence[Notice]) -> None:
    """Tell several things as `notify` tells one, in three statements whatever their number."""
    insert_rows(session, Notification, _rows(session, kind, notices), key=("user_id", "key"))


def _rows(session: Session, kind: str, notices: Sequence[Notice]) -> list[dict[str, Any]]:
    members = _members(session, {one.team_id for one in notices if one.team_id is not None})
    wanted = [
        {*one.user_ids, *members.get(one.team_id or 0, ())} - {one.actor_id or 0} for one in notices
    ]
    anybody = set().union(*wanted)
    if not anybody:
        return []
    active = set(
        session.scalars(select(User.id).where(among(session, User.id, anybody), User.active))
    )
    now = utcnow()
    return [
        {
            "user_id": user_id,
            "kind": kind,
            "conversation_id": one.conversation_id,
            "actor_id": one.actor_id,
            "text": snippet(storable(one.text)),
            "key": one.key,
            "created_at": now,
        }
        for one, people in zip(notices, wanted, strict=True)
        for user_id in sorted(people & active)
    ]


def _members(session: Session, team_ids: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    if not team_ids:
        return found
    query = select(TeamMember.team_id, TeamMember.user_id)
    for team_id, user_id in session.execute(query.where(TeamMember.team_id.in_(team_ids))):
        found.setdefault(team_id, []).append(user_id)
    return found


def unread_count(session: Session, user_id: int) -> int:
    """Count what a person has not read, up to the cap."""
    return session.scalar(unread_query(user_id)) or 0


def unread_query(user_id: int) -> Select[int]:
    """Build the query that counts what a person has not read."""
    unread = select(literal(1).label("one")).where(
        Notification.user_id == user_id, Notification.read_at.is_(None)
    )
    return select(func.count()).select_from(unread.limit(COUNT_CAP).subquery())


def list_notifications(session: Session, user_id: int, *, after: int | None = None) -> Page:
    """List a person's notifications, newest first, in one query."""
    query = (
        select(Notification, Author)
        .outerjoin(Conversation, Conversation.id == Notification.conversation_id)
        .outerjoin(Author, Author.id == Conversation.author_id)
        .where(Notification.user_id == user_id)
        .options(joinedload(Notification.actor))
        .order_by(Notification.id.desc())
        .limit(PAGE_SIZE + 1)
    )
    if after is not None:
        query = query.where(Notification.id < after)
    lines = [Line(*row) for row in session.execute(query)]
    if len(lines) <= PAGE_SIZE:
        return Page(lines, None)
    lines = lines[:PAGE_SIZE]
    return Page(lines, lines[-1].notification.id)


def mark_read(
    session: Session,
    user_id: int,
    *,
    notification_id: int | None = None,
    conversation_id: int | None = None,
) -> int:
    """Mark one of a person's notifications read, those of a conversation, or all of them."""
    own = [Notification.user_id == user_id, Notification.read_at.is_(None)]
    if notification_id is not None:
        own.append(Notification.id == notification_id)
    if conversation_id is not None:
        own.append(Notification.conversation_id == conversation_id)
    read = session.execute(
        update(Notification).where(*own).values(read_at=utcnow()).returning(Notification.id)
    )
    return len(read.all())


def forget_old(session: Session) -> None:
    """Drop what was read and has served its time."""
    session.execute(
        delete(Notification).where(
            Notification.read_at.is_not(None), Notification.created_at < utcnow() - KEEP
        )
    )
