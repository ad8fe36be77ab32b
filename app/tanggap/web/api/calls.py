"""Call-backs, for programs; numbers are shown to people alone, who call."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from tanggap.inbox.cases.snooze import zone_of
from tanggap.inbox.desk.conversation_view import read_conversation
from tanggap.inbox.handover import call_back_lists as lists
from tanggap.inbox.handover import call_backs
from tanggap.inbox.handover.call_backs import Plan, Window, read_window
from tanggap.store.base import utcnow
from tanggap.store.call_backs import CallBack as CallRow
from tanggap.web.api.asked import Body, Id, Query
from tanggap.web.api.cases import CASE
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Ref, TeamRef, Thing
from tanggap.web.context import me, services

bp = blueprint("calls", "Call-backs")
_ONE = "/call-backs/<int:call_id>"
_Words = Annotated[str, Field(max_length=1_000)]


class CallQuery(Query):
    """Which calls are listed."""

    view: Literal["mine", "team", "today", "overdue"] = "mine"


class CallWindow(Body):
    """When a call is made: two times of a day where the customer lives."""

    day: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    start: Annotated[str, Field(pattern=r"^\d{2}:\d{2}$")]
    end: Annotated[str, Field(pattern=r"^\d{2}:\d{2}$")]
    zone: Annotated[str, Field(min_length=1, max_length=64)] = "Asia/Jakarta"


class NewCall(CallWindow):
    """A call that the customer is promised."""

    phone: Annotated[str, Field(min_length=3, max_length=40)]
    words: _Words = ""
    team_id: Id | None = None
    assignee_id: Id | None = None


class MovedCall(CallWindow):
    """Another window, or other people."""

    team_id: Id | None = None
    assignee_id: Id | None = None


class CallOutcome(Body):
    """What came of a call; after nobody answered, `again` plans the next try."""

    outcome: Literal["reached", "resolved", "no_answer", "wrong_number", "called_off", "cancelled"]
    words: _Words = ""
    again: CallWindow | None = None


class Call(Thing):
    """A call-back; `phone_hint` shows what anybody may see of the number."""

    id: int
    conversation_id: int
    phone_hint: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    team: TeamRef | None
    assignee: Ref | None
    words: str
    attempt: int
    state: str
    outcome: str
    created_at: datetime
    ended_at: datetime | None


class CallList(Thing):
    """Calls, by when they begin."""

    items: list[Call]


@bp.get("/call-backs")
@bp.input(CallQuery, location="query", arg_name="query")
@bp.output(CallList)
def index(query: CallQuery) -> CallList:
    """List one's own calls, those of one's teams, today's, or those that are late."""
    with services().database.read() as db:
        viewer = lists.Viewer(me().id, me().team_ids, zone_of(db, me().id))
        found = lists.list_calls(db, viewer, query.view, utcnow())
        return CallList(items=[Call.model_validate(row) for row in found])


@bp.get(CASE + "/call-backs")
@bp.output(CallList)
def of_case(conversation_id: int) -> CallList:
    """List the newest calls of a case, oldest first."""
    with services().database.read() as db:
        read_conversation(db, conversation_id)
        found = lists.calls_of(db, conversation_id)
        return CallList(items=[Call.model_validate(row) for row in found])


@bp.post(CASE + "/call-backs")
@bp.input(NewCall, arg_name="body")
@bp.output(Call, status_code=201)
def plan(conversation_id: int, body: NewCall) -> Call:
    """Promise the customer a call; the promise is a clock of the case."""
    wanted = Plan(
        phone=body.phone,
        window=_window(body),
        words=body.words,
        team_id=body.team_id,
        assignee_id=body.assignee_id,
    )
    with services().database.write() as db:
        call = call_backs.plan_call(services(), db, conversation_id, me().id, wanted)
        call_id = call.id
    return _call(call_id)


@bp.put(_ONE)
@bp.input(MovedCall, arg_name="body")
@bp.output(Call)
def move(call_id: int, body: MovedCall) -> Call:
    """Give a planned call another window, or other people."""
    with services().database.write() as db:
        call_backs.move_call(
            db,
            call_id,
            me().id,
            window=_window(body),
            team_id=body.team_id,
            assignee_id=body.assignee_id,
        )
    return _call(call_id)


@bp.post(_ONE + "/end")
@bp.input(CallOutcome, arg_name="body")
@bp.output(Call)
def end(call_id: int, body: CallOutcome) -> Call:
    """Say what came of a call; gives the next try where one is planned, else the call."""
    again = _window(body.again) if body.again is not None else None
    with services().database.write() as db:
        following = call_backs.end_call(
            db, call_id, me().id, body.outcome, words=body.words, next_window=again
        )
        shown = following.id if following is not None else call_id
    return _call(shown)


def _window(body: CallWindow) -> Window:
    return read_window(body.day, body.start, body.end, body.zone, utcnow())


def _call(call_id: int) -> Call:
    with services().database.read() as db:
        return Call.model_validate(db.get_one(CallRow, call_id))
