"""Change what people may and know, when they work and how much they take, with what it was before.

Every change is one audit entry that holds both.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from zoneinfo import available_timezones

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError
from tanggap.inbox.people.people import (
    OccupiedError,
    UnfitError,
    fit_role,
    keep_an_admin,
    user_by_id,
)
from tanggap.inbox.people.shifts import Span
from tanggap.inbox.people.staff_form import read_spans, write_span
from tanggap.rules.actions import KEY
from tanggap.store import audit
from tanggap.store.staff import Shift, ShiftException, Staff, shifts_of
from tanggap.store.users import ADMIN, Team, TeamMember

CAPACITY_MOST: Final = 500
ZONES: Final = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """How a person works, as a form gives it."""

    capacity: int = 0
    languages: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    zone: str = ZONES[0]


def set_role(session: Session, user_id: int, role: str, *, by_user_id: int | None) -> bool:
    """Give a person another role.

    Raises `ConflictError` for the last administrator, and when a limited person would become one.
    """
    user = user_by_id(session, user_id)
    if fit_role(role) == user.role:
        return False
    keep_an_admin(session, user)
    if role == ADMIN and user.sight.limited:
        raise OccupiedError("limits", "administrators see everything: lift the limits first")
    before, user.role = user.role, role
    _note(
        session,
        "user.role_changed",
        user_id,
        by_user_id,
        before={"role": before},
        after={"role": role},
    )
    return True


def set_teams(
    session: Session,
    user_id: int,
    team_ids: Collection[int],
    lead_ids: Collection[int] = (),
    *,
    by_user_id: int | None,
) -> bool:
    """Say which teams a person is in and which of them they lead."""
    user_by_id(session, user_id)
    rows = session.scalars(select(TeamMember).where(TeamMember.user_id == user_id)).all()
    before = {row.team_id: row.lead for row in rows}
    known = set(session.scalars(select(Team.id).where(Team.id.in_(team_ids))))
    after = {id_: id_ in lead_ids for id_ in sorted(known)}
    if before == after:
        return False
    session.execute(delete(TeamMember).where(TeamMember.user_id == user_id))
    session.add_all(
        TeamMember(team_id=id_, user_id=user_id, lead=lead) for id_, lead in after.items()
    )
    names = dict(session.execute(select(Team.id, Team.key)).all())
    _note(
        session,
        "user.teams_changed",
        user_id,
        by_user_id,
        before={"teams": [names[id_] for id_ in sorted(before)]},
        after={"teams": [names[id_] for id_ in sorted(after)]},
    )
    return True


def set_work(session: Session, user_id: int, work: Work, *, by_user_id: int | None) -> bool:
    """Say what a person knows and how much they take."""
    user_by_id(session, user_id)
    if not 0 <= work.capacity <= CAPACITY_MOST:
        raise UnfitError("capacity", f"between 0 and {CAPACITY_MOST} open cases")
    if work.zone not in available_timezones():
        raise UnfitError("zone", f"there is no time zone {work.zone!r}")
    staff = session.get(Staff, user_id)
    before = work_of(staff)
    if staff is None:
        staff = Staff(user_id=user_id)
        session.add(staff)
    if before == work:
        return False
    staff.capacity, staff.zone = work.capacity, work.zone
    staff.languages, staff.platforms = list(work.languages), list(work.platforms)
    staff.products = list(work.products)
    _note(
        session, "user.work_changed", user_id, by_user_id, before=_facts(before), after=_facts(work)
    )
    return True


def work_of(staff: Staff | None) -> Work:
    """Give how a person works; without a row they are given nothing."""
    if staff is None:
        return Work()
    return Work(
        capacity=staff.capacity,
        languages=tuple(staff.languages),
        platforms=tuple(staff.platforms),
        products=tuple(staff.products),
        zone=staff.zone,
    )


def set_shifts(
    session: Session, user_id: int, week: Sequence[Sequence[Span]], *, by_user_id: int | None
) -> bool:
    """Plan a person's week anew."""
    user_by_id(session, user_id)
    before = [Span(one.weekday, one.starts, one.ends) for one in shifts_of(session, [user_id])]
    after = [span for day in week for span in day]
    if before == after:
        return False
    session.execute(delete(Shift).where(Shift.user_id == user_id))
    session.add_all(
        Shift(user_id=user_id, weekday=one.weekday, starts=one.starts, ends=one.ends)
        for one in after
    )
    _note(
        session,
        "user.shifts_changed",
        user_id,
        by_user_id,
        before={"week": [write_span(one, day=True) for one in before]},
        after={"week": [write_span(one, day=True) for one in after]},
    )
    return True


