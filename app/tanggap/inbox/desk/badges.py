"""What waits beside the list: the numbers on the side bar and the bell, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from tanggap.inbox.arrival import mail_strays
from tanggap.inbox.events import notifications
from tanggap.inbox.follow_up import rating_lists
from tanggap.inbox.handover import call_back_lists
from tanggap.inbox.handover.call_back_lists import Viewer
from tanggap.inbox.rulebook import alerts
from tanggap.inbox.sending import approvals
from tanggap.inbox.teamwork import consultations
from tanggap.store.base import BigId, UtcDateTime

_USER: Final = "user_id"
_TEAMS: Final = "team_ids"
_DAY_END: Final = "day_end"


@dataclass(frozen=True, slots=True)
class Badges:
    """How much waits in which list; each number ends at the cap of its list."""

    unread: int
    approvals: int
    questions: int
    follow_ups: int
    alerts: int
    calls: int
    mails: int


def read_badges(
    session: Session, user_id: int, team_ids: Sequence[int], zone: str, now: datetime
) -> Badges:
    """Count what waits for a person; `zone` is where their day ends."""
    _, day_end = Viewer(user_id, team_ids, zone).day(now)
    values = {_USER: user_id, _TEAMS: list(team_ids), _DAY_END: day_end}
    row = session.execute(_query(), values).one()
    unread, waiting, questions, promises, unhappy, open_alerts, calls, mails = row
    return Badges(
        unread=unread,
        approvals=waiting,
        questions=questions,
        follow_ups=promises + unhappy,
        alerts=open_alerts,
        calls=calls,
        mails=mails,
    )


def read_unread(session: Session, user_id: int) -> int:
    """Count what a person was told and has not read, which every open page asks each second."""
    return session.scalar(_unread(), {_USER: user_id}) or 0


# Made once: building such a statement takes longer than running it.
@cache
def _unread() -> Select[int]:
    user: Any = bindparam(_USER, type_=BigId)
    return notifications.unread_query(user)


@cache
def _query() -> Select[Any]:
    user: Any = bindparam(_USER, type_=BigId)
    teams: Any = bindparam(_TEAMS, type_=BigId, expanding=True)
    day_end: Any = bindparam(_DAY_END, type_=UtcDateTime())
    return select(
        *(
            query.scalar_subquery()
            for query in (
                notifications.unread_query(user),
                approvals.waiting_query(),
                consultations.waiting_query(teams),
                *rating_lists.due_queries("promises", "unhappy").values(),
                alerts.open_query(),
                call_back_lists.waiting_before(Viewer(user, teams, ""), day_end),
                mail_strays.waiting_query(),
            )
        )
    )
