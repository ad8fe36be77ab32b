"""How people work: teams, skills, shifts and absences, for programs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from flask import Response
from pydantic import Field

from tanggap.errors import NotFoundError
from tanggap.inbox.people import staff_admin, staff_view
from tanggap.inbox.people.staff_admin import Work
from tanggap.inbox.people.staff_form import read_spans, write_span
from tanggap.inbox.people.staff_view import Colleague
from tanggap.store.base import utcnow
from tanggap.web.api.asked import Body, Id
from tanggap.web.api.cases import nothing
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Ref, TeamRef, Thing
from tanggap.web.context import me, services, tasks

bp = blueprint("staff", "Staff")
_PERSON = "/people/<int:user_id>"
_Key = Annotated[str, Field(min_length=1, max_length=64)]
_Ids = Annotated[list[Id], Field(max_length=200)]
_Some = Annotated[list[_Key], Field(max_length=50)]


class WorkChange(Body):
    """A person's teams, which of them they lead, what they know and how many cases they take."""

    team_ids: _Ids
    lead_ids: _Ids = Field(default_factory=list)
    capacity: Annotated[int, Field(ge=0, le=500)] = 0
    languages: _Some = Field(default_factory=list)
    platforms: _Some = Field(default_factory=list)
    products: _Some = Field(default_factory=list)
    zone: _Key = "Asia/Jakarta"


class Week(Body):
    """The hours of each day from Monday on, such as `08:00-12:00, 13:00-17:00`."""

    days: Annotated[list[Annotated[str, Field(max_length=200)]], Field(min_length=7, max_length=7)]


class Absence(Body):
    """Days on which a person is absent, or works other hours (`times`)."""

    first_day: Annotated[date, Field(strict=False)]
    last_day: Annotated[date, Field(strict=False)]
    times: Annotated[str, Field(max_length=200)] = ""
    note: Annotated[str, Field(max_length=255)] = ""


class TeamChange(Body):
    """A team's names, and whether its cases are given out by themselves."""

    name_id: Annotated[str, Field(min_length=1, max_length=255)]
    name_en: Annotated[str, Field(min_length=1, max_length=255)]
    gives_out: bool = False


class NewTeam(TeamChange):
    """A team; rules know it by its key, which never changes."""

    key: _Key


class StaffMember(Thing):
    """Who is there, with how much: `state` is online, away or offline."""

    user: Ref
    role: str
    state: str
    on_shift: bool
    load: int
    capacity: int
    oldest: datetime | None
    team_ids: list[int]
    lead_ids: list[int]
    languages: list[str]
    platforms: list[str]
    products: list[str]
    zone: str


class TeamQueue(Thing):
    """A team's cases that nobody has; `takers` could be given one now."""

    team: TeamRef
    unassigned: int
    oldest: datetime | None
    takers: int


class StaffBoard(Thing):
    """Everybody and every queue, as they are now."""

    people: list[StaffMember]
    queues: list[TeamQueue]


class AbsenceRow(Thing):
    """Days that are not like every week."""

    id: int
    first_day: date
    last_day: date
    note: str


class Working(Thing):
    """How a person works; `days` are the hours of each day from Monday on."""

    member: StaffMember
    days: list[list[str]]
    absences: list[AbsenceRow]


class Team(TeamRef):
    """A team, and whether its cases are given out by themselves."""

    gives_out: bool


@bp.get("/staff")
@bp.output(StaffBoard)
def board() -> StaffBoard:
    """Read who is there with how much, and what waits for somebody."""
    with services().database.read() as db:
        found = staff_view.read_board(db, utcnow())
    return StaffBoard(
        people=[_member(one) for one in found.people],
        queues=[TeamQueue.model_validate(one) for one in found.queues],
    )


@bp.get(_PERSON + "/work")
@bp.output(Working)
def working(user_id: int) -> Working:
    """Read a person's teams, skills, shifts and coming absences."""
    return _working(user_id)


