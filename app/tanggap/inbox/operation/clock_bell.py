"""Call people when a clock of theirs is about to break, or broke, without any rule that says so.

Whoever has the case is called; nobody's case calls its team's people on shift, else all of the
team; a case of no team calls the supervisors in the same way. Of one case only the newest line
stays unread.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from tanggap.inbox.people.assigning_state import read_people
from tanggap.inbox.people.staffing import Person
from tanggap.store.conversations import Conversation
from tanggap.store.notifications import Notification
from tanggap.store.sql import among, insert_rows
from tanggap.store.users import SUPERVISOR, User

WARNS: Final = "clock_warning"
BROKE: Final = "clock_broken"


def call(session: Session, told: Mapping[str, Sequence[Any]], now: datetime) -> int:
    """Put clocks on the bell, by kind of line, once for each time that one is due.

    The text of a line is the kind of the clock.
    """
    cases = _cases(session, {row.conversation_id for rows in told.values() for row in rows})
    if not cases:
        return 0
    people = {person.id: person for person in read_people(session, now) if person.active}
    lead = set(session.scalars(select(User.id).where(User.role == SUPERVISOR, User.active)))
    lines = [
        {
            "user_id": user_id,
            "kind": kind,
            "conversation_id": row.conversation_id,
            "text": row.kind,
            "key": f"{kind}:{row.id}:{row.due_at or row.created_at:%Y%m%dT%H%M%S}",
            "created_at": now,
        }
        for kind, rows in told.items()
        for row in rows
        if row.conversation_id in cases
        for user_id in _whom(cases[row.conversation_id], people, lead)
    ]
    insert_rows(session, Notification, lines, key=("user_id", "key"))
    _keep_newest(session, cases, now)
    return len(lines)


def _keep_newest(session: Session, cases: Collection[int], now: datetime) -> None:
    """Mark earlier lines about clocks of the cases as read: a case rings once, not once a clock."""
    newer = aliased(Notification)
    newest = (
        select(func.max(newer.id))
        .where(
            newer.user_id == Notification.user_id,
            newer.conversation_id == Notification.conversation_id,
            newer.kind.in_((WARNS, BROKE)),
        )
        .scalar_subquery()
    )
    session.execute(
        update(Notification)
        .where(
            among(session, Notification.conversation_id, cases),
            Notification.kind.in_((WARNS, BROKE)),
            Notification.read_at.is_(None),
            Notification.id < newest,
        )
        .values(read_at=now)
        .execution_options(synchronize_session=False)
    )


def _cases(session: Session, ids: Collection[int]) -> dict[int, Any]:
    rows = session.execute(
        select(Conversation.id, Conversation.assignee_id, Conversation.team_id).where(
            among(session, Conversation.id, ids)
        )
    )
    return {row.id: row for row in rows}


def _whom(case: Any, people: Mapping[int, Person], lead: Collection[int]) -> list[int]:
    if case.assignee_id in people:
        return [case.assignee_id]
    mine = [
        person
        for person in people.values()
        if (person.id in lead if case.team_id is None else case.team_id in person.team_ids)
    ]
    there = [person for person in mine if person.on_shift]
    return sorted(person.id for person in there or mine)
