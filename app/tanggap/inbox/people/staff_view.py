"""What supervisors see of people: who is there, on shift until when, with how much, since when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from tanggap.inbox.people.assigning_state import read_loads, read_plans
from tanggap.inbox.people.presence import State, state_of
from tanggap.inbox.people.shifts import Plan
from tanggap.inbox.people.staff_admin import Work, work_of
from tanggap.store.conversations import OPEN, Conversation
from tanggap.store.staff import Presence, ShiftException, Staff, exceptions_of
from tanggap.store.users import Team, TeamMember, User, list_teams


@dataclass(frozen=True, slots=True)
class Colleague:
    """One person as a supervisor sees them; `oldest` is since when their oldest case waits."""

    user: User
    work: Work
    plan: Plan
    state: State
    on_shift: bool
    load: int
    oldest: datetime | None
    leads: frozenset[int]

    @property
    def takes(self) -> bool:
        """Whether the person could be given a case now."""
        ready = self.state is State.ONLINE and self.on_shift
        return ready and self.load < self.work.capacity

    @property
    def planned(self) -> bool:
        """Whether the person has shifts at all."""
        return bool(self.plan.weekly)


@dataclass(frozen=True, slots=True)
class Queue:
    """A team's cases that nobody has; `takers` could be given one now."""

    team: Team
    unassigned: int
    oldest: datetime | None
    takers: int


@dataclass(frozen=True, slots=True)
class Board:
    """Everybody and every queue, as they are at a moment."""

    people: Sequence[Colleague]
    queues: Sequence[Queue]


def read_board(session: Session, now: datetime) -> Board:
    """Read the board in a fixed number of queries."""
    people = [one for one in read_colleagues(session, now) if one.user.active]
    since = func.min(func.coalesce(Conversation.last_inbound_at, Conversation.created_at))
    rows = session.execute(
        select(Conversation.team_id, func.count(), since)
        .where(Conversation.state == OPEN, Conversation.assignee_id.is_(None))
        .group_by(Conversation.team_id)
    )
    waiting = {row[0]: (row[1], row[2]) for row in rows}
    queues = []
    for team in list_teams(session):
        unassigned, oldest = waiting.get(team.id, (0, None))
        takers = sum(one.takes and team in one.user.teams for one in people)
        queues.append(Queue(team, unassigned, oldest, takers))
    order = {State.ONLINE: 0, State.AWAY: 1, State.OFFLINE: 2}
    people.sort(key=lambda one: (order[one.state], not one.on_shift, one.user.name.casefold()))
    return Board(people, queues)


def read_colleagues(session: Session, now: datetime) -> list[Colleague]:
    """Read everybody by name, those who may not sign in any more last."""
    rows = session.execute(
        select(User, Staff, Presence)
        .outerjoin(Staff, Staff.user_id == User.id)
        .outerjoin(Presence, Presence.user_id == User.id)
        .options(selectinload(User.teams))
        .order_by(User.active.desc(), func.lower(User.name), User.id)
    ).all()
    plans = read_plans(session, {row.User.id: row.Staff for row in rows}, now)
    loads, oldest, leads = read_loads(session), _oldest(session), _leads(session)
    return [
        Colleague(
            user=row.User,
            work=work_of(row.Staff),
            plan=plans[row.User.id],
            state=state_of(row.Presence, now),
            on_shift=plans[row.User.id].is_on(now),
            load=loads.get(row.User.id, 0),
            oldest=oldest.get(row.User.id),
            leads=leads.get(row.User.id, frozenset()),
        )
        for row in rows
    ]


def coming_exceptions(session: Session, person: Colleague, now: datetime) -> list[ShiftException]:
    """List the days from the person's today on that are not like every week for them."""
    today = now.astimezone(ZoneInfo(person.plan.zone)).date()
    rows = exceptions_of(session, [person.user.id], today)
    return sorted(rows, key=lambda row: (row.first_day, row.id))


def _oldest(session: Session) -> Mapping[int, datetime]:
    since = func.min(func.coalesce(Conversation.last_inbound_at, Conversation.created_at))
    rows = session.execute(
        select(Conversation.assignee_id, since)
        .where(
            Conversation.state == OPEN,
            Conversation.waits,
            Conversation.assignee_id.is_not(None),
        )
        .group_by(Conversation.assignee_id)
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}


def _leads(session: Session) -> dict[int, frozenset[int]]:
    found: dict[int, frozenset[int]] = {}
    for row in session.scalars(select(TeamMember).where(TeamMember.lead)):
        found[row.user_id] = found.get(row.user_id, frozenset()) | {row.team_id}
    return found
