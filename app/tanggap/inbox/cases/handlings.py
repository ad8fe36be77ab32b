"""Keep what the rules wish for cases: a person, a tone, a template to suggest first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tanggap.rules import Routing
from tanggap.store.base import utcnow
from tanggap.store.handlings import Handling
from tanggap.store.sql import among, hold, insert_rows
from tanggap.store.users import User

_NO_WISH: Final[dict[str, Any]] = {
    "assignee_id": None,
    "by_load": False,
    "skills": [],
    "sticky": False,
    "tone": "",
    "template": "",
}


def write_handlings(session: Session, routings: Iterable[tuple[int, Routing]]) -> None:
    """Write the wishes of routings by conversation; of two the later counts.

    What a routing does not speak of stays as it was. A person who does not exist or may not sign
    in any more is passed over.
    """
    wishes = [(id_, routing) for id_, routing in routings if _wishes(routing)]
    if not wishes:
        return
    people = _people(session, {routing.assignee for _, routing in wishes if routing.assignee})
    wanted: dict[int, dict[str, Any]] = {}
    for conversation_id, routing in wishes:
        wanted.setdefault(conversation_id, {}).update(_values(routing, people))
    now = utcnow()
    new = [{"conversation_id": id_, **_NO_WISH, "updated_at": now} for id_ in sorted(wanted)]
    insert_rows(session, Handling, new, key=("conversation_id",))
    query = select(Handling).where(among(session, Handling.conversation_id, wanted))
    for row in session.scalars(hold(query.order_by(Handling.conversation_id))):
        for name, value in wanted[row.conversation_id].items():
            setattr(row, name, value)
        row.updated_at = now
    session.flush()


def _wishes(routing: Routing) -> bool:
    return bool(routing.assignee or routing.pick or routing.tone or routing.template)


def _values(routing: Routing, people: Mapping[str, int]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    person = people.get(routing.assignee or "")
    if person is not None:
        values = {"assignee_id": person, "by_load": False, "skills": [], "sticky": False}
    elif routing.pick is not None:
        pick = routing.pick
        values = {"assignee_id": None, "by_load": True, "sticky": pick.sticky}
        values["skills"] = list(pick.skills)
    if routing.tone:
        values["tone"] = routing.tone
    if routing.template:
        values["template"] = routing.template
    return values


def _people(session: Session, emails: Collection[str]) -> dict[str, int]:
    if not emails:
        return {}
    email = func.lower(User.email)
    rows = session.execute(select(email, User.id).where(email.in_(emails), User.active))
    return {row[0]: row.id for row in rows}