def add_exception(
    session: Session,
    user_id: int,
    first_day: date,
    last_day: date,
    *,
    times: str = "",
    note: str = "",
    by_user_id: int | None,
) -> None:
    """Say that a person is absent, or works other hours, on some days."""
    user_by_id(session, user_id)
    if last_day < first_day or (last_day - first_day).days > 366:
        raise UnfitError("last_day", "the last day is not before the first, nor a year after it")
    spans = read_spans(0, times, "times")
    if len(spans) > 1:
        raise UnfitError("times", "one span, such as 08:00-12:00, or nothing for an absence")
    row = ShiftException(
        user_id=user_id,
        first_day=first_day,
        last_day=last_day,
        starts=spans[0].starts if spans else None,
        ends=spans[0].ends if spans else None,
        note=" ".join(note.split())[:255],
    )
    session.add(row)
    _note(session, "user.exception_added", user_id, by_user_id, before={}, after=_exception(row))


def remove_exception(
    session: Session, user_id: int, exception_id: int, *, by_user_id: int | None
) -> None:
    """Let some days be like every week again."""
    row = session.get(ShiftException, exception_id)
    if row is None or row.user_id != user_id:
        raise NotFoundError(f"exception {exception_id} does not exist")
    session.delete(row)
    _note(session, "user.exception_removed", user_id, by_user_id, before=_exception(row), after={})


def save_team(
    session: Session,
    team_id: int | None,
    *,
    key: str = "",
    name_id: str,
    name_en: str,
    gives_out: bool,
    by_user_id: int | None,
) -> Team:
    """Change a team, or make one; rules know it by its key, which never changes."""
    names = {"name_id": _name(name_id, "name_id"), "name_en": _name(name_en, "name_en")}
    after = {**names, "gives_out": gives_out}
    if team_id is None:
        team = _new_team(session, key)
        before: dict[str, Any] = {}
    else:
        found = session.get(Team, team_id)
        if found is None:
            raise NotFoundError(f"team {team_id} does not exist")
        team = found
        before = {name: getattr(team, name) for name in after}
    if before != after:
        for name, value in after.items():
            setattr(team, name, value)
        session.add(team)
        session.flush()
        action = "team.changed" if before else "team.created"
        _note(session, action, team.id, by_user_id, before=before, after=after)
    return team


def _new_team(session: Session, key: str) -> Team:
    key = key.strip().lower()
    if not KEY.fullmatch(key):
        raise UnfitError("key", "lower-case letters, digits, - and _, a letter first")
    if session.scalar(select(Team.id).where(Team.key == key)) is not None:
        raise OccupiedError("key", f"there is a team {key} already")
    return Team(key=key)


def _name(written: str, field: str) -> str:
    name = " ".join(written.split())
    if not 0 < len(name) <= 255:
        raise UnfitError(field, "a name has between 1 and 255 characters")
    return name


def _facts(work: Work) -> dict[str, Any]:
    return {
        "capacity": work.capacity,
        "languages": list(work.languages),
        "platforms": list(work.platforms),
        "products": list(work.products),
        "zone": work.zone,
    }


def _exception(row: ShiftException) -> dict[str, Any]:
    times = None
    if row.starts is not None and row.ends is not None:
        times = write_span(Span(0, row.starts, row.ends))
    days = [row.first_day.isoformat(), row.last_day.isoformat()]
    return {"days": days, "times": times, "note": row.note}


def _note(
    session: Session,
    action: str,
    object_id: int,
    by: int | None,
    *,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    kind = action.partition(".")[0]
    detail = {"before": before, "after": after}
    audit.record(session, action, kind, object_id, user_id=by, detail=detail)
