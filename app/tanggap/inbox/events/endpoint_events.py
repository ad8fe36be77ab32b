"""Note events for the endpoints that ask for them, in the transaction in which they happen."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.rules import Trigger
from tanggap.store.base import utcnow
from tanggap.store.endpoints import PENDING, Endpoint, EndpointMessage
from tanggap.store.sql import insert_rows

_noted: ContextVar[bool] = ContextVar("noted", default=False)

TEST: Final = "webhook.test"
POST_TRIAGED: Final = "post.triaged"
ALERT_RAISED: Final = "alert.raised"
CASE_HANDOVER: Final = "case.handover"
CASE_JOINED: Final = "case.joined"
CASE_RATED: Final = "case.rated"
FORM_ANSWERED: Final = "form.answered"

BY_TRIGGER: Final[Mapping[Trigger, str]] = {
    Trigger.CASE_OPENED: "case.opened",
    Trigger.CASE_ASSIGNED: "case.assigned",
    Trigger.CASE_RESOLVED: "case.resolved",
    Trigger.CASE_REOPENED: "case.reopened",
    Trigger.AUTHOR_REPLIED: "case.customer_wrote",
    Trigger.POST_EDITED: "post.edited",
    Trigger.POST_DELETED: "post.deleted",
    Trigger.REPLY_SENT: "reply.sent",
    Trigger.REPLY_FAILED: "reply.failed",
    Trigger.CLOCK_WARNING: "clock.warning",
    Trigger.CLOCK_BROKEN: "clock.broken",
}
"""What endpoints are told of the events that rules act upon."""

TYPES: Final = (
    *("case.opened", "case.assigned", "case.resolved", "case.reopened", "case.customer_wrote"),
    *(CASE_HANDOVER, CASE_JOINED, CASE_RATED, FORM_ANSWERED),
    *(POST_TRIAGED, "post.edited", "post.deleted", "reply.sent", "reply.failed"),
    *("clock.warning", "clock.broken", ALERT_RAISED),
)
"""Every event that an endpoint may ask for."""


def note_rule_events(session: Session, events: Iterable[Mapping[str, Any]]) -> None:
    """Note those of the events for rules that endpoints may ask for.

    Events that are for one rule alone, such as that nobody answered for so long, are none.
    """
    found = [
        one | {"type": BY_TRIGGER[Trigger(one["trigger"])], "object_id": one["occasion"]}
        for one in map(dict, events)
        if Trigger(one["trigger"]) in BY_TRIGGER and not one["rule_key"]
    ]
    note_events(session, found)


def note_event(
    session: Session, type_: str, conversation_id: int, object_id: object, occasion: object
) -> None:
    """Note one event of a case, and what it is about."""
    event = {"type": type_, "conversation_id": conversation_id}
    note_events(session, [event | {"object_id": object_id, "occasion": occasion}])


def note_events(session: Session, events: Iterable[Mapping[str, Any]]) -> None:
    """Write a message for each event and endpoint that asks for it.

    An event names its `type` and `occasion`, and if it has one its `conversation_id`, `post_id`,
    and the `object_id` of what else it is about. The same occasion of a type in a case is told
    once.
    """
    events = list(events)
    if not events:
        return
    wanted = session.execute(select(Endpoint.id, Endpoint.events)).all()
    now = utcnow()
    rows = [
        {
            "uid": f"msg_{uuid.uuid4().hex}",
            "endpoint_id": endpoint.id,
            "type": one["type"],
            "conversation_id": one.get("conversation_id"),
            "post_id": one.get("post_id"),
            "object_id": str(one.get("object_id", ""))[:64],
            "occasion": f"{one.get('conversation_id') or ''}:{one['occasion']}"[:160],
            "occurred_at": one.get("created_at", now),
            "state": PENDING,
            "attempts": 0,
            "next_try_at": now,
        }
        for one in events
        for endpoint in wanted
        if one["type"] in endpoint.events or one.get("endpoint_id") == endpoint.id
    ]
    insert_rows(session, EndpointMessage, rows, key=("endpoint_id", "type", "occasion"))
    if rows:
        _noted.set(True)


def take_noted() -> bool:
    """Tell whether this thread has written messages since it was asked last.

    Whoever has committed asks it, to have them brought at once; a sweep finds the others.
    """
    noted = _noted.get()
    _noted.set(False)
    return noted