@bp.put(_PERSON + "/work")
@bp.input(WorkChange, arg_name="body")
@bp.output(Working)
def save_work(user_id: int, body: WorkChange) -> Working:
    """Say which teams a person is in, what they know and how much they take."""
    work = Work(
        capacity=body.capacity,
        languages=tuple(body.languages),
        platforms=tuple(body.platforms),
        products=tuple(body.products),
        zone=body.zone,
    )
    with services().database.write() as db:
        staff_admin.set_teams(db, user_id, body.team_ids, body.lead_ids, by_user_id=me().id)
        staff_admin.set_work(db, user_id, work, by_user_id=me().id)
    return _saved(user_id)


@bp.put(_PERSON + "/shifts")
@bp.input(Week, arg_name="body")
@bp.output(Working)
def save_shifts(user_id: int, body: Week) -> Working:
    """Plan a person's week anew."""
    week = [read_spans(day, hours, f"days.{day}") for day, hours in enumerate(body.days)]
    with services().database.write() as db:
        staff_admin.set_shifts(db, user_id, week, by_user_id=me().id)
    return _saved(user_id)


@bp.post(_PERSON + "/absences")
@bp.input(Absence, arg_name="body")
@bp.output(Working)
def add_absence(user_id: int, body: Absence) -> Working:
    """Say that a person is absent, or works other hours, on some days."""
    with services().database.write() as db:
        staff_admin.add_exception(
            db,
            user_id,
            body.first_day,
            body.last_day,
            times=body.times,
            note=body.note,
            by_user_id=me().id,
        )
    return _saved(user_id)


@bp.delete(_PERSON + "/absences/<int:exception_id>")
@bp.output({}, status_code=204)
def remove_absence(user_id: int, exception_id: int) -> Response:
    """Let the days be like every week again."""
    with services().database.write() as db:
        staff_admin.remove_exception(db, user_id, exception_id, by_user_id=me().id)
    tasks().wake_reassign()
    return nothing()


@bp.post("/teams")
@bp.input(NewTeam, arg_name="body")
@bp.output(Team, status_code=201)
def create_team(body: NewTeam) -> Team:
    """Make a team."""
    return _team(None, body, body.key)


@bp.put("/teams/<int:team_id>")
@bp.input(TeamChange, arg_name="body")
@bp.output(Team)
def save_team(team_id: int, body: TeamChange) -> Team:
    """Change a team."""
    return _team(team_id, body, "")


def _team(team_id: int | None, body: TeamChange, key: str) -> Team:
    with services().database.write() as db:
        row = staff_admin.save_team(
            db,
            team_id,
            key=key,
            name_id=body.name_id,
            name_en=body.name_en,
            gives_out=body.gives_out,
            by_user_id=me().id,
        )
        saved = Team.model_validate(row)
    tasks().wake_reassign()
    return saved


def _saved(user_id: int) -> Working:
    tasks().wake_reassign()
    return _working(user_id)


def _working(user_id: int) -> Working:
    now = utcnow()
    with services().database.read() as db:
        people = staff_view.read_colleagues(db, now)
        found = next((one for one in people if one.user.id == user_id), None)
        if found is None:
            raise NotFoundError(f"user {user_id} does not exist")
        absences = staff_view.coming_exceptions(db, found, now)
    days: list[list[str]] = [[] for _ in range(7)]
    for span in found.plan.weekly:
        days[span.weekday].append(write_span(span))
    return Working(
        member=_member(found),
        days=days,
        absences=[AbsenceRow.model_validate(row) for row in absences],
    )


def _member(one: Colleague) -> StaffMember:
    work = one.work
    return StaffMember(
        user=Ref.model_validate(one.user),
        role=one.user.role,
        state=str(one.state),
        on_shift=one.on_shift,
        load=one.load,
        capacity=work.capacity,
        oldest=one.oldest,
        team_ids=[team.id for team in one.user.teams],
        lead_ids=sorted(one.leads),
        languages=list(work.languages),
        platforms=list(work.platforms),
        products=list(work.products),
        zone=work.zone,
    )
