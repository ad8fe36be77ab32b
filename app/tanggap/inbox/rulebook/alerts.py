"""The list of alerts: what rules want somebody to look at, until a person closes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, func, literal, select, update
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError
from tanggap.inbox.events.endpoint_events import ALERT_RAISED, note_events
from tanggap.store import audit
from tanggap.store.alerts import INCIDENT, NOTICE, WARNING, Alert
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Author
from tanggap.store.sql import insert_rows
from tanggap.store.storable import storable
from tanggap.store.users import User

PAGE_SIZE: Final = 40
COUNT_CAP: Final = 100
GRAVITY: Final = (INCIDENT, WARNING, NOTICE)


@dataclass(frozen=True, slots=True)
class Line:
    """An alert with the customer it is about, and who closed it."""

    alert: Alert
    author: Author | None
    closed_by: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of alerts; `after` leads to the next, None on the last."""

    lines: Sequence[Line]
    after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlert:
    """An alert to raise; `key` names it for ever."""

    key: str
    text: str
    level: str = WARNING
    conversation_id: int | None = None
    rule_key: str = ""


def raise_alerts(session: Session, alerts: Sequence[NewAlert]) -> int:
    """Put alerts on the list, each unless one of its key ever was, and count the new ones."""
    now = utcnow()
    rows = [
        {
            "key": one.key,
            "level": one.level,
            "text": storable(one.text),
            "conversation_id": one.conversation_id,
            "rule_key": one.rule_key,
            "created_at": now,
        }
        for one in alerts
    ]
    columns = ("id", "conversation_id")
    raised = insert_rows(session, Alert, rows, key=("key",), returning=columns)
    note_events(session, [_raised(row.id, row.conversation_id) for row in raised])
    cases = [row.conversation_id for row in raised if row.conversation_id is not None]
    changes: list[dict[str, Any]] = [
        {"conversation_id": id_, "kind": "alert", "at": now} for id_ in cases
    ]
    insert_rows(session, Change, changes)
    return len(raised)


def _raised(alert_id: int, conversation_id: int | None) -> dict[str, Any]:
    return {
        "type": ALERT_RAISED,
        "conversation_id": conversation_id,
        "object_id": alert_id,
        "occasion": alert_id,
    }


def list_alerts(session: Session, *, closed: bool = False, after: int | None = None) -> Page:
    """List alerts, newest first, in one query."""
    query = (
        select(Alert, Author, User.name)
        .outerjoin(Conversation, Conversation.id == Alert.conversation_id)
        .outerjoin(Author, Author.id == Conversation.author_id)
        .outerjoin(User, User.id == Alert.closed_by)
        .where(Alert.closed_at.is_not(None) if closed else Alert.closed_at.is_(None))
        .order_by(Alert.id.desc())
        .limit(PAGE_SIZE + 1)
    )
    if after is not None:
        query = query.where(Alert.id < after)
    lines = [Line(*row) for row in session.execute(query)]
    more = len(lines) > PAGE_SIZE
    lines = lines[:PAGE_SIZE]
    return Page(lines, lines[-1].alert.id if more else None)


def open_count(session: Session) -> int:
    """Count open alerts, up to the cap."""
    return session.scalar(open_query()) or 0


def open_query() -> Select[int]:
    """Build the query that counts open alerts."""
    waiting = select(literal(1).label("one")).where(Alert.closed_at.is_(None))
    return select(func.count()).select_from(waiting.limit(COUNT_CAP).subquery())


def close_alert(session: Session, alert_id: int, user_id: int) -> bool:
    """Close an alert; tells whether it was open. Raises `NotFoundError`."""
    closed = session.execute(
        update(Alert)
        .where(Alert.id == alert_id, Alert.closed_at.is_(None))
        .values(closed_at=utcnow(), closed_by=user_id)
        .returning(Alert.id)
    ).first()
    if closed is not None:
        audit.record(session, "alert.closed", "alert", alert_id, user_id=user_id)
        return True
    if session.get(Alert, alert_id) is None:
        raise NotFoundError(f"there is no alert {alert_id}")
    return False
