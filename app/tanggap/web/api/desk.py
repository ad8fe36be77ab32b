"""A person's own desk: views, the next case, shift notes, the bell, presence, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from flask import Response
from pydantic import Field
from werkzeug.datastructures import MultiDict

from tanggap.inbox.events import notifications
from tanggap.inbox.people import presence
from tanggap.inbox.search import saved_views
from tanggap.inbox.search.next_case import next_case
from tanggap.inbox.teamwork import shift_notes
from tanggap.inbox.teamwork.shift_notes import Received
from tanggap.web.api.asked import Body, Id, ListQuery, Query, Text
from tanggap.web.api.cases import nothing
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Covered, Ref, TeamRef, Thing
from tanggap.web.context import me, services, tasks
from tanggap.web.filters import ListArgs, read_list_args

bp = blueprint("desk", "Desk")


class NewView(Body):
    """A name for filters, as lists take them; with a team its members see the view too."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    query: ListQuery
    team_id: Id | None = None


class NextQuery(ListQuery):
    """In which list the next case is looked for, and after which one."""

    after_id: Id | None = None


class LeftCase(Body):
    """A case that goes along with a shift note, and what to know of it."""

    id: Id
    note: Text = ""


class NewShiftNote(Body):
    """What somebody leaves at the end of a shift; with `give` the cases go along."""

    team_id: Id | None = None
    user_id: Id | None = None
    text: Text = ""
    cases: Annotated[list[LeftCase], Field(max_length=100)] = Field(default_factory=list)
    give: bool = False


class BellQuery(Query):
    """Which page of the bell is listed."""

    after: Id | None = None


class ReadLines(Body):
    """Which line was read; null means all."""

    id: Id | None = None


class Presence(Body):
    """Whether the person is away."""

    away: bool


class SavedView(Thing):
    """Filters under a name; `team_id` where a team shares them."""

    id: int
    name: str
    query: dict[str, str]
    user_id: int
    team_id: int | None


class SavedViewList(Thing):
    """One's own views, and those one's teams share."""

    items: list[SavedView]


class NextCase(Thing):
    """The next case that no colleague is at; null where none is left."""

    id: int | None


class NotedCase(Thing):
    """A case of a shift note; `id` is null where it is out of the reader's sight."""

    id: int | None
    note: str


class ShiftNote(Thing):
    """What somebody left at the end of a shift."""

    id: int
    user: Ref
    to_user: Ref | None
    to_team: TeamRef | None
    text: str
    given: bool
    created_at: datetime
    confirmed_at: datetime | None
    confirmed_by: Ref | None
    cases: list[NotedCase]


class ShiftNotes(Thing):
    """Notes that wait for the person or their teams, and those they left last."""

    waiting: list[ShiftNote]
    left: list[ShiftNote]


class BellLine(Thing):
    """Something a person is told."""

    id: int
    kind: str
    conversation_id: int | None
    actor: Ref | None
    text: Covered
    created_at: datetime
    read_at: datetime | None


class BellPage(Thing):
    """A page of the bell, newest first; `next` leads to the next one, as `after`."""

    items: list[BellLine]
    next: int | None


@bp.get("/views")
@bp.output(SavedViewList)
def views() -> SavedViewList:
    """List the views the person may open."""
    with services().database.read() as db:
        found = saved_views.list_views(db, me().id, me().team_ids)
    return SavedViewList(items=[SavedView.model_validate(row) for row in found])


@bp.post("/views")
@bp.input(NewView, arg_name="body")
@bp.output(SavedView, status_code=201)
def save_view(body: NewView) -> SavedView:
    """Keep filters under a name; the same name takes the place of one's own view."""
    given = dict(_args(body.query.model_dump(exclude_none=True)).given)
    with services().database.write() as db:
        kept = saved_views.save_view(db, me().id, body.name, given, team_id=body.team_id)
        return SavedView.model_validate(kept)


@bp.delete("/views/<int:view_id>")
@bp.output({}, status_code=204)
def delete_view(view_id: int) -> Response:
    """Drop one's own view; those who shared it lose it too."""
    with services().database.write() as db:
        saved_views.delete_view(db, view_id, me().id)
    return nothing()


@bp.get("/next-conversation")
@bp.input(NextQuery, location="query", arg_name="query")
@bp.output(NextCase)
def following(query: NextQuery) -> NextCase:
    """Name the next case of a list that is nobody else's and that no colleague looks at."""
    args = _args(query.model_dump(exclude_none=True, exclude={"after_id", "after"}))
    with services().database.read() as db:
        return NextCase(id=next_case(db, args.wanted, me().id, query.after_id))


@bp.get("/shift-notes")
@bp.output(ShiftNotes)
def notes() -> ShiftNotes:
    """List the notes that wait for the person or their teams, and those they left last."""
    with services().database.read() as db:
        waiting = shift_notes.waiting_for(db, me().id, me().team_ids)
        left = shift_notes.left_by(db, me().id)
        return ShiftNotes(
            waiting=[_note(one) for one in waiting], left=[_note(one) for one in left]
        )


@bp.post("/shift-notes")
@bp.input(NewShiftNote, arg_name="body")
@bp.output({}, status_code=204)
def leave_note(body: NewShiftNote) -> Response:
    """Leave a note to a team or a person, with some of one's open cases."""
    to = f"team:{body.team_id}" if body.team_id else f"person:{body.user_id or ''}"
    cases = {case.id: case.note for case in body.cases}
    with services().database.write() as db:
        shift_notes.leave(db, me().id, to=to, text=body.text, cases=cases, give=body.give)
    return nothing()


@bp.post("/shift-notes/<int:shift_note_id>/confirm")
@bp.output({}, status_code=204)
def confirm_note(shift_note_id: int) -> Response:
    """Say that a note was read; whoever left it is told."""
    with services().database.write() as db:
        shift_notes.confirm(db, shift_note_id, me().id)
    return nothing()


@bp.get("/notifications")
@bp.input(BellQuery, location="query", arg_name="query")
@bp.output(BellPage)
def bell(query: BellQuery) -> BellPage:
    """List what the person was told, newest first."""
    with services().database.read() as db:
        page = notifications.list_notifications(db, me().id, after=query.after)
        lines = [BellLine.model_validate(line.notification) for line in page.lines]
    return BellPage(items=lines, next=page.after)


@bp.post("/notifications/read")
@bp.input(ReadLines, arg_name="body")
@bp.output({}, status_code=204)
def mark_read(body: ReadLines) -> Response:
    """Mark one line read, or all."""
    with services().database.write() as db:
        notifications.mark_read(db, me().id, notification_id=body.id)
    return nothing()


@bp.put("/me/presence")
@bp.input(Presence, arg_name="body")
@bp.output({}, status_code=204)
def switch(body: Presence) -> Response:
    """Go away, or come back; who is away is given no cases."""
    with services().database.write() as db:
        presence.set_away(db, me().id, away=body.away)
    tasks().wake_reassign()
    return nothing()


def _args(given: Mapping[str, str]) -> ListArgs:
    return read_list_args(MultiDict(given), me().id, me().team_ids)


def _note(one: Received) -> ShiftNote:
    cases = [
        NotedCase(id=left.conversation.id if left.conversation else None, note=left.text)
        for left in one.cases
    ]
    own = {name: getattr(one.note, name) for name in ShiftNote.model_fields if name != "cases"}
    return ShiftNote.model_validate({**own, "cases": cases}, from_attributes=True)
