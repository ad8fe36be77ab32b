"""How soon cases want an answer, and when teams are open, for programs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from flask import Response
from pydantic import Field

from tanggap.inbox.clocks import calendars, sla
from tanggap.inbox.clocks.sla_form import read_policy
from tanggap.rules.clocks import BY_POLICY, FIELDS, BusinessCalendar, Policy
from tanggap.store.clocks import CalendarRow, SlaPolicy
from tanggap.web.api.asked import Body, Id, Query
from tanggap.web.api.cases import nothing
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Thing
from tanggap.web.clocks.sla_pages import PROBLEMS, allowed_values, policy_choices
from tanggap.web.context import me, services
from tanggap.web.problems import problem

bp = blueprint("timing", "Targets and hours")
_ONE = "/policies/<int:policy_id>"
_Key = Annotated[str, Field(min_length=1, max_length=64)]
_Minute = Annotated[int, Field(ge=0, le=2_880)]
_Spans = Annotated[
    list[Annotated[list[_Minute], Field(min_length=2, max_length=2)]], Field(max_length=10)
]
_Version = Annotated[str, Field(max_length=64)]


class PolicyTarget(Body):
    """Within how many minutes something is due, `always` outside open hours too."""

    clock: Annotated[str, Field(max_length=32)]
    minutes: Annotated[int, Field(ge=1, le=90 * 24 * 60)]
    always: bool = False


class WrittenPolicy(Body):
    """For which cases it is, and what is due when; all cases have one of their own."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    channel: _Key | None = None
    account: Id | None = None
    team: Id | None = None
    label: _Key | None = None
    priority: _Key | None = None
    visibility: _Key | None = None
    targets: Annotated[list[PolicyTarget], Field(min_length=1, max_length=10)]
    warn_percent: Annotated[int, Field(ge=1, le=100)] | None = None
    warn_minutes: Annotated[int, Field(ge=0, le=90 * 24 * 60)] | None = None
    enabled: bool = True


class ChangedPolicy(WrittenPolicy):
    """A policy as it should be; `version` is the one that was looked at."""

    version: _Version


class WrittenHours(Body):
    """When a team is open: spans of minutes after midnight for each day from Monday on.

    `exceptions` are days with hours of their own, `added` and `removed` change the holidays.
    """

    zone: _Key
    week: Annotated[list[_Spans], Field(min_length=7, max_length=7)]
    public: bool = True
    shared_leave: bool = False
    added: Annotated[dict[str, str], Field(max_length=200)] = Field(default_factory=dict)
    removed: Annotated[list[_Key], Field(max_length=200)] = Field(default_factory=list)
    exceptions: Annotated[dict[str, _Spans], Field(max_length=400)] = Field(default_factory=dict)
    version: _Version = ""


class HoursQuery(Query):
    """Whose hours are meant; without a team everybody's."""

    team: Id | None = None


class PolicyView(Thing):
    """A policy; those that are more general count where it says nothing."""

    id: int
    name: str
    where: dict[str, str | int]
    targets: list[PolicyTarget]
    warn_percent: int | None
    warn_minutes: int | None
    enabled: bool
    version: str


class PolicyList(Thing):
    """All policies, the most general first."""

    items: list[PolicyView]


class Hours(Thing):
    """When a team is open; one that has no hours of its `own` keeps everybody's."""

    own: bool
    zone: str
    week: list[list[list[int]]]
    public: bool
    shared_leave: bool
    added: dict[str, str]
    removed: list[str]
    exceptions: dict[str, list[list[int]]]
    version: str


@bp.get("/policies")
@bp.output(PolicyList)
def index() -> PolicyList:
    """List how soon cases want an answer."""
    with services().database.read() as db:
        return PolicyList(items=[_view(row) for row in sla.list_policies(db)])


@bp.post("/policies")
@bp.input(WrittenPolicy, arg_name="body")
@bp.output(PolicyView, status_code=201)
def create(body: WrittenPolicy) -> PolicyView | Response:
    """Write a policy; due times are worked out anew within a minute."""
    return _save(None, body, "")


