"""Who may sign in: invitations, roles, limits, and those who left, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from flask import Response, url_for
from pydantic import Field

from tanggap.inbox.people import invitations, people, people_limits, staff_admin
from tanggap.inbox.people.people import user_by_id
from tanggap.store.sight import Sight
from tanggap.web.api.asked import Body, Id
from tanggap.web.api.cases import nothing
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Person, Thing
from tanggap.web.context import me, services, tasks
from tanggap.web.people.people_pages import mail_link

bp = blueprint("people", "People")
_PERSON = "/people/<int:user_id>"
_Ids = Annotated[list[Id], Field(max_length=200)]
_Role = Literal["admin", "supervisor", "compliance", "agent", "junior", "analyst", "read_only"]


class Limits(Body):
    """The teams and accounts whose cases a person sees; none of a kind means all of them."""

    only_teams: _Ids = Field(default_factory=list)
    only_accounts: _Ids = Field(default_factory=list)


class NewInvitation(Limits):
    """Somebody who is invited."""

    email: Annotated[str, Field(min_length=3, max_length=255)]
    name: Annotated[str, Field(max_length=255)] = ""
    role: _Role
    team_ids: _Ids = Field(default_factory=list)
    language: Literal["id", "en"] = "id"


class RoleChange(Body):
    """A person's role."""

    role: _Role


class Invitation(Thing):
    """An invitation that can still be used."""

    id: int
    email: str
    name: str
    role: str
    team_ids: list[int]
    only_teams: list[int]
    only_accounts: list[int]
    language: str
    created_at: datetime
    expires_at: datetime


class Invited(Invitation):
    """An invitation that was made; `link` is empty where it went out by e-mail."""

    link: str


class InvitationList(Thing):
    """The invitations that can still be used, newest first."""

    items: list[Invitation]


@bp.get("/invitations")
@bp.output(InvitationList)
def index() -> InvitationList:
    """List the invitations that can still be used."""
    with services().database.read() as db:
        found = invitations.open_invitations(db)
        return InvitationList(items=[Invitation.model_validate(row) for row in found])


@bp.post("/invitations")
@bp.input(NewInvitation, arg_name="body")
@bp.output(Invited, status_code=201)
def invite(body: NewInvitation) -> Invited:
    """Invite somebody; the link goes by e-mail where a server is set, else it is given once."""
    with services().database.write() as db:
        row, secret = invitations.invite(
            db,
            email=body.email,
            name=body.name,
            role=body.role,
            team_ids=body.team_ids,
            sight=Sight(tuple(body.only_teams), tuple(body.only_accounts)),
            language=body.language,
            by_user_id=me().id,
        )
        made = Invitation.model_validate(row)
    link = f"{services().settings.public_url}{url_for('invitation.show', token=secret)}"
    return Invited(**made.model_dump(), link="" if mail_link(made.email, link) else link)


@bp.delete("/invitations/<int:invitation_id>")
@bp.output({}, status_code=204)
def withdraw(invitation_id: int) -> Response:
    """End an invitation that nobody has used."""
    with services().database.write() as db:
        invitations.withdraw(db, invitation_id, by_user_id=me().id)
    return nothing()


@bp.put(_PERSON + "/role")
@bp.input(RoleChange, arg_name="body")
@bp.output(Person)
def set_role(user_id: int, body: RoleChange) -> Person:
    """Give a person another role; 409 for the last administrator."""
    with services().database.write() as db:
        staff_admin.set_role(db, user_id, body.role, by_user_id=me().id)
    return _person(user_id)


@bp.put(_PERSON + "/limits")
@bp.input(Limits, arg_name="body")
@bp.output(Person)
def set_limits(user_id: int, body: Limits) -> Person:
    """Limit a person to some teams or accounts; cases they see no more go back to the queue."""
    with services().database.write() as db:
        people_limits.set_limits(
            db, user_id, body.only_teams, body.only_accounts, by_user_id=me().id
        )
    tasks().wake_reassign()
    return _person(user_id)


@bp.post(_PERSON + "/end-sessions")
@bp.output({}, status_code=204)
def end_sessions(user_id: int) -> Response:
    """Sign a person out everywhere."""
    with services().database.write() as db:
        people.end_sessions(db, user_id, by_user_id=me().id)
    return nothing()


@bp.post(_PERSON + "/deactivate")
@bp.output(Person)
def deactivate(user_id: int) -> Person:
    """Let a person sign in no more; their cases go back to the queue, their tokens end."""
    with services().database.write() as db:
        people.deactivate(db, user_id, by_user_id=me().id)
    tasks().wake_reassign()
    return _person(user_id)


@bp.post(_PERSON + "/reactivate")
@bp.output(Person)
def reactivate(user_id: int) -> Person:
    """Let a person sign in again, with the password they had."""
    with services().database.write() as db:
        people.reactivate(db, user_id, by_user_id=me().id)
    return _person(user_id)


def _person(user_id: int) -> Person:
    with services().database.read() as db:
        return Person.model_validate(user_by_id(db, user_id))
