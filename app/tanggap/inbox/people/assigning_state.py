"""Read what decides who should have which case, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select
from sqlalchemy.orm import Session, aliased

from tanggap.inbox.people.presence import absent_since
from tanggap.inbox.people.shifts import Otherwise, Plan, Span
from tanggap.inbox.people.staffing import Case, Person
from tanggap.store.conversations import OPEN, Conversation
from tanggap.store.handlings import Handling
from tanggap.store.replies import FAILED, ReplyRow
from tanggap.store.sight import Sight
from tanggap.store.snoozes import Snooze
from tanggap.store.sql import among
from tanggap.store.staff import DEFAULT_ZONE, Presence, Staff, exceptions_of, shifts_of
from tanggap.store.users import Team, TeamMember, User

CASES_MOST: Final = 1_000
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_READABLE: Final = frozenset({"id", "en"})
"""Other values of a case's language say that it is mixed or unknown: anybody may try."""

_EXCEPTIONS_SINCE: Final = timedelta(days=10)


def read_state(session: Session, now: datetime) -> tuple[Sequence[Person], Sequence[Case]]:
    """Read everybody, the cases that wait for somebody, and those of people who are gone."""
    people = read_people(session, now)
    absent = [one.id for one in people if one.absent_since is not None or not one.active]
    ready = [one for one in people if one.available]
    room = any(one.load < one.capacity for one in ready)
    rows = list(session.execute(_waiting(room=room))) if ready else []
    if absent:
        held = _cases().where(among(session, Conversation.assignee_id, absent))
        rows += session.execute(held.limit(CASES_MOST))
    if lost := [_held_unseen(one) for one in people if one.load and one.sight.limited]:
        rows += session.execute(_cases().where(or_(*lost)).limit(CASES_MOST))
    return people, [_case(row) for row in {row.Conversation.id: row for row in rows}.values()]


def _held_unseen(person: Person) -> ColumnElement[bool]:
    """Build the condition of cases that a person has and is limited to others."""
    seen = []
    if person.sight.team_ids:
        seen.append(func.coalesce(Conversation.team_id, 0).in_(person.sight.team_ids))
    if person.sight.account_ids:
        seen.append(Conversation.account_id.in_(person.sight.account_ids))
    return and_(Conversation.assignee_id == person.id, not_(and_(*seen)))


def read_people(session: Session, now: datetime) -> list[Person]:
    """Read everybody with what they know, how much they have and whether they are there."""
    rows = session.execute(
        select(User.id, User.active, User.only_teams, User.only_accounts, Staff, Presence)
        .outerjoin(Staff, Staff.user_id == User.id)
        .outerjoin(Presence, Presence.user_id == User.id)
        .order_by(User.id)
    ).all()
    ids = [row.id for row in rows]
    plans = read_plans(session, {row.id: row.Staff for row in rows}, now)
    teams, loads = _teams(session), read_loads(session)
    return (
        [
            _person(row, plans[row.id], teams[row.id], loads.get(row.id, 0), now)
            for row in rows
            if row.active or row.id in loads
        ]
        if ids
        else []
    )


def read_plans(session: Session, staff: dict[int, Staff | None], now: datetime) -> dict[int, Plan]:
    """Read the shifts of people, whatever of them bears on now."""
    spans: dict[int, list[Span]] = defaultdict(list)
    for shift in shifts_of(session, staff):
        spans[shift.user_id].append(Span(shift.weekday, shift.starts, shift.ends))
    others: dict[int, list[Otherwise]] = defaultdict(list)
    for one in exceptions_of(session, staff, (now - _EXCEPTIONS_SINCE).date()):
        others[one.user_id].append(Otherwise(one.first_day, one.last_day, one.starts, one.ends))
    return {
        id_: Plan(row.zone if row else DEFAULT_ZONE, tuple(spans[id_]), tuple(others[id_]))
        for id_, row in staff.items()
    }


def read_loads(session: Session) -> dict[int, int]:
    """Count the open cases of each person."""
    rows = session.execute(
        select(Conversation.assignee_id, func.count())
        .where(Conversation.state == OPEN, Conversation.assignee_id.is_not(None))
        .group_by(Conversation.assignee_id)
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}


def folded(words: Collection[Any]) -> frozenset[str]:
    """Compare skills whatever their case."""
    return frozenset(str(word).casefold() for word in words)


def _teams(session: Session) -> dict[int, set[int]]:
    teams: dict[int, set[int]] = defaultdict(set)
    for user_id, team_id in session.execute(select(TeamMember.user_id, TeamMember.team_id)):
        teams[user_id].add(team_id)
    return teams


def _person(row: Any, plan: Plan, teams: Collection[int], load: int, now: datetime) -> Person:
    staff: Staff | None = row.Staff
    return Person(
        id=row.id,
        team_ids=frozenset(teams),
        languages=folded(staff.languages) if staff else frozenset(),
        platforms=folded(staff.platforms) if staff else frozenset(),
        products=folded(staff.products) if staff else frozenset(),
        capacity=staff.capacity if staff else 0,
        load=load,
        active=row.active,
        on_shift=plan.is_on(now),
        absent_since=absent_since(row.Presence, now, _NEVER),
        shift_ended_at=plan.ended_at(now),
        given_at=staff.given_at if staff else None,
        sight=Sight(tuple(row.only_teams), tuple(row.only_accounts)),
    )


def _cases() -> Select[Any]:
    """Build the query for open cases that are awake, urgent and long-waiting ones first."""
    since = func.coalesce(Conversation.last_inbound_at, Conversation.created_at)
    earlier = aliased(Conversation)
    last_agent = (
        select(ReplyRow.user_id)
        .join(earlier, earlier.id == ReplyRow.conversation_id)
        .where(earlier.author_id == Conversation.author_id, ReplyRow.state != FAILED)
        .order_by(ReplyRow.id.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )
    asleep = and_(Snooze.conversation_id == Conversation.id, Snooze.woken_at.is_(None))
    return (
        select(Conversation, Handling, Team.gives_out, last_agent.label("last_agent_id"))
        .outerjoin(Team, Team.id == Conversation.team_id)
        .outerjoin(Handling, Handling.conversation_id == Conversation.id)
        .outerjoin(Snooze, asleep)
        .where(Conversation.state == OPEN, Snooze.conversation_id.is_(None))
        .order_by(Conversation.priority, since, Conversation.id)
    )


def _waiting(*, room: bool) -> Select[Any]:
    """Build the query for what can be given; without room for more only what names somebody."""
    named = Handling.assignee_id.is_not(None)
    wanted = or_(Team.gives_out, Handling.by_load, named) if room else named
    return _cases().where(Conversation.assignee_id.is_(None), wanted).limit(CASES_MOST)


def _case(row: Any) -> Case:
    conversation: Conversation = row.Conversation
    wish: Handling | None = row.Handling
    wished = wish is not None and wish.by_load
    language = conversation.language
    return Case(
        id=conversation.id,
        revision=conversation.revision,
        team_id=conversation.team_id,
        account_id=conversation.account_id,
        priority=conversation.priority,
        waiting_since=conversation.last_inbound_at or conversation.created_at,
        assignee_id=conversation.assignee_id,
        assigned_at=conversation.assigned_at,
        language=language if language in _READABLE else None,
        platform=conversation.channel,
        skills=folded(wish.skills) if wish is not None else frozenset(),
        named_id=wish.assignee_id if wish is not None else None,
        by_load=bool(row.gives_out) or wished,
        sticky=wish.sticky if wish is not None and wish.by_load else True,
        last_agent_id=row.last_agent_id,
    )