@bp.put(_ONE)
@bp.input(ChangedPolicy, arg_name="body")
@bp.output(PolicyView)
def save(policy_id: int, body: ChangedPolicy) -> PolicyView | Response:
    """Change a policy; 409 when a colleague changed it since `version`."""
    with services().database.read() as db:
        row = sla.policy_by_id(db, policy_id)
    return _save(row, body, body.version)


@bp.delete(_ONE)
@bp.output({}, status_code=204)
def delete(policy_id: int) -> Response:
    """Delete a policy; that of all cases stays."""
    sla.delete_policy(services(), policy_id, user_id=me().id)
    return nothing()


@bp.get("/hours")
@bp.input(HoursQuery, location="query", arg_name="query")
@bp.output(Hours)
def hours(query: HoursQuery) -> Hours:
    """Read when a team is open."""
    return _hours(query.team)


@bp.put("/hours")
@bp.input(HoursQuery, location="query", arg_name="query")
@bp.input(WrittenHours, arg_name="body")
@bp.output(Hours)
def save_hours(query: HoursQuery, body: WrittenHours) -> Hours | Response:
    """Say when a team is open; due times are worked out anew within a minute."""
    try:
        wanted = _calendar(body)
    except ValueError as error:
        return problem(422, "invalid", str(error))
    calendars.save_hours(services(), query.team, wanted, version=body.version, user_id=me().id)
    return _hours(query.team)


@bp.delete("/teams/<int:team_id>/hours")
@bp.output({}, status_code=204)
def drop_hours(team_id: int) -> Response:
    """Let a team keep everybody's hours."""
    calendars.drop_hours(services(), team_id, user_id=me().id)
    return nothing()


def _save(row: SlaPolicy | None, body: WrittenPolicy, version: str) -> PolicyView | Response:
    for_all = row is not None and not sla.to_policy(row).where
    with services().database.read() as db:
        choices = policy_choices(db)
    typed = read_policy(_fields(body), allowed_values(choices, row), for_all=for_all)
    if typed.problems:
        faults = [
            {"place": "json", "field": field, "message": str(PROBLEMS[kind])}
            for field, kind in typed.problems.items()
        ]
        return problem(422, "invalid", faults[0]["message"], errors=faults)
    number = sla.save_policy(
        services(),
        row.id if row is not None else None,
        typed.policy,
        enabled=for_all or body.enabled,
        version=version,
        user_id=me().id,
    )
    with services().database.read() as db:
        return _view(sla.policy_by_id(db, number))


def _fields(body: WrittenPolicy) -> dict[str, str]:
    """Write a policy as the fields of its form, by which it is checked."""
    fields = {name: str(getattr(body, name) or "") for name in ("name", *FIELDS)}
    for target in body.targets:
        kind = target.clock
        always = "1" if target.always else ""
        fields |= {kind: str(target.minutes), f"{kind}-unit": "minutes", f"{kind}-always": always}
    for name, value in (("share", body.warn_percent), ("left", body.warn_minutes)):
        fields[name] = "" if value is None else str(value)
    return fields


def _view(row: SlaPolicy) -> PolicyView:
    policy: Policy = sla.to_policy(row)
    warns, minute = policy.warns, timedelta(minutes=1)
    return PolicyView(
        id=row.id,
        name=policy.name,
        where=dict(policy.where),
        targets=[
            PolicyTarget(
                clock=kind,
                minutes=policy.targets[kind].within // minute,
                always=policy.targets[kind].around_the_clock,
            )
            for kind in BY_POLICY
            if kind in policy.targets
        ],
        warn_percent=round(warns.share * 100) if warns else None,
        warn_minutes=warns.left // minute if warns else None,
        enabled=row.enabled,
        version=sla.version_of(row),
    )


def _calendar(body: WrittenHours) -> BusinessCalendar:
    for day in (*body.added, *body.removed, *body.exceptions):
        date.fromisoformat(day)
    return calendars.from_row(CalendarRow(**body.model_dump(exclude={"version"})))


def _hours(team_id: int | None) -> Hours:
    with services().database.read() as db:
        found = calendars.read_hours(db, team_id)
    return Hours(own=found.own, version=found.version, **calendars.to_data(found.calendar))
