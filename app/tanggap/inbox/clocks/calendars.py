"""Open hours as they are stored: of all teams, and of those that keep hours of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.clocks import clock_runs
from tanggap.inbox.services import Services
from tanggap.rules.clocks import BusinessCalendar, Holidays, Span
from tanggap.rules.clocks.defaults import DEFAULT_CALENDAR
from tanggap.store import audit
from tanggap.store.base import utcnow
from tanggap.store.clocks import CalendarRow
from tanggap.store.users import Team

EVERYBODY: Final = "everybody"
_KEPT: Final = 64

_built: dict[tuple[int, datetime], BusinessCalendar] = {}


@dataclass(frozen=True, slots=True)
class Calendars:
    """The open hours of every team: its own, else everybody's."""

    everybody: BusinessCalendar
    teams: Mapping[int, BusinessCalendar]

    def of(self, team_id: int | None) -> BusinessCalendar:
        """Give the open hours of a team, or of cases without one."""
        return self.teams.get(team_id, self.everybody) if team_id else self.everybody


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """One calendar as it is edited; `version` tells whether somebody changed it meanwhile."""

    team: Team | None
    calendar: BusinessCalendar
    own: bool
    version: str


def load_calendars(session: Session) -> Calendars:
    """Load all open hours in one query."""
    rows = list(session.scalars(select(CalendarRow)))
    return Calendars(
        everybody=next((_build(row) for row in rows if row.team_id is None), DEFAULT_CALENDAR),
        teams={row.team_id: _build(row) for row in rows if row.team_id is not None},
    )


def is_open(session: Session, team_id: int | None, at: datetime) -> bool:
    """Tell whether a team is open at a moment."""
    return load_calendars(session).of(team_id).is_open(at)


def read_hours(session: Session, team_id: int | None) -> Hours:
    """Give one calendar for editing; a team without its own shows everybody's."""
    team = session.get(Team, team_id) if team_id is not None else None
    if team_id is not None and team is None:
        raise NotFoundError(f"there is no team {team_id}")
    row = _row(session, team_id)
    calendar = _build(row) if row else load_calendars(session).everybody
    version = f"{row.id}.{row.updated_at.isoformat()}" if row else ""
    return Hours(team=team, calendar=calendar, own=row is not None, version=version)


def save_hours(
    services: Services,
    team_id: int | None,
    wanted: BusinessCalendar,
    *,
    version: str,
    user_id: int,
) -> bool:
    """Store open hours and have the running clocks told again; tells whether anything changed.

    Raises `ConflictError` when somebody changed them since `version` was shown.
    """
    with services.database.write() as session:
        before = read_hours(session, team_id)
        if before.version != version:
            raise ConflictError("somebody changed this calendar a moment ago; look again")
        if before.own and before.calendar == wanted:
            return False
        row = _row(session, team_id) or CalendarRow(key=_key(team_id), team_id=team_id)
        for name, value in to_data(wanted).items():
            setattr(row, name, value)
        row.updated_at = utcnow()
        session.add(row)
        _note(
            session,
            "calendar.changed",
            team_id,
            user_id=user_id,
            before=before.calendar,
            after=wanted,
        )
    return True


def drop_hours(services: Services, team_id: int, *, user_id: int) -> bool:
    """Let a team keep everybody's hours again; tells whether it had its own."""
    with services.database.write() as session:
        row = _row(session, team_id)
        if row is None:
            return False
        before = _build(row)
        session.delete(row)
        session.flush()
        after = load_calendars(session).everybody
        _note(session, "calendar.dropped", team_id, user_id=user_id, before=before, after=after)
    return True


def to_data(calendar: BusinessCalendar) -> dict[str, Any]:
    """Write open hours as the table's columns."""
    holidays = calendar.holidays
    return {
        "zone": calendar.zone,
        "week": [[list(span) for span in spans] for spans in calendar.week],
        "public": holidays.public,
        "shared_leave": holidays.shared_leave,
        "added": {day.isoformat(): name for day, name in sorted(holidays.added.items())},
        "removed": sorted(day.isoformat() for day in holidays.removed),
        "exceptions": {
            day.isoformat(): [list(span) for span in spans]
            for day, spans in sorted(calendar.exceptions.items())
        },
    }


def _build(row: CalendarRow) -> BusinessCalendar:
    """Build a calendar once for each change of its row: it remembers the days it was asked of."""
    key = (row.id, row.updated_at)
    if key not in _built:
        while len(_built) >= _KEPT:
            _built.pop(next(iter(_built)))
        _built[key] = from_row(row)
    return _built[key]


def from_row(row: CalendarRow) -> BusinessCalendar:
    """Read open hours from the table's columns."""
    return BusinessCalendar(
        row.zone,
        tuple(_spans(spans) for spans in row.week),
        Holidays(
            row.public,
            row.shared_leave,
            {date.fromisoformat(day): str(name) for day, name in row.added.items()},
            frozenset(date.fromisoformat(day) for day in row.removed),
        ),
        {date.fromisoformat(day): _spans(spans) for day, spans in row.exceptions.items()},
    )


def _spans(written: list[list[int]]) -> tuple[Span, ...]:
    return tuple(Span(start, end) for start, end in written)


def _key(team_id: int | None) -> str:
    return EVERYBODY if team_id is None else f"team-{team_id}"


def _row(session: Session, team_id: int | None) -> CalendarRow | None:
    return session.scalar(select(CalendarRow).where(CalendarRow.key == _key(team_id)))


def _note(
    session: Session,
    action: str,
    team_id: int | None,
    *,
    user_id: int,
    before: BusinessCalendar,
    after: BusinessCalendar,
) -> None:
    old, new = to_data(before), to_data(after)
    changed = [name for name in new if old[name] != new[name]]
    detail = {
        "old": {name: old[name] for name in changed},
        "new": {name: new[name] for name in changed},
    }
    audit.record(session, action, "calendar", _key(team_id), user_id=user_id, detail=detail)
    clock_runs.want(session)
